import { describe, expect, it } from "vitest";
import type { Operation, Reply, Streaming } from "./binding.ts";
import { binding, type Offered } from "./offer.ts";

const signal = new AbortController().signal;
const options = { client: "wire", signal } as const;
const wire = { sentBytes: 1, receivedBytes: 2, connections: 1 };
const facts = {
  ...({ protocol: "one", transport: "rest", variant: null } as const),
  spec: { name: "One", version: "1", url: "https://example.org/one", standing: "custom" } as const,
};
const answer = Promise.resolve<Reply>({ kind: "message", body: "" });
const noTasks = { start: "no start here", poll: "no poll here", cancel: "no cancel here" };
const noList = { discover: "no list here" };

/** A binding of messages alone, to one agent unless `named`, which keeps what it is asked. */
function messages(named: boolean) {
  const asked: Operation[] = [];
  const session: Offered<"send"> = {
    wire,
    call(operation) {
      asked.push(operation);
      return answer;
    },
    stream: null,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const cannot = { ...noTasks, ...noList, stream: "no stream here", ...(named ? {} : { "other agents": "no names" }) };
  return { asked, one: binding({ ...facts, can: ["send"], cannot, connect: async () => session }) };
}

describe("a binding's session", () => {
  it("is asked what is offered, and its promise is handed on as it is", async () => {
    const { one, asked } = messages(false);
    const session = await one.connect("", options);
    const operation = { kind: "send", agent: "echo", body: "x" } as const;
    expect(session.call(operation, signal)).toBe(answer);
    expect(asked).toEqual([operation]);
    expect(session.wire).toBe(wire);
  });

  it.each<Operation>([
    { kind: "discover" },
    { kind: "start", agent: "echo", body: "" },
    { kind: "poll", handle: "1" },
    { kind: "cancel", handle: "1" },
  ])("refuses what is not offered in the words of `cannot`: $kind", async (operation) => {
    const { one, asked } = messages(true);
    const session = await one.connect("", options);
    const refused = session.call(operation as Exclude<Operation, Streaming>, signal);
    const sentence = operation.kind === "discover" ? "no list here" : `no ${operation.kind} here`;
    await expect(refused).rejects.toMatchObject({ kind: "unsupported", sentence });
    expect(asked).toEqual([]);
  });

  it("refuses a stream that is not offered before anybody reads it", async () => {
    const session = await messages(true).one.connect("", options);
    const stream = () => session.stream({ kind: "stream", agent: "echo", body: "" }, signal);
    expect(stream).toThrow("[unsupported] no stream here");
  });

  it("refuses another agent than echo where none can be named", async () => {
    const operation = { kind: "send", agent: "tokens", body: "" } as const;
    const { one, asked } = messages(false);
    const refused = (await one.connect("", options)).call(operation, signal);
    await expect(refused).rejects.toMatchObject({ kind: "unsupported", sentence: "no names" });
    const named = messages(true);
    await (await named.one.connect("", options)).call(operation, signal);
    expect([asked, named.asked]).toEqual([[], [operation]]);
  });

  it("passes on streams, and its end", async () => {
    let ends = 0;
    async function* items(): AsyncIterable<Reply> {
      yield { kind: "message", body: "item" };
    }
    const connect = async (): Promise<Offered<"send" | "stream">> => ({
      ...{ wire, call: () => answer, stream: items },
      async [Symbol.asyncDispose]() {
        ends++;
      },
    });
    const one = binding({ ...facts, can: ["send", "stream"], cannot: { ...noTasks, ...noList }, connect });
    const got: Reply[] = [];
    {
      await using session = await one.connect("", options);
      for await (const item of session.stream({ kind: "stream", agent: "echo", body: "" }, signal)) got.push(item);
    }
    expect(got).toEqual([{ kind: "message", body: "item" }]);
    expect(ends).toBe(1);
  });
});
