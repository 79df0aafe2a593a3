import type { Operation, Reply, Session } from "@apb/core/binding";
import { fakeBinding } from "@apb/core/testing/fakes";
import { expect, it } from "vitest";
import { CountedSession } from "./counted-session.ts";

const { signal } = new AbortController();

/** A session that answers with these, one after the other, or streams them. */
function answering(...replies: readonly Reply[]): Session {
  let n = 0;
  return {
    call: async () => replies[n++] as Reply,
    async *stream() {
      yield* replies;
    },
    wire: { sentBytes: 1, receivedBytes: 2, connections: 3 },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function counting(inner: Session) {
  const traffic = { operations: 0, agentCalls: 0, bodyBytes: 0 };
  return { traffic, session: new CountedSession(inner, traffic) };
}

const message = (body: string): Reply => ({ kind: "message", body });

it.each<
  [name: string, operation: Exclude<Operation, { kind: "stream" }>, reply: Reply, agentCalls: number, bytes: number]
>([
  ["an echo", { kind: "send", agent: "echo", body: "aé" }, message("aé"), 1, 6],
  ["another reply", { kind: "send", agent: "echo", body: "aé" }, message("€"), 1, 6],
  ["a list", { kind: "discover" }, { kind: "agents", agents: ["echo"] }, 0, 0],
  [
    "a task that works",
    { kind: "start", agent: "a", body: "abc" },
    { kind: "task", handle: "1", state: "working", body: null },
    1,
    3,
  ],
  [
    "a task's result",
    { kind: "poll", handle: "1" },
    { kind: "task", handle: "1", state: "completed", body: "abcd" },
    0,
    4,
  ],
])("counts the bodies of %s", async (_name, operation, reply, agentCalls, bodyBytes) => {
  const { traffic, session } = counting(answering(reply));
  expect(await session.call(operation, signal)).toBe(reply);
  expect(traffic).toEqual({ operations: 1, agentCalls, bodyBytes });
});

it("counts each of several calls that are under way together", async () => {
  const { traffic, session } = counting(answering(message("xyz"), message("a")));
  await Promise.all(["a", "xyz"].map((body) => session.call({ kind: "send", agent: "echo", body }, signal)));
  expect(traffic).toEqual({ operations: 2, agentCalls: 2, bodyBytes: 8 });
});

it("counts a stream's messages as they come, and of one that is left no more", async () => {
  const { traffic, session } = counting(answering(message("one"), message("two"), message("three")));
  const seen: Reply[] = [];
  for await (const reply of session.stream({ kind: "stream", agent: "echo", body: "go" }, signal)) seen.push(reply);
  expect(seen).toEqual([message("one"), message("two"), message("three")]);
  expect(traffic).toEqual({ operations: 1, agentCalls: 1, bodyBytes: 2 + 11 });
  for await (const _ of session.stream({ kind: "stream", agent: "echo", body: "go" }, signal)) break;
  expect(traffic).toEqual({ operations: 2, agentCalls: 2, bodyBytes: 13 + 2 + 3 });
});

it("lets a stream know that it is left", async () => {
  let left = false;
  const inner: Session = {
    ...answering(),
    async *stream() {
      try {
        for (;;) yield message("again");
      } finally {
        left = true;
      }
    },
  };
  for await (const _ of counting(inner).session.stream({ kind: "stream", agent: "echo", body: "" }, signal)) break;
  expect(left).toBe(true);
});

it("counts what was sent although it fails, and passes the failure on", async () => {
  const session = await fakeBinding().connect("", { client: "wire", signal });
  const counted = counting(session);
  const call = counted.session.call({ kind: "send", agent: "nobody", body: "abc" }, signal);
  await expect(call).rejects.toMatchObject({ kind: "unknown-agent" });
  expect(counted.traffic).toEqual({ operations: 1, agentCalls: 1, bodyBytes: 3 });
  expect(counted.session.wire).toBe(session.wire);
  await counted.session[Symbol.asyncDispose]();
  await expect(session.call({ kind: "discover" }, signal)).rejects.toMatchObject({ kind: "closed" });
});
