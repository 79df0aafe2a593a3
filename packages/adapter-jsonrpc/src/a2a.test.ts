import http from "node:http";
import type { Reply, Session, Unary } from "@apb/core/binding";
import { asFailure } from "@apb/core/failure";
import { loopback, unabortable } from "@apb/wire/testing/loopback";
import { describe, expect, it } from "vitest";
import { a2aJsonrpc } from "./a2a.ts";

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** A session on a server that gives these answers, one request each, and notes path and body of what it was sent. */
async function scripted(path: string, answers: readonly Answer[]) {
  const seen: {
    readonly path: string | undefined;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: unknown;
  }[] = [];
  const served = await loopback(
    http.createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { status = 200, type = "application/json", body: text } = answers[seen.length] ?? { body: "" };
      seen.push({ path: request.url, headers: request.headers, body: body === "" ? null : JSON.parse(body) });
      response.writeHead(status, { "content-type": type }).end(text);
    }),
  );
  const session = await a2aJsonrpc.connect(served.url.origin + path, { client: "library", signal: unabortable });
  return {
    session,
    seen,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

const result = (value: unknown, id = 1): string => JSON.stringify({ jsonrpc: "2.0", id, result: value });
const refused = (code: number, id: number | null = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "no" } });
const said = { message: { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "hi" }] } };
const task = { id: "t", status: { state: "TASK_STATE_WORKING" } };
const send = { kind: "send", agent: "echo", body: "hi" } as const;
const message = { messageId: expect.any(String), role: "ROLE_USER", parts: [{ text: "hi" }] };

function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "success",
    (thrown) => asFailure(thrown).message,
  );
}

async function bodies(session: Session): Promise<Reply[]> {
  const replies: Reply[] = [];
  for await (const reply of session.stream({ ...send, kind: "stream" }, unabortable)) replies.push(reply);
  return replies;
}

describe("requests", () => {
  it.each<[string, Unary, unknown, string, object]>([
    ["/agents/{agent}/rpc", send, said, "SendMessage", { message }],
    ["/", { ...send, kind: "start" }, { task }, "SendMessage", { message, configuration: { returnImmediately: true } }],
    ["/agents/{agent}/rpc", { kind: "poll", handle: "echo/t" }, task, "GetTask", { id: "t" }],
    ["/rpc/", { kind: "cancel", handle: "t" }, task, "CancelTask", { id: "t" }],
  ])("at %s", async (path, operation, answer, method, params) => {
    await using server = await scripted(path, [{ body: result(answer) }]);
    await server.session.call(operation, unabortable);
    expect(server.seen).toMatchObject([
      {
        path: path.replace("{agent}", "echo"),
        headers: { "a2a-version": "1.0", "content-type": "application/json" },
        body: { jsonrpc: "2.0", id: 1, method, params },
      },
    ]);
  });

  it("count their ids", async () => {
    await using server = await scripted("/", [{ body: result(said, 1) }, { body: result(said, 2) }]);
    await server.session.call(send, unabortable);
    await server.session.call(send, unabortable);
    expect(server.seen.map(({ body }) => (body as { id: number }).id)).toEqual([1, 2]);
  });

  it("ask the list, or a card, who is there", async () => {
    await using many = await scripted("/agents/{agent}/rpc", [{ body: '{"agents":[{"name":"echo"}]}' }]);
    expect(await many.session.call({ kind: "discover" }, unabortable)).toEqual({ kind: "agents", agents: ["echo"] });
    expect(many.seen[0]?.path).toBe("/agents/");
    await using one = await scripted("/rpc", [{ status: 404, body: "" }, { body: '{"name":"Echo"}' }]);
    expect(await one.session.call({ kind: "discover" }, unabortable)).toEqual({ kind: "agents", agents: ["Echo"] });
    expect(one.seen[1]?.path).toBe("/.well-known/agent-card.json");
  });
});

describe("failures", () => {
  it.each<[string, Answer, string]>([
    ["a task that is not there", { body: refused(-32001) }, "[unknown-task] JSON-RPC -32001: no"],
    ["an agent that is not there", { status: 404, body: refused(-32000) }, "[unknown-agent] JSON-RPC -32000: no"],
    [
      "an address that is not there",
      { status: 404, body: "<html>" },
      "[unknown-agent] HTTP 404: no A2A error in the body",
    ],
    ["any other error", { body: refused(-32009, null) }, "[rejected] JSON-RPC -32009: no"],
    ["a proxy's error", { status: 502, body: "<html>" }, "[protocol] HTTP 502: no A2A error in the body"],
    ["an answer that is no JSON", { body: "hi" }, "[protocol] expected a JSON-RPC response with id 1, got hi"],
    [
      "another request's answer",
      { body: result(said, 9) },
      `[protocol] expected a JSON-RPC response with id 1, got ${result(said, 9)}`,
    ],
    [
      "a result that is no message",
      { body: result({}) },
      "[protocol] expected a SendMessageResponse with a message or a task, got {}",
    ],
  ])("of %s", async (_name, answer, text) => {
    await using server = await scripted("/", [answer]);
    expect(await failureOf(server.session.call(send, unabortable))).toBe(text);
  });

  const events = (...bodyTexts: string[]): Answer => ({
    type: "text/event-stream; charset=utf-8",
    body: bodyTexts.map((text) => `data: ${text}\n\n`).join(""),
  });

  it.each<[string, Answer, string]>([
    ["an error instead", { body: refused(-32602) }, "[rejected] JSON-RPC -32602: no"],
    ["a single result instead", { body: result(said) }, "[protocol] expected an event stream, got a single result"],
    ["an error in it", events(result({ task }), refused(-32603)), "[rejected] JSON-RPC -32603: no"],
    ["no end", events(result({ task })), "[protocol] expected a terminal statusUpdate, got the end of the stream"],
  ])("of a stream with %s", async (_name, answer, text) => {
    await using server = await scripted("/", [answer]);
    expect(await failureOf(bodies(server.session))).toBe(text);
  });

  it("of a handle without an agent, where there are many", async () => {
    await using server = await scripted("/agents/{agent}/rpc", []);
    const failure = failureOf(server.session.call({ kind: "cancel", handle: "t" }, unabortable));
    expect(await failure).toBe("[unknown-task] expected a handle agent/id, got t");
  });
});

it("brings a stream's texts in order", async () => {
  const chunk = (text: string) => result({ artifactUpdate: { artifact: { parts: [{ text }] } } });
  const end = result({ statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } });
  const body = [result({ task }), chunk("a"), chunk("b"), end].map((text) => `data: ${text}\n\n`).join("");
  await using server = await scripted("/", [{ type: "text/event-stream", body }, { body: result(said, 2) }]);
  expect(await bodies(server.session)).toEqual(
    ["a", "b"].map((text) => ({ kind: "message", body: text, atMs: expect.any(Number) })),
  );
  await server.session.call(send, unabortable);
});
