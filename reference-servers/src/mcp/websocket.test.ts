import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { bodyLimitBytes } from "../http-body.ts";
import { type Listening, listen } from "../listen.ts";
import { type Probe, probeWebSocket } from "../testing/websocket-probe.ts";

let server: Listening;
let url: string;

beforeAll(async () => {
  server = await serve();
  url = server.urls["mcp/websocket"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

function serve(): Promise<Listening> {
  const bindings = ["mcp/jsonrpc", "mcp/websocket"];
  return listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
}

type Frame = Readonly<Record<string, unknown>>;

const rpc = (id: unknown, method: string, params: unknown = {}): object => ({ jsonrpc: "2.0", id, method, params });
const clientInfo = { name: "c", version: "1" };
const initialize = rpc(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
const call = (id: unknown, name: string, text: string): object => rpc(id, "tools/call", { name, arguments: { text } });
const result = (id: unknown, value: object): object => ({ jsonrpc: "2.0", id, result: value });
const said = (id: unknown, text: string): object => result(id, { content: [{ type: "text", text }] });
const error = (id: unknown, code: number): object => ({
  jsonrpc: "2.0",
  id,
  error: { code, message: expect.any(String) },
});
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });

const connect = (at = url): Promise<Probe<Frame>> => probeWebSocket<Frame>(at, ["mcp"]);

async function begin(at = url): Promise<Probe<Frame>> {
  const client = await connect(at);
  client.send(initialize);
  await client.next();
  client.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return client;
}

describe("mcp/websocket", () => {
  it("begins a session by initialize, under the subprotocol mcp", async () => {
    await using client = await connect();
    expect(client.socket.protocol).toBe("mcp");
    client.send(initialize);
    const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" };
    expect(await client.next()).toEqual(
      result(0, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo }),
    );
  });

  it("serves those who ask for no subprotocol, or another besides", async () => {
    await using bare = await probeWebSocket(url);
    await using choosy = await probeWebSocket(url, ["soap", "mcp"]);
    expect([bare.socket.protocol, choosy.socket.protocol]).toEqual(["", "mcp"]);
  });

  it("answers each request with its own answer, whatever else is under way", async () => {
    await using client = await begin();
    client.send(call("endless", "tokens", endless));
    for (let id = 1; id < 100; id++) client.send(call(id, "echo", `number ${id}`));
    for (let id = 1; id < 100; id++) expect(await client.next()).toEqual(said(id, `number ${id}`));
    client.send(call("slow", "tokens", '{"chunks":2,"intervalMs":1}'));
    expect(await client.next()).toEqual(said("slow", "token-0token-1"));
    client.send(rpc(100, "tools/list"));
    expect((await client.next()).result).toMatchObject({ tools: new Agents().list.map(({ name }) => ({ name })) });
  });

  it("does not answer what was cancelled", async () => {
    await using client = await begin();
    client.send(call(1, "tokens", endless));
    client.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
    client.send(call(1, "echo", "again"));
    expect(await client.next()).toEqual(said(1, "again"));
  });

  it.each([
    ["not JSON", "{", error(null, -32700)],
    ["a batch", [initialize], error(null, -32600)],
    ["no JSON-RPC", { id: 1, method: "ping" }, error(1, -32600)],
    ["an unknown method", rpc(1, "resources/list"), error(1, -32601)],
    ["another initialize", initialize, error(0, -32600)],
    ["params that are a list", rpc(1, "tools/list", []), error(1, -32602)],
    ["a cursor nobody gave out", rpc(1, "tools/list", { cursor: "2" }), error(1, -32602)],
    ["an unknown tool", call(1, "nobody", ""), error(1, -32602)],
    ["no tool", rpc(1, "tools/call"), error(1, -32602)],
    ["arguments that are a list", rpc(1, "tools/call", { name: "echo", arguments: [] }), error(1, -32602)],
  ])("answers %s with an error, and goes on", async (_name, frame, answer) => {
    await using client = await begin();
    client.send(frame);
    expect(await client.next()).toEqual(answer);
    client.send(call(2, "echo", "x"));
    expect(await client.next()).toEqual(said(2, "x"));
  });

  it.each([
    ["a request", call(1, "echo", "x"), error(1, -32600)],
    ["a ping", rpc("p", "ping"), result("p", {})],
    ["an initialize without a version", rpc(1, "initialize", { capabilities: {}, clientInfo }), error(1, -32602)],
  ])("before initialize answers %s, and goes on", async (_name, frame, answer) => {
    await using client = await connect();
    client.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    client.send(frame);
    expect(await client.next()).toEqual(answer);
    client.send(initialize);
    expect(await client.next()).toMatchObject({ id: 0, result: { protocolVersion: "2025-11-25" } });
  });

  it.each([
    ["a binary frame", Buffer.from(JSON.stringify(initialize)), 1003],
    ["a frame that is too large", "x".repeat(bodyLimitBytes + 1), 1009],
  ])("ends the connection at %s", async (_name, frame, code) => {
    await using client = await begin();
    client.send(frame);
    expect(await client.closed).toBe(code);
  });

  it("ends the connection at text that is not UTF-8", async () => {
    await using client = await begin();
    client.socket.send(Buffer.from([0xff]), { binary: false });
    expect(await client.closed).toBe(1007);
  });

  it("shares its address with MCP on HTTP, and alone tells HTTP to upgrade", async () => {
    expect((await fetch(url.replace("ws:", "http:"))).status).toBe(405);
    await using alone = await listen({
      bindings: ["mcp/websocket"],
      port: 0,
      host: "loopback",
      agents: new Agents(),
    });
    const reply = await fetch(alone.urls["mcp/websocket"]?.replace("ws:", "http:") as string);
    expect([reply.status, reply.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(await reply.json()).toEqual(error(null, -32600));
  });

  it("answers a bad handshake with 400", async () => {
    const { port } = new URL(url);
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.end(`GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    expect(String(Buffer.concat(await socket.toArray()))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("goes away politely when the server closes", async () => {
    const closing = await serve();
    const clients = await Promise.all([1, 2].map(() => begin(closing.urls["mcp/websocket"])));
    clients[0]?.send(call(1, "tokens", endless));
    await closing[Symbol.asyncDispose]();
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual([1001, 1001]);
  });
});
