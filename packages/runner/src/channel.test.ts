import type { Answer, Request } from "@apb/core/channel";
import { describe, expect, it } from "vitest";
import { openChannel } from "./channel.ts";

interface Sums {
  add: { readonly argument: readonly number[]; readonly result: number; readonly event: string };
  count: { readonly argument: null; readonly result: string; readonly event: string };
}

/** A channel to a process that a test plays: what was asked, and what to answer or to end it with. */
function played(refusal: Error | null = null) {
  const asked: Request<PropertyKey>[] = [];
  let hear: (answer: Answer) => void = () => undefined;
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const port = {
    on: (_: "message", listener: (answer: Answer) => void) => {
      hear = listener;
    },
    send: (request: Request<PropertyKey>, sent: (error: Error | null) => void) => {
      asked.push(request);
      sent(refusal);
    },
  };
  const { ask } = openChannel<Sums>(port, ended, "adding");
  return { ask, asked, answer: (answer: Answer) => hear(answer), end };
}

describe("openChannel", () => {
  it("asks with a version, an id of each, a name and an argument", () => {
    const { ask, asked } = played();
    void ask("add", [1, 2]);
    void ask("count", null);
    expect(asked).toEqual([
      { version: 1, id: 1, side: 0, call: "add", argument: [1, 2] },
      { version: 1, id: 2, side: 0, call: "count", argument: null },
    ]);
  });

  it("gives each its own answer, in whatever order they come", async () => {
    const { ask, answer } = played();
    const [sum, count] = [ask("add", [1, 2]), ask("count", null)];
    answer({ version: 1, id: 2, kind: "result", value: "one" });
    answer({ version: 1, id: 1, kind: "result", value: 3 });
    expect([await sum, await count]).toEqual([3, "one"]);
  });

  it("tells events to who asked, until it is answered", async () => {
    const { ask, answer } = played();
    const told: unknown[] = [];
    const sum = ask("add", [1], (event) => told.push(`add ${event}`));
    const count = ask("count", null, (event) => told.push(`count ${event}`));
    answer({ version: 1, id: 1, kind: "event", event: "a" });
    answer({ version: 1, id: 2, kind: "event", event: "b" });
    answer({ version: 1, id: 1, kind: "event", event: "c" });
    answer({ version: 1, id: 1, kind: "result", value: 1 });
    answer({ version: 1, id: 1, kind: "event", event: "d" });
    answer({ version: 1, id: 2, kind: "result", value: "" });
    await Promise.all([sum, count]);
    expect(told).toEqual(["add a", "count b", "add c"]);
  });

  it("rejects with the failure that comes for an answer, and that one alone", async () => {
    const { ask, answer } = played();
    const [sum, count] = [ask("add", []), ask("count", null)];
    answer({ version: 1, id: 1, kind: "failure", failure: "usage", message: "nothing to add" });
    answer({ version: 1, id: 2, kind: "result", value: "none" });
    await expect(sum).rejects.toMatchObject({ kind: "usage", message: "[usage] nothing to add" });
    expect(await count).toBe("none");
  });

  it("leaves answers alone that nobody waits for", async () => {
    const { ask, answer } = played();
    const sum = ask("add", [1, 2]);
    answer({ version: 1, id: 7, kind: "result", value: 1 });
    answer({ version: 1, id: 0, kind: "failure", failure: "internal", message: "of another" });
    answer({ version: 1, id: 1, kind: "result", value: 3 });
    answer({ version: 1, id: 1, kind: "result", value: 4 });
    expect(await sum).toBe(3);
  });

  it("rejects everything in flight when the process ends, with how it ended", async () => {
    const { ask, end } = played();
    const asking = [ask("add", [1]), ask("count", null)];
    end("signal SIGKILL: out of memory");
    const settled = await Promise.allSettled(asking);
    const message =
      "[closed] expected the adding process to keep running, but it ended (signal SIGKILL: out of memory)";
    expect(settled).toMatchObject(Array(2).fill({ status: "rejected", reason: { kind: "closed", message } }));
    await expect(ask("count", null)).rejects.toMatchObject({ kind: "closed" });
  });

  it.each<[kind: string, answer: object]>([
    ["an answer", { version: 2, id: 1, kind: "result", value: 3 }],
    ["an event", { version: 2, id: 1, kind: "event", event: "a" }],
    ["a failure", { version: 2, id: 1, kind: "failure", failure: "usage", message: "of another time" }],
  ])("does not take %s of another version, and says which", async (_kind, other) => {
    const { ask, answer } = played();
    const told: string[] = [];
    const sum = ask("add", [1, 2], (event) => told.push(event));
    answer(other as Answer);
    await expect(sum).rejects.toThrow(
      "[environment] this adding speaks version 2 of the channel, expected 1; run the same version of this program on both sides",
    );
    expect(told).toEqual([]);
  });

  it("says of a process that does not tell its version so", async () => {
    const { ask, answer } = played();
    const sum = ask("add", [1, 2]);
    answer({ id: 1, kind: "result", value: 3 } as unknown as Answer);
    await expect(sum).rejects.toThrow("this adding speaks no version of the channel, expected 1");
  });

  it("rejects what cannot be sent", async () => {
    const { ask } = played(new Error("ERR_IPC_CHANNEL_CLOSED"));
    await expect(ask("count", null)).rejects.toThrow("[closed] the adding process has ended");
  });
});
