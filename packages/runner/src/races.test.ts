import { describe, expect, it } from "vitest";
import { untilAborted, whileServing, within } from "./races.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const soon = Promise.resolve("done");

describe("races", () => {
  it("let work be that ends first", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(soon, signal)).toBe("done");
    expect(await whileServing(soon, { ended: never() })).toBe("done");
    expect(await within(1000, "an answer", soon)).toBe("done");
  });

  it("let its failure be", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("broken"));
    await expect(untilAborted(broken(), new AbortController().signal)).rejects.toThrow("broken");
    await expect(whileServing(broken(), { ended: never() })).rejects.toThrow("broken");
    await expect(within(1000, "an answer", broken())).rejects.toThrow("broken");
  });

  it("end with what comes first", async () => {
    const controller = new AbortController();
    const waiting = untilAborted(never(), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow("[aborted] the run was interrupted");
    await expect(untilAborted(never(), controller.signal)).rejects.toThrow("[aborted] the run was interrupted");
    await expect(whileServing(never(), { ended: Promise.resolve("signal SIGKILL") })).rejects.toThrow(
      "(signal SIGKILL)",
    );
    await expect(within(0, "an answer", never())).rejects.toThrow("[timeout] expected an answer within 0 s");
  });
});
