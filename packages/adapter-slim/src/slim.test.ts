import type { Binding, ClientKind, Session } from "@apb/core/binding";
import { describe, expect, it } from "vitest";
import { slimGrpc, slimGrpcReliable, slimWebSocket, slimWebSocketReliable } from "./slim.ts";
import { type Behaviour, type FakeNode, fakeOnGrpc, fakeOnWebSocket } from "./testing/fake-node.ts";

const never = new AbortController().signal;

type Fake = (behaviour: Behaviour) => Promise<FakeNode>;
const all: readonly (readonly [string, ClientKind, Binding, Fake])[] = (["library", "wire"] as const).flatMap(
  (client) =>
    (
      [
        [slimGrpc, fakeOnGrpc],
        [slimGrpcReliable, fakeOnGrpc],
        [slimWebSocket, fakeOnWebSocket],
        [slimWebSocketReliable, fakeOnWebSocket],
      ] as const
    ).map(([binding, fake]) => [binding.id, client, binding, fake] as const),
);

/** Everything that happens with a fake node in a test. */
interface Line extends AsyncDisposable {
  readonly session: Session;
  /** Messages of the session that came to the node. */
  readonly taken: string[];
}

async function line(client: ClientKind, binding: Binding, fake: Fake, mislaid = 0): Promise<Line> {
  const taken: string[] = [];
  const node = await fake({ mislaid, take: (what) => taken.push(what) > 0 });
  const session = await binding.connect(node.url, { client, signal: never });
  return {
    session,
    taken,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await node[Symbol.asyncDispose]();
    },
  };
}

function send(session: Session, agent: string, body: string, signal = never): Promise<unknown> {
  return session.call({ kind: "send", agent, body }, signal);
}

async function streamed(session: Session, agent: string, body: string): Promise<unknown[]> {
  const replies: unknown[] = [];
  for await (const reply of session.stream({ kind: "stream", agent, body }, never)) replies.push(reply);
  return replies;
}

describe.each(all)("%s by the %s client", (id, client, binding, fake) => {
  const reliable = id.endsWith("@reliable");

  it("opens a session, asks, and closes it", async () => {
    const open = await line(client, binding, fake);
    expect(await send(open.session, "echo", "\ufeffHello, 한🤖")).toEqual({
      kind: "message",
      body: "\ufeffHello, 한🤖",
    });
    await open[Symbol.asyncDispose]();
    const acknowledged = reliable ? ["MSG_ACK 1"] : [];
    expect(open.taken).toEqual(["JOIN_REQUEST 1", "GROUP_WELCOME 2", "MSG 1", ...acknowledged, "GROUP_CLOSE 3"]);
  });

  it("streams pieces in order, beside a large body", async () => {
    await using open = await line(client, binding, fake);
    const large = "x".repeat(1_000_000);
    const [pieces, echoed] = await Promise.all([
      streamed(open.session, "echo", "abc"),
      send(open.session, "echo", large),
    ]);
    expect(pieces).toEqual(["a", "b", "c"].map((body) => ({ kind: "message", body, atMs: expect.any(Number) })));
    expect(echoed).toEqual({ kind: "message", body: large });
    expect(open.session.wire.sentBytes).toBeGreaterThan(large.length);
    expect(open.session.wire.connections).toBe(1);
  });

  it.each([
    ["unknown", "unknown-agent"],
    ["failing", "agent"],
    ["odd", "protocol"],
    ["leaving", "closed"],
  ])("reports what the agent %s answers as %s", async (agent, kind) => {
    await using open = await line(client, binding, fake);
    await expect(send(open.session, agent, "")).rejects.toMatchObject({ kind });
    if (agent !== "leaving") await expect(streamed(open.session, agent, "")).rejects.toMatchObject({ kind });
  });

  it("gives up an aborted call, and says so", async () => {
    await using open = await line(client, binding, fake);
    const controller = new AbortController();
    const waiting = send(open.session, "silent", "", controller.signal);
    await send(open.session, "echo", "beside");
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: "aborted" });
    expect(await send(open.session, "echo", "after")).toEqual({ kind: "message", body: "after" });
    expect(open.taken.filter((what) => what.startsWith("MSG "))).toEqual(["MSG 1", "MSG 2", "MSG 3", "MSG 4"]);
  });

  it("ends calls under way when it is closed", async () => {
    await using open = await line(client, binding, fake);
    const waiting = expect(send(open.session, "silent", "")).rejects.toMatchObject({ kind: "closed" });
    await open.session[Symbol.asyncDispose]();
    await waiting;
    await expect(send(open.session, "echo", "")).rejects.toMatchObject({ kind: "closed" });
  });

  it("closes once, however often it is told to", async () => {
    await using open = await line(client, binding, fake);
    await Promise.all([open.session[Symbol.asyncDispose](), open.session[Symbol.asyncDispose]()]);
    expect(open.taken.filter((what) => what.startsWith("GROUP_CLOSE"))).toEqual(["GROUP_CLOSE 3"]);
  });

  it("waits for an application that is not there no longer than its signal", async () => {
    await using node = await fake({ take: () => false });
    const controller = new AbortController();
    const opening = binding.connect(node.url, { client, signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ kind: "aborted" });
  });

  it("reports a message that belongs to no session", async () => {
    await using open = await line(client, binding, fake);
    await expect(send(open.session, "stray", "")).rejects.toMatchObject({ kind: "protocol" });
  });

  it("reports a node that refuses the subscription", async () => {
    await using node = await fake({ refusal: "not you" });
    const opening = binding.connect(node.url, { client, signal: never });
    await expect(opening).rejects.toMatchObject({ kind: "rejected", sentence: expect.stringContaining("not you") });
  });
});

describe.each(all.filter(([id]) => id.endsWith("@reliable")))("%s by the %s client", (_id, client, binding, fake) => {
  it("asks for a reply that is missing, and has all of them in order", async () => {
    await using open = await line(client, binding, fake, 1);
    const bodies = await Promise.all(["a", "b"].map((body) => send(open.session, "echo", body)));
    expect(bodies).toEqual(["a", "b"].map((body) => ({ kind: "message", body })));
    expect(open.taken).toContain("RTX_REQUEST 1");
  });
});
