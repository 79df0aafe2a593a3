import { readSse } from "@apb/protocols/sse";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

const agents = new Agents();
let server: Listening;
let url: string;
beforeAll(async () => {
  server = await serve();
  url = server.urls["mcp/jsonrpc@2025-11-25"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

function serve(): Promise<Listening> {
  return listen({ bindings: ["mcp/jsonrpc@2025-11-25"], port: 0, host: "loopback", agents });
}

type Headers = Readonly<Record<string, string | undefined>>;

interface Sent {
  readonly method?: string;
  /** Beside those of every POST; undefined takes one away. */
  readonly headers?: Headers;
  readonly body?: object | string;
}

const base: Headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };

async function send({ method = "POST", headers = {}, body }: Sent, at = url) {
  const all = Object.entries({ ...base, ...headers }).filter((entry): entry is [string, string] => !!entry[1]);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return request(at, { method, headers: Object.fromEntries(all), body: text ?? null });
}

type Reply = Awaited<ReturnType<typeof send>>;

/** Status, and the messages of an event stream or the JSON of another answer. */
async function read({ statusCode, headers, body }: Reply): Promise<readonly [number, unknown]> {
  const text = await body.text();
  if (headers["content-type"] === "text/event-stream")
    return [statusCode, readSse(text).map(({ data }) => JSON.parse(data))];
  return [statusCode, text === "" ? null : JSON.parse(text)];
}

const rpc = (method: string, params?: object): object => ({ jsonrpc: "2.0", id: 7, method, params });
const clientInfo = { name: "c", version: "1" };
const opening = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
const call = (name: string, text: string): object => rpc("tools/call", { name, arguments: { text } });
const endless = call("tokens", JSON.stringify({ chunks: 7200, intervalMs: 1000 }));
const result = (value: object): object => ({ jsonrpc: "2.0", id: 7, result: value });
const said = (text: string): object => result({ content: [{ type: "text", text }] });
const failed = (text: string): object => result({ content: [{ type: "text", text }], isError: true });
const error = (code: number, message: unknown = expect.any(String), id: unknown = 7): object => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});
const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } };

/** Sends a call that takes hours, and resolves, with its reply to come, once the agent is at work. */
async function sendEndless(headers: Headers, at = url): Promise<{ readonly reply: Promise<Reply> }> {
  const { calls } = agents;
  const reply = send({ headers, body: endless }, at);
  while (agents.calls === calls) await new Promise((resolve) => setImmediate(resolve));
  return { reply };
}

/** The headers of a new session. */
async function begin(at = url): Promise<Headers> {
  const reply = await send({ body: rpc("initialize", opening) }, at);
  await reply.body.dump();
  const headers = {
    "mcp-session-id": String(reply.headers["mcp-session-id"]),
    "mcp-protocol-version": "2025-11-25",
  };
  const initialized = await send({ headers, body: { jsonrpc: "2.0", method: "notifications/initialized" } }, at);
  expect(await read(initialized)).toEqual([202, null]);
  return headers;
}

describe("initialize", () => {
  it("begins a session under an id of its own", async () => {
    const replies = await Promise.all([1, 2].map(() => send({ body: rpc("initialize", opening) })));
    const ids = replies.map(({ headers }) => headers["mcp-session-id"]);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[!-~]{36}$/);
    const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" };
    const answer = result({ protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo });
    for (const reply of replies) expect(await read(reply)).toEqual([200, [answer]]);
  });

  it.each([
    ["2025-06-18", "2025-06-18"],
    ["2024-11-05", "2025-11-25"],
  ])("of %s agrees on %s", async (protocolVersion, agreed) => {
    const [status, [answer]] = (await read(
      await send({ body: rpc("initialize", { ...opening, protocolVersion }) }),
    )) as [number, [unknown]];
    expect([status, answer]).toMatchObject([200, { result: { protocolVersion: agreed } }]);
  });

  it.each<[string, Sent, number, object]>([
    ["without its params", { body: rpc("initialize") }, 400, error(-32602)],
    ["without capabilities", { body: rpc("initialize", { protocolVersion: "2025-11-25" }) }, 400, error(-32602)],
    [
      "from who takes only JSON",
      { body: rpc("initialize", opening), headers: { accept: "application/json" } },
      406,
      error(-32000, "expected Accept: application/json, text/event-stream", null),
    ],
  ])("%s is refused", async (_name, sent, status, expected) => {
    const reply = await send(sent);
    expect(reply.headers["mcp-session-id"]).toBeUndefined();
    expect(await read(reply)).toEqual([status, expected]);
  });
});

describe("in a session", () => {
  it.each<[string, object, object]>([
    ["a call", call("echo", "한국어 🤖\n\u2028"), said("한국어 🤖\n\u2028")],
    ["a call that takes its time", call("tokens", '{"chunks":3,"intervalMs":1}'), said("token-0token-1token-2")],
    ["a ping", rpc("ping"), result({})],
    ["an agent that fails", call("tokens", "not JSON"), failed(expect.stringMatching(/^tokens expects/))],
    [
      "a call without its text",
      rpc("tools/call", { name: "echo" }),
      failed("expected the argument text to be a string"),
    ],
    ["an unknown tool", call("no-such", ""), error(-32602, "Unknown tool: no-such")],
    ["an unknown method", rpc("server/discover"), error(-32601, 'unknown method "server/discover"')],
    ["another initialize", rpc("initialize", opening), error(-32600, "the session is initialized already")],
    ["params that are a list", rpc("tools/call", ["echo"]), error(-32602)],
  ])("%s is answered by one event", async (_name, body, expected) => {
    const reply = await send({ headers: await begin(), body });
    expect(reply.headers).toMatchObject({ "content-type": "text/event-stream", "cache-control": "no-cache" });
    expect(await read(reply)).toEqual([200, [expected]]);
  });

  it("lists the agents", async () => {
    const [, [answer]] = (await read(await send({ headers: await begin(), body: rpc("tools/list") }))) as [
      number,
      [object],
    ];
    expect(answer).toMatchObject({ result: { tools: new Agents().list.map(({ name }) => ({ name })) } });
  });

  it.each<[string, Sent, number, unknown]>([
    [
      "no version header: the agreed one holds",
      { headers: { "mcp-protocol-version": undefined }, body: rpc("ping") },
      200,
      [result({})],
    ],
    [
      "another version of sessions",
      { headers: { "mcp-protocol-version": "2025-06-18" }, body: rpc("ping") },
      200,
      [result({})],
    ],
    ["anything accepted", { headers: { accept: "*/*" }, body: rpc("ping") }, 200, [result({})]],
    [
      "a version nobody knows",
      { headers: { "mcp-protocol-version": "1900-01-01" }, body: rpc("ping") },
      400,
      error(-32000, undefined, null),
    ],
    [
      "only JSON accepted",
      { headers: { accept: "application/json" }, body: rpc("ping") },
      406,
      error(-32000, undefined, null),
    ],
    [
      "an unknown session",
      { headers: { "mcp-session-id": "x" }, body: rpc("ping") },
      404,
      error(-32001, "Session not found", null),
    ],
    ["a batch", { body: [rpc("ping")] }, 400, error(-32600, undefined, null)],
    ["no JSON", { body: "{" }, 400, error(-32700, undefined, null)],
    [
      "another content type",
      { headers: { "content-type": "text/plain" }, body: rpc("ping") },
      415,
      error(-32600, undefined, null),
    ],
    ["a notification", { body: cancel }, 202, null],
    ["an answer nobody waits for", { body: { jsonrpc: "2.0", id: 1, result: {} } }, 202, null],
    [
      "a request of the stateless revision: it needs its headers",
      {
        headers: { "mcp-protocol-version": undefined },
        body: rpc("ping", { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }),
      },
      400,
      error(-32020),
    ],
    ["GET for JSON", { method: "GET", headers: { accept: "application/json" } }, 405, error(-32600, undefined, null)],
    ["PUT", { method: "PUT", body: rpc("ping") }, 405, error(-32600, undefined, null)],
  ])("%s", async (_name, sent, status, expected) => {
    expect(await read(await send({ ...sent, headers: { ...(await begin()), ...sent.headers } }))).toEqual([
      status,
      expected,
    ]);
  });

  it("ends by DELETE, and with it what is under way", async () => {
    const headers = await begin();
    const waiting = await sendEndless(headers);
    const listening = await send({ method: "GET", headers });
    expect(await read(await send({ method: "DELETE", headers }))).toEqual([200, null]);
    expect(await read(await waiting.reply)).toEqual([200, []]);
    const unknown = error(-32001, "Session not found", null);
    expect(await read(await send({ method: "DELETE", headers }))).toEqual([404, unknown]);
    expect(await read(await send({ headers, body: rpc("ping") }))).toEqual([404, unknown]);
    expect(await read(listening)).toEqual([200, []]);
  });

  it("gives up what is cancelled, and leaves the rest alone", async () => {
    const headers = await begin();
    const waiting = await sendEndless(headers);
    const other = send({ headers, body: { ...call("tokens", '{"chunks":2,"intervalMs":50}'), id: 8 } });
    await send({ headers, body: cancel });
    expect(await read(await waiting.reply)).toEqual([200, []]);
    expect(await read(await other)).toEqual([200, [{ ...said("token-0token-1"), id: 8 }]]);
  });

  it("listens on one stream at a time, from its first byte on", async () => {
    const headers = await begin();
    const first = await send({ method: "GET", headers });
    const chunks = first.body[Symbol.asyncIterator]();
    expect([first.statusCode, String((await chunks.next()).value)]).toEqual([200, ": listening\n\n"]);
    expect(await read(await send({ method: "GET", headers }))).toEqual([409, error(-32000, undefined, null)]);
    first.body.on("error", () => undefined);
    first.body.destroy();
    let status = 409;
    while (status === 409) {
      const again = await send({ method: "GET", headers });
      status = again.statusCode;
      again.body.on("error", () => undefined);
      again.body.destroy();
    }
    expect(status).toBe(200);
  });
});

it("ends its streams when the server closes", async () => {
  const closing = await serve();
  const at = closing.urls["mcp/jsonrpc@2025-11-25"] as string;
  const headers = await begin(at);
  const waiting = await sendEndless(headers, at);
  const listening = await send({ method: "GET", headers }, at);
  await closing[Symbol.asyncDispose]();
  expect(await Promise.all([waiting.reply.then(read), read(listening)])).toEqual([
    [200, []],
    [200, []],
  ]);
});
