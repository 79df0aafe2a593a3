import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Session, StreamEnd, Unary } from "@apb/core/binding";
import { asFailure } from "@apb/core/failure";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mcpJsonrpc } from "./mcp.ts";

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** What the server is to answer next, and what it was asked. */
let answers: Answer[] = [];
let asked: { readonly headers: IncomingMessage["headers"]; readonly body: unknown }[] = [];
let server: Server;
let session: Session;
const { signal } = new AbortController();

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ headers: request.headers, body: JSON.parse(body) });
    const { status = 200, type = "application/json", body: answer } = answers.shift() as Answer;
    response.writeHead(status, type === "" ? {} : { "content-type": type }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

beforeEach(async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp?a=b`;
  session = await mcpJsonrpc.connect(url, { client: "library", signal });
});
afterEach(async () => {
  await session[Symbol.asyncDispose]();
  answers = [];
  asked = [];
});

const resultType = "complete";
const content = [{ type: "text", text: "hi" }];
const send: Unary = { kind: "send", agent: "echo", body: "hi" };
const result = (value: object, id: unknown = 1): string => JSON.stringify({ jsonrpc: "2.0", id, result: value });
const error = (code: number, message: string, id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });
const event = (data: string): string => `event: message\ndata: ${data}\n\n`;
const sse = (body: string): Answer => ({ type: "text/event-stream", body });
const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}';

it("sends what the revision asks for", async () => {
  answers = [{ body: result({ resultType, content }) }];
  await session.call({ kind: "send", agent: "에코", body: "hi" }, signal);
  expect(asked[0]?.headers).toMatchObject({
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "=?base64?7JeQ7L2U?=",
  });
  expect(asked[0]?.body).toMatchObject({ method: "tools/call", params: { name: "에코", arguments: { text: "hi" } } });
});

it("lists the tools of every page", async () => {
  answers = [
    { body: result({ resultType, tools: [{ name: "echo", inputSchema: { type: "object" } }], nextCursor: "2" }) },
    { body: result({ resultType, tools: [{ name: "tokens" }] }, 2) },
  ];
  expect(await session.call({ kind: "discover" }, signal)).toEqual({
    kind: "agents",
    agents: ["echo", "tokens"],
    inputs: { echo: { type: "object" } },
  });
  expect(asked.map(({ body }) => body)).toMatchObject([{ id: 1 }, { id: 2, params: { cursor: "2" } }]);
  expect(asked[1]?.headers["mcp-method"]).toBe("tools/list");
});

describe("a reply", () => {
  it.each<[string, Answer]>([
    ["as JSON", { type: "Application/JSON; charset=utf-8", body: result({ resultType, content }) }],
    ["as an event", { type: "text/event-stream", body: event(result({ resultType, content })) }],
    [
      "as an event after notifications and comments",
      { type: "text/event-stream", body: `: ping\n\n${event(progress)}${event(result({ resultType, content }))}` },
    ],
  ])("%s is read", async (_title, answer) => {
    answers = [answer];
    expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
  });

  it.each<[kind: string, title: string, answer: Answer]>([
    ["unknown-agent", "unknown tool, as the specification says it", { body: error(-32602, "Unknown tool: echo") }],
    ["unknown-agent", "unknown tool, as the SDK says it", { body: error(-32602, "Tool echo not found") }],
    [
      "unknown-agent",
      "unknown tool, as an event",
      { type: "text/event-stream", body: event(error(-32602, "Tool echo not found")) },
    ],
    ["agent", "a tool that failed", { body: result({ resultType, content, isError: true }) }],
    ["rejected", "other bad parameters", { status: 400, body: error(-32602, "expected _meta") }],
    ["rejected", "an unsupported version", { status: 400, body: error(-32022, "Unsupported protocol version") }],
    ["rejected", "an unknown method", { status: 404, body: error(-32601, "Method not found") }],
    ["rejected", "a request whose id could not be read", { status: 400, body: error(-32700, "Parse error", null) }],
    ["mismatch", "no text", { body: result({ resultType, content: [{ type: "image" }] }) }],
    ["mismatch", "a wish for more input", { body: result({ resultType: "input_required", requestState: "s" }) }],
    ["protocol", "another request's result", { body: result({ resultType, content }, 2) }],
    ["protocol", "another request's error", { body: error(-32602, "Unknown tool: echo", 2) }],
    ["protocol", "an id of another type", { body: result({ resultType, content }, "1") }],
    ["protocol", "a result without its type", { body: result({ content }) }],
    ["protocol", "a result with the status of an error", { status: 404, body: result({ resultType, content }) }],
    ["protocol", "a notification", { body: progress }],
    ["protocol", "JSON that is no JSON-RPC", { body: "{}" }],
    ["protocol", "no JSON", { body: "<html>" }],
    ["protocol", "nothing", { status: 202, type: "", body: "" }],
    ["protocol", "another content type", { type: "text/html", body: result({ resultType, content }) }],
    ["protocol", "404 without JSON-RPC", { status: 404, type: "text/plain", body: "not found" }],
    ["protocol", "405 without JSON-RPC", { status: 405, body: '{"detail":"Method Not Allowed"}' }],
    ["protocol", "events without a response", { type: "text/event-stream", body: event(progress) }],
    [
      "protocol",
      "a response that is cut off",
      { type: "text/event-stream", body: event(result({ resultType, content })).slice(0, -1) },
    ],
    ["protocol", "an event that is no JSON", { type: "text/event-stream", body: event("{") }],
  ])("%s: %s", async (kind, _title, answer) => {
    answers = [answer, { body: result({ resultType, content }, 2) }];
    expect(await session.call(send, signal).catch((thrown: unknown) => asFailure(thrown).kind)).toBe(kind);
    expect(await session.call(send, signal)).toEqual({ kind: "message", body: "hi" });
  });
});

it.each<Unary>([
  { kind: "start", agent: "echo", body: "" },
  { kind: "poll", handle: "1" },
  { kind: "cancel", handle: "1" },
])("has no $kind", async (operation) => {
  await expect(session.call(operation, signal)).rejects.toMatchObject({ kind: "unsupported" });
  expect(mcpJsonrpc.cannot[operation.kind]).toBeDefined();
});

describe("a stream", () => {
  const step = (n: number, token: unknown = 1, message: unknown = `token-${n}`): string =>
    event(
      JSON.stringify({
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: token, progress: n, message },
      }),
    );
  const whole = event(result({ resultType, content }));
  const news = event('{"jsonrpc":"2.0","method":"notifications/message","params":{}}');
  const collected = async (): Promise<{ bodies: unknown[]; end: StreamEnd }> => {
    const replies = session.stream({ kind: "stream", agent: "tokens", body: "go" }, signal)[Symbol.asyncIterator]();
    const bodies: unknown[] = [];
    for (let next = await replies.next(); ; next = await replies.next()) {
      if (next.done === true) return { bodies, end: next.value };
      bodies.push(next.value.kind === "message" ? next.value.body : next.value);
    }
  };

  it.each<[string, string, unknown[], number]>([
    ["is the messages of a tool's progress", step(0) + step(1) + whole, ["token-0", "token-1"], 0],
    ["is the result where nothing was told of it", whole, ["hi"], 0],
    [
      "counts what brings no message",
      `: keep-alive\n\nid: 1\ndata:\n\n${news}${step(0)}${step(0, 2)}${step(1, 1, null)}${whole}`,
      ["token-0"],
      5,
    ],
  ])("%s", async (_title, body, bodies, silent) => {
    answers = [{ type: "text/event-stream", body }];
    expect(await collected()).toEqual({ bodies, end: { atMs: expect.any(Number), silent } });
    expect(asked[0]?.body).toMatchObject({ id: 1, params: { name: "tokens", _meta: { progressToken: 1 } } });
  });

  it("is a result of one text as well", async () => {
    answers = [{ body: result({ resultType, content }) }];
    expect((await collected()).bodies).toEqual(["hi"]);
  });

  it.each<[kind: string, title: string, answer: Answer]>([
    ["agent", "a tool that fails", { body: result({ resultType, content, isError: true }) }],
    [
      "agent",
      "a tool that fails behind progress",
      sse(step(0) + event(result({ resultType, content, isError: true }))),
    ],
    ["unknown-agent", "an unknown tool", { body: error(-32602, "Unknown tool: tokens") }],
    ["protocol", "an end without a result", sse(step(0))],
    ["protocol", "another request's result", sse(event(result({ resultType, content }, 2)))],
    ["protocol", "a request of the server's", sse(event('{"jsonrpc":"2.0","id":1,"method":"ping"}') + whole)],
    ["protocol", "what is no JSON", sse(event("{"))],
  ])("%s: %s", async (kind, _title, answer) => {
    answers = [answer];
    expect(await collected().catch((thrown: unknown) => asFailure(thrown).kind)).toBe(kind);
  });
});
