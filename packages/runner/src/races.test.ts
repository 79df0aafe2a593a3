import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { onEnd, untilAborted, whileServing, within } from "./races.ts";

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
    await expect(within(0, "an answer", never())).rejects.toThrow("[timeout] expected an answer within 0 ms");
  });
});

describe("what waits for an end", () => {
  it("is told once, in any number, and not when it was taken back", async () => {
    let end: (how: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const told: string[] = [];
    onEnd(ended, (how) => told.push(`a ${how}`));
    const b = onEnd(ended, (how) => told.push(`b ${how}`));
    onEnd(ended, (how) => told.push(`c ${how}`));
    b[Symbol.dispose]();
    end("exit code 1");
    await ended;
    expect(told).toEqual(["a exit code 1", "c exit code 1"]);
    onEnd(ended, (how) => told.push(`late ${how}`));
    onEnd(ended, (how) => told.push(`never ${how}`))[Symbol.dispose]();
    await Promise.resolve();
    expect(told.slice(2)).toEqual(["late exit code 1"]);
  });

  it("is chained to a promise once, however often it is raced", async () => {
    const ended = never();
    const then = vi.spyOn(ended, "then");
    for (let n = 0; n < 5; n++) await whileServing(Promise.resolve(n), { ended });
    await expect(whileServing(Promise.reject(new Error("broken")), { ended })).rejects.toThrow("broken");
    expect(then).toHaveBeenCalledTimes(1);
  });

  it("is not held by what never ends, once its work is done", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const ended = never();
    const raced = async (): Promise<WeakRef<object>> => {
      const result = { large: true };
      return new WeakRef(await whileServing(Promise.resolve(result), { ended }));
    };
    const result = await raced();
    await new Promise(setImmediate);
    collect();
    expect(result.deref()).toBe(undefined);
    expect(ended).toBeInstanceOf(Promise);
  });
});
