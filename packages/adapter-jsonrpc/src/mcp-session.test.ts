import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Session, Unary } from "@apb/core/binding";
import { asFailure } from "@apb/core/failure";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mcpJsonrpcSession } from "./mcp-session.ts";

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly sessionId?: string;
  /** Null for no answer at all. */
  readonly body: string | null;
}

interface Asked {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

const result = (value: object, id: unknown = 1): string => JSON.stringify({ jsonrpc: "2.0", id, result: value });
const error = (code: number, message: string, id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });
const event = (data: string): string => `event: message\ndata: ${data}\n\n`;
const opening = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "s", version: "1" } };
const opened: Answer = { sessionId: "s1", body: result(opening, 0) };
const accepted: Answer = { status: 202, type: "", body: "" };
const said = (text: string, id = 1): string => result({ content: [{ type: "text", text }] }, id);

/** What the server is to answer next (then 202 for ever), and what it was asked; `arrived` is told of every request. */
let answers: Answer[] = [];
let asked: Asked[] = [];
let arrived = (): void => undefined;
let server: Server;
let url: string;
const { signal } = new AbortController();

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    asked.push({ method: request.method, headers: request.headers, body: text === "" ? null : JSON.parse(text) });
    arrived();
    const { status = 200, type = "application/json", sessionId, body } = answers.shift() ?? accepted;
    if (body === null) return;
    const headers = type === "" ? {} : { "content-type": type };
    response.writeHead(status, sessionId === undefined ? headers : { ...headers, "mcp-session-id": sessionId });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp?a=b`;
});
afterAll(() => server.close());
beforeEach(() => {
  answers = [opened, accepted];
  asked = [];
});

const connect = (): Promise<Session> => mcpJsonrpcSession.connect(url, { client: "library", signal });

/** Resolves when the server has got so many requests. */
async function got(count: number): Promise<readonly Asked[]> {
  while (asked.length < count)
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  return asked;
}

describe("connecting", () => {
  it("agrees on a session and says so", async () => {
    await using _ = await connect();
    const accept = "application/json, text/event-stream";
    expect(asked.map(({ method, body }) => [method, body])).toMatchObject([
      ["POST", { method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } }],
      ["POST", { method: "notifications/initialized" }],
    ]);
    expect(asked[0]?.headers).toMatchObject({ "content-type": "application/json", accept });
    expect(asked[0]?.headers).not.toHaveProperty("mcp-protocol-version");
    expect(asked[1]?.headers).toMatchObject({ "mcp-session-id": "s1", "mcp-protocol-version": "2025-11-25", accept });
  });

  it.each<[kind: string, title: string, first: Answer, second: Answer]>([
    ["rejected", "an error", { status: 400, body: error(-32600, "no", 0) }, accepted],
    ["rejected", "an earlier revision", { body: result({ ...opening, protocolVersion: "2024-11-05" }, 0) }, accepted],
    ["protocol", "a result that is none", { body: result({}, 0) }, accepted],
    ["protocol", "405", { status: 405, type: "", body: "" }, accepted],
    ["protocol", "no 202 to the notification", opened, { status: 200, body: "{}" }],
  ])("%s: %s", async (kind, _title, first, second) => {
    answers = [first, second];
    expect(await connect().catch((thrown: unknown) => asFailure(thrown).kind)).toBe(kind);
  });
});

describe("a session", () => {
  let session: Session;
  beforeEach(async () => {
    session = await connect();
    asked = [];
  });
  afterEach(() => session[Symbol.asyncDispose]());
  const send: Unary = { kind: "send", agent: "echo", body: "hi" };

  it("does not answer a server that asks and asks before it takes an answer", async () => {
    const ping = (id: number): string => event(JSON.stringify({ jsonrpc: "2.0", id, method: "ping" }));
    const pings = Array.from({ length: 3000 }, (_, id) => ping(id)).join("");
    answers = [{ type: "text/event-stream", body: pings + event(said("hi")) }];
    await expect(session.call(send, signal)).rejects.toThrow("[protocol] expected a server that reads our answers");
  });

  it("lists the tools of every page", async () => {
    answers = [
      { body: result({ tools: [{ name: "echo" }], nextCursor: "2" }) },
      { type: "text/event-stream", body: event(result({ tools: [{ name: "tokens" }] }, 2)) },
    ];
    expect(await session.call({ kind: "discover" }, signal)).toMatchObject({
      kind: "agents",
      agents: ["echo", "tokens"],
    });
    expect(asked.map(({ body }) => body)).toMatchObject([
      { id: 1, params: {} },
      { id: 2, params: { cursor: "2" } },
    ]);
  });

  it.each<[string, Answer]>([
    ["as JSON", { body: said("hi") }],
    ["as an event", { type: "text/event-stream", body: event(said("hi")) }],
    [
      "as an event after other things",
      {
        type: "text/event-stream",
        body: `id: 1\ndata:\n\n${event('{"jsonrpc":"2.0","method":"notifications/message"}')}${event(said("hi"))}`,
      },
    ],
  ])("reads an answer %s", async (_title, answer) => {
    answers = [answer];
    expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
    expect(asked[0]?.headers).toMatchObject({ "mcp-session-id": "s1", "mcp-protocol-version": "2025-11-25" });
  });

  it("answers what the server asks in a reply", async () => {
    const ping = '{"jsonrpc":"2.0","id":"p","method":"ping"}';
    answers = [{ type: "text/event-stream", body: event(ping) + event(said("hi")) }];
    expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
    expect((await got(2))[1]?.body).toEqual({ jsonrpc: "2.0", id: "p", result: {} });
  });

  it.each<[kind: string, title: string, answer: Answer]>([
    ["unknown-agent", "an unknown tool", { body: error(-32602, "Unknown tool: echo") }],
    ["agent", "a tool that failed", { body: result({ content: [], isError: true }) }],
    ["rejected", "other bad parameters", { status: 400, body: error(-32602, "bad") }],
    ["closed", "a session that has ended", { status: 404, body: error(-32001, "Session not found", null) }],
    ["mismatch", "two items", { body: result({ content: [{}, {}] }) }],
    ["protocol", "another request's result", { body: said("hi", 2) }],
    ["protocol", "events without an answer", { type: "text/event-stream", body: "" }],
    ["protocol", "an event that is no JSON", { type: "text/event-stream", body: event("{") + event(said("hi")) }],
    ["protocol", "nothing", accepted],
  ])("%s: %s", async (kind, _title, answer) => {
    answers = [answer];
    expect(await session.call(send, signal).catch((thrown: unknown) => asFailure(thrown).kind)).toBe(kind);
  });

  it("takes back a call that is aborted", async () => {
    answers = [{ body: null }];
    const controller = new AbortController();
    const aborted = session.call(send, controller.signal).catch((thrown: unknown) => asFailure(thrown).kind);
    await got(1);
    controller.abort();
    expect(await aborted).toBe("aborted");
    expect((await got(2))[1]?.body).toMatchObject({ method: "notifications/cancelled", params: { requestId: 1 } });
  });

  it("is ended at the server, once, also while a call is under way", async () => {
    answers = [{ body: null }];
    const pending = session.call(send, signal).catch((thrown: unknown) => asFailure(thrown).kind);
    await got(1);
    await Promise.all([session[Symbol.asyncDispose](), session[Symbol.asyncDispose]()]);
    expect(await pending).toBe("closed");
    expect(asked.map(({ method, headers }) => [method, headers["mcp-session-id"]])).toEqual([
      ["POST", "s1"],
      ["DELETE", "s1"],
    ]);
    await expect(session.call(send, signal)).rejects.toMatchObject({ kind: "closed" });
  });

  it.each<Unary>([
    { kind: "start", agent: "echo", body: "" },
    { kind: "poll", handle: "1" },
    { kind: "cancel", handle: "1" },
  ])("has no $kind", async (operation) => {
    await expect(session.call(operation, signal)).rejects.toMatchObject({ kind: "unsupported" });
    expect(mcpJsonrpcSession.cannot[operation.kind]).toBeDefined();
  });

  it("streams a tool's progress, and takes the call back that its reader leaves", async () => {
    const params = { progressToken: 1, progress: 1, message: "token-0" };
    const step = event(JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params }));
    answers = [{ type: "text/event-stream", body: step + event(said("token-0")) }];
    const bodies: unknown[] = [];
    for await (const reply of session.stream({ kind: "stream", agent: "tokens", body: "" }, signal)) {
      bodies.push(reply);
      break;
    }
    expect(bodies).toEqual([{ kind: "message", body: "token-0", atMs: expect.any(Number) }]);
    expect((await got(2)).map(({ body }) => body)).toMatchObject([
      { method: "tools/call", params: { name: "tokens", _meta: { progressToken: 1 } } },
      { method: "notifications/cancelled", params: { requestId: 1 } },
    ]);
  });
});

it("needs no session id, and then ends no session", async () => {
  answers = [{ body: result(opening, 0) }, accepted];
  const session = await connect();
  expect(asked[1]?.headers).not.toHaveProperty("mcp-session-id");
  await session[Symbol.asyncDispose]();
  expect(asked).toHaveLength(2);
});

it("does not wait for a server that will not let go", async () => {
  answers = [opened, accepted, { body: null }];
  const session = await connect();
  await session[Symbol.asyncDispose]();
  expect(asked.at(-1)?.method).toBe("DELETE");
});
