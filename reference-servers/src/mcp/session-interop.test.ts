import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

let server: Listening;
beforeAll(async () => {
  // The transport expects the browsers' global, which Node 20 does not have.
  vi.stubGlobal("WebSocket", WebSocket);
  const bindings = ["mcp/jsonrpc@2025-11-25", "mcp/websocket"];
  server = await listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await server[Symbol.asyncDispose]();
});

const clientInfo = { name: "interop", version: "1.0.0" };
const address = (binding: string): URL => new URL(server.urls[binding] as string);

interface Call {
  readonly name: string;
  readonly arguments: { readonly text: string };
}

/** What both versions of the client have in common; the transport ends the session where there is one to end. */
interface Connected {
  readonly client: ClientV1 | ClientV2;
  readonly http: HttpV1 | HttpV2 | null;
  /** Calls a tool and gives up after a moment. */
  giveUp(call: Call): Promise<unknown>;
}

const clients: readonly [name: string, connect: () => Promise<Connected>][] = [
  [
    "version 2 on HTTP, as it comes",
    async () => {
      const client = new ClientV2(clientInfo);
      const http = new HttpV2(address("mcp/jsonrpc@2025-11-25"));
      await client.connect(http);
      expect(client.getNegotiatedProtocolVersion()).toBe("2025-11-25");
      return { client, http, giveUp: (call) => client.callTool(call, { timeout: 100 }) };
    },
  ],
  [
    "version 1 on HTTP",
    async () => {
      const client = new ClientV1(clientInfo);
      const http = new HttpV1(address("mcp/jsonrpc@2025-11-25"));
      await client.connect(http as Parameters<typeof client.connect>[0]);
      return { client, http, giveUp: (call) => client.callTool(call, undefined, { timeout: 100 }) };
    },
  ],
  [
    "version 1 on a WebSocket",
    async () => {
      const client = new ClientV1(clientInfo);
      await client.connect(new WebSocketClientTransport(address("mcp/websocket")));
      return { client, http: null, giveUp: (call) => client.callTool(call, undefined, { timeout: 100 }) };
    },
  ],
];

describe.each(clients)("the official client, %s", (_name, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect();
  });
  afterAll(() => connected.client.close());

  it("has a session, except where a connection is one", () => {
    const { client, http } = connected;
    expect(client.getServerVersion()?.name).toBe("agent-protocol-bench-reference");
    if (http !== null) expect(http.sessionId).toMatch(/^[!-~]{36}$/);
  });

  it("lists the tools, and pings", async () => {
    const { tools } = await connected.client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(new Agents().list.map((agent) => agent.name));
    expect(await connected.client.ping()).toEqual({});
  });

  it.each([
    ["Unicode", '한국어 🤖 e\u0301 "\\\u0000\u2028'],
    ["nothing", ""],
    ["1 MiB", "0123456789abcdef".repeat(65_536)],
  ])("calls echo with %s", async (_title, text) => {
    const result = await connected.client.callTool({ name: "echo", arguments: { text } });
    expect(result.content).toEqual([{ type: "text", text }]);
    expect(result.isError).toBeUndefined();
  });

  it("is told that a tool is unknown", async () => {
    const refused = connected.client.callTool({ name: "no-such-tool", arguments: { text: "" } });
    await expect(refused).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining("Unknown tool: no-such-tool"),
    });
  });

  it("is told when a tool fails", async () => {
    const result = await connected.client.callTool({ name: "tokens", arguments: { text: "not JSON" } });
    expect(result.isError).toBe(true);
  });

  it("gives up a call, and goes on", async () => {
    const text = JSON.stringify({ chunks: 7200, intervalMs: 1000 });
    await expect(connected.giveUp({ name: "tokens", arguments: { text } })).rejects.toThrow();
    expect(await connected.client.ping()).toEqual({});
  });

  it("ends its session", async () => {
    if (connected.http === null) return;
    await connected.http.terminateSession();
    await expect(connected.client.ping()).rejects.toThrow();
  });
});
