import { readSse } from "@apb/protocols/sse";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

let server: Listening;
let url: string;
beforeAll(async () => {
  server = await listen({ bindings: ["mcp/jsonrpc"], port: 0, host: "loopback", agents: new Agents() });
  url = server.urls["mcp/jsonrpc"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

const version = "2026-07-28";
const versionKey = "io.modelcontextprotocol/protocolVersion";
const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
const _meta = { [versionKey]: version, [capabilitiesKey]: {} };
const base = { "content-type": "application/json", "mcp-protocol-version": version };
const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" };
const complete = { resultType: "complete", _meta: { "io.modelcontextprotocol/serverInfo": serverInfo } };

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
}

async function send({ method = "POST", path = "/mcp", headers, body }: Sent) {
  const reply = await request(new URL(path, url), { method, headers, body: body ?? null });
  return { status: reply.statusCode, headers: reply.headers, body: await reply.body.text() };
}

/** A `tools/call` whose parts can be changed; undefined takes a part away. */
function call(params: object, headers: Record<string, string | undefined> = {}): Sent {
  return rpc(
    "tools/call",
    { name: "echo", arguments: { text: "hi" }, _meta, ...params },
    {
      "mcp-name": "echo",
      ...headers,
    },
  );
}

function rpc(method: string, params: unknown, headers: Record<string, string | undefined> = {}): Sent {
  const all = Object.entries({ ...base, "mcp-method": method, ...headers });
  return {
    headers: Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }),
  };
}

const result = (value: object): object => ({ jsonrpc: "2.0", id: 7, result: { ...value, ...complete } });
const text = (value: string): object => ({ content: [{ type: "text", text: value }] });
const failed = (value: string): object => result({ ...text(value), isError: true });
const error = (code: number, message: string, id: unknown = 7, data?: object): object => ({
  jsonrpc: "2.0",
  id,
  error: data === undefined ? { code, message } : { code, message, data },
});

describe("results", () => {
  it.each<[string, Sent, object]>([
    ["tools/call", call({}), result(text("hi"))],
    ["tools/call at /mcp/?query", { ...call({}), path: "/mcp/?a=1" }, result(text("hi"))],
    [
      "tools/call with headers of earlier revisions",
      call({}, { "mcp-session-id": "s", "last-event-id": "1" }),
      result(text("hi")),
    ],
    ["tools/call with its name in Base64", call({}, { "mcp-name": "=?base64?ZWNobw==?=" }), result(text("hi"))],
    [
      "tools/call as JSON in UTF-8, said so",
      call({}, { "content-type": "Application/JSON; charset=utf-8" }),
      result(text("hi")),
    ],
    [
      "tools/call without arguments",
      call({ arguments: undefined }),
      failed("expected the argument text to be a string"),
    ],
    [
      "tools/call with a text that is none",
      call({ arguments: { text: 1 } }),
      failed("expected the argument text to be a string"),
    ],
    [
      "a tool that cannot work",
      call({ name: "tokens" }, { "mcp-name": "tokens" }),
      failed('tokens expects JSON like {"chunks":8,"intervalMs":5}, got text that is not JSON'),
    ],
    [
      "server/discover",
      rpc("server/discover", { _meta }),
      result({ supportedVersions: [version], capabilities: { tools: {} }, ttlMs: 0, cacheScope: "public" }),
    ],
  ])("%s", async (_title, sent, expected) => {
    const reply = await send(sent);
    expect([reply.status, reply.headers["content-type"]]).toEqual([200, "application/json"]);
    expect(JSON.parse(reply.body)).toEqual(expected);
  });

  it("tools/list names every agent, with the argument it takes", async () => {
    const { status, body } = await send(rpc("tools/list", { _meta }));
    const { tools, ...others } = JSON.parse(body).result;
    expect([status, others]).toEqual([200, { ttlMs: 0, cacheScope: "public", ...complete }]);
    expect(tools.map((tool: { name: string }) => tool.name)).toEqual(new Agents().list.map(({ name }) => name));
    expect(tools[0]).toEqual({
      name: "echo",
      description: "Returns the message unchanged.",
      inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    });
  });

  it("answers later for a tool that takes its time", async () => {
    const body = { name: "tokens", arguments: { text: '{"chunks":3,"intervalMs":1}' } };
    const reply = await send(call(body, { "mcp-name": "tokens" }));
    expect(JSON.parse(reply.body)).toEqual(result(text("token-0token-1token-2")));
  });

  it("tells a tool's progress to a client that gives a token and reads event streams", async () => {
    const body = { name: "tokens", arguments: { text: '{"chunks":2}' }, _meta: { ..._meta, progressToken: "p" } };
    const reply = await send(call(body, { "mcp-name": "tokens", accept: "application/json, text/event-stream" }));
    expect(reply.headers).toMatchObject({ "content-type": "text/event-stream", "x-accel-buffering": "no" });
    const told = (progress: number, message: string): object => ({
      ...{ jsonrpc: "2.0", method: "notifications/progress" },
      params: { progressToken: "p", progress, message },
    });
    expect(readSse(reply.body).map(({ data }) => JSON.parse(data))).toEqual([
      told(1, "token-0"),
      told(2, "token-1"),
      result(text("token-0token-1")),
    ]);
    const plain = await send(call(body, { "mcp-name": "tokens", accept: "application/json" }));
    expect([plain.headers["content-type"], JSON.parse(plain.body)]).toEqual([
      "application/json",
      result(text("token-0token-1")),
    ]);
  });

  it("repeats the id as it came", async () => {
    for (const id of ['"a \\" b"', "-1", "0", '""']) {
      const body = String(call({}).body).replace('"id":7', `"id":${id}`);
      expect((await send({ ...call({}), body })).body).toContain(`"id":${id},`);
    }
  });
});

const shortMeta = (without: string): object => ({ _meta: { ..._meta, [without]: undefined } });
const wrong = (value: unknown, key: string): object => ({ _meta: { ..._meta, [key]: value } });

describe("refusals", () => {
  it.each<[string, Sent, number, object]>([
    [
      "no version header",
      call({}, { "mcp-protocol-version": undefined }),
      400,
      error(-32020, "expected the header MCP-Protocol-Version: 2026-07-28, got none"),
    ],
    [
      "no version header, but one of a session",
      call({}, { "mcp-protocol-version": undefined, "mcp-session-id": "s" }),
      400,
      error(-32020, "expected the header MCP-Protocol-Version: 2026-07-28, got none"),
    ],
    [
      "initialize in the stateless revision",
      rpc("initialize", { protocolVersion: "2025-11-25", _meta }),
      404,
      error(-32601, 'unknown method "initialize"'),
    ],
    [
      "version header and body disagree",
      call({}, { "mcp-protocol-version": "2025-11-25" }),
      400,
      error(-32020, 'MCP-Protocol-Version is "2025-11-25", but the body says "2026-07-28"'),
    ],
    [
      "no method header",
      call({}, { "mcp-method": undefined }),
      400,
      error(-32020, 'Mcp-Method is missing, but the body says "tools/call"'),
    ],
    [
      "method header differs in case",
      call({}, { "mcp-method": "Tools/call" }),
      400,
      error(-32020, 'Mcp-Method is "Tools/call", but the body says "tools/call"'),
    ],
    [
      "no name header",
      call({}, { "mcp-name": undefined }),
      400,
      error(-32020, 'Mcp-Name is missing, but the body says "echo"'),
    ],
    [
      "name header and body disagree",
      call({}, { "mcp-name": "planner" }),
      400,
      error(-32020, 'Mcp-Name is "planner", but the body says "echo"'),
    ],
    [
      "name header that is no Base64",
      call({}, { "mcp-name": "=?base64?%%?=" }),
      400,
      error(-32020, 'Mcp-Name is "=?base64?%%?=", but the body says "echo"'),
    ],
    [
      "no params",
      rpc("tools/list", undefined),
      400,
      error(-32602, `expected params._meta with the string "${versionKey}"`),
    ],
    [
      "params that are a list",
      rpc("tools/list", [_meta]),
      400,
      error(-32602, `expected params._meta with the string "${versionKey}"`),
    ],
    [
      "no _meta",
      call({ _meta: undefined }),
      400,
      error(-32602, `expected params._meta with the string "${versionKey}"`),
    ],
    [
      "no version in _meta",
      call(shortMeta(versionKey)),
      400,
      error(-32602, `expected params._meta with the string "${versionKey}"`),
    ],
    [
      "a version that is no string",
      call(wrong(20260728, versionKey)),
      400,
      error(-32602, `expected params._meta with the string "${versionKey}"`),
    ],
    [
      "no capabilities in _meta",
      call(shortMeta(capabilitiesKey)),
      400,
      error(-32602, `expected params._meta with the object "${capabilitiesKey}"`),
    ],
    [
      "capabilities that are a list",
      call(wrong([], capabilitiesKey)),
      400,
      error(-32602, `expected params._meta with the object "${capabilitiesKey}"`),
    ],
    [
      "another version",
      call(wrong("1900-01-01", versionKey), { "mcp-protocol-version": "1900-01-01" }),
      400,
      error(-32022, 'expected protocol version 2026-07-28, got "1900-01-01"', 7, {
        supported: [version],
        requested: "1900-01-01",
      }),
    ],
    [
      "an earlier revision, which has no _meta",
      rpc("tools/list", {}, { "mcp-protocol-version": "2025-11-25", "mcp-method": undefined }),
      400,
      error(-32022, 'expected protocol version 2026-07-28, got "2025-11-25"', 7, {
        supported: [version],
        requested: "2025-11-25",
      }),
    ],
    ["unknown method", rpc("resources/list", { _meta }), 404, error(-32601, 'unknown method "resources/list"')],
    ["a method that is gone", rpc("ping", { _meta }), 404, error(-32601, 'unknown method "ping"')],
    ["unknown tool", call({ name: "no-such" }, { "mcp-name": "no-such" }), 200, error(-32602, "Unknown tool: no-such")],
    [
      "unknown tool beyond ASCII",
      call({ name: "에코" }, { "mcp-name": "=?base64?7JeQ7L2U?=" }),
      200,
      error(-32602, "Unknown tool: 에코"),
    ],
    ["no tool", call({ name: undefined }), 400, error(-32602, "expected the name of a tool")],
    [
      "arguments that are a list",
      call({ arguments: ["hi"] }),
      400,
      error(-32602, "expected the arguments to be an object"),
    ],
    ["a cursor nobody gave out", rpc("tools/list", { _meta, cursor: "2" }), 200, error(-32602, "unknown cursor")],
    [
      "another content type",
      call({}, { "content-type": "text/plain" }),
      415,
      error(-32600, "expected Content-Type: application/json", null),
    ],
    [
      "no content type",
      call({}, { "content-type": undefined }),
      415,
      error(-32600, "expected Content-Type: application/json", null),
    ],
    ["no JSON", { headers: base, body: '{"jsonrpc"' }, 400, error(-32700, "expected a body of JSON in UTF-8", null)],
    ["no body", { headers: base }, 400, error(-32700, "expected a body of JSON in UTF-8", null)],
    [
      "no UTF-8",
      { headers: base, body: Buffer.from('{"jsonrpc":"2.0","id":7,"method":"\xff"}', "latin1") },
      400,
      error(-32700, "expected a body of JSON in UTF-8", null),
    ],
    [
      "a batch",
      { headers: base, body: `[${call({}).body}]` },
      400,
      error(-32600, "expected one JSON-RPC message, a JSON object", null),
    ],
    [
      "a message of JSON-RPC 1.0",
      { headers: base, body: '{"id":7,"method":"a"}' },
      400,
      error(-32600, 'expected "jsonrpc":"2.0"'),
    ],
    [
      "the id null",
      { headers: base, body: '{"jsonrpc":"2.0","id":null,"method":"a"}' },
      400,
      error(-32600, "expected the id to be a string or a whole number", null),
    ],
    [
      "an answer",
      { headers: base, body: '{"jsonrpc":"2.0","id":7,"result":{}}' },
      400,
      error(-32600, "expected a request or a notification, got an answer", null),
    ],
    [
      "a foreign Origin",
      call({}, { origin: "http://example.com" }),
      403,
      error(-32600, "this server answers local hosts and origins only", null),
    ],
    [
      "a foreign Host",
      call({}, { host: "example.com" }),
      403,
      error(-32600, "this server answers local hosts and origins only", null),
    ],
    [
      "a body of more than 4 MiB",
      { headers: base, body: Buffer.alloc(4 * 1024 * 1024 + 1, " ") },
      413,
      error(-32600, "the body is larger than 4194304 bytes", null),
    ],
  ])("%s", async (_title, sent, status, expected) => {
    const reply = await send(sent);
    expect([reply.status, JSON.parse(reply.body)]).toEqual([status, expected]);
    expect(reply.headers["content-type"]).toBe("application/json");
  });

  it.each(["GET", "DELETE", "PUT", "OPTIONS"])("%s is not allowed", async (method) => {
    const reply = await send({ method, headers: {} });
    expect([reply.status, reply.headers.allow]).toEqual([405, "POST"]);
    expect(JSON.parse(reply.body)).toEqual(error(-32600, "expected POST: one JSON-RPC message each", null));
  });
});

it("accepts a notification without a word", async () => {
  for (const method of ["notifications/cancelled", "anything"]) {
    const reply = await send({ headers: base, body: JSON.stringify({ jsonrpc: "2.0", method }) });
    expect([reply.status, reply.body]).toEqual([202, ""]);
  }
});
