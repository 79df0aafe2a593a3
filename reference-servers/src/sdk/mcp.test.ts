import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";
import { sdkDoors } from "./doors.ts";

let server: Listening;
afterEach(() => server[Symbol.asyncDispose]());

async function open(binding: string): Promise<URL> {
  server = await listen({ doors: sdkDoors, bindings: [binding], port: 0, host: "loopback", agents: new Agents() });
  return new URL(server.urls[binding] as string);
}

describe.each([
  ["mcp/jsonrpc", { mode: { pin: "2026-07-28" } }, "2026-07-28"],
  ["mcp/jsonrpc@2025-11-25", { mode: "legacy" }, "2025-11-25"],
] as const)("%s by the official SDK", (binding, versionNegotiation, revision) => {
  it("speaks its revision with the official client", async () => {
    const transport = new StreamableHTTPClientTransport(await open(binding));
    const client = new Client({ name: "interop", version: "1.0.0" }, { versionNegotiation });
    await client.connect(transport);
    expect(client.getNegotiatedProtocolVersion()).toBe(revision);
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(
      new Agents().list.map((agent) => agent.name),
    );
    const text = "x한".repeat(200_000);
    expect(await client.callTool({ name: "echo", arguments: { text } })).toMatchObject({
      content: [{ type: "text", text }],
    });
    await transport.terminateSession();
    await client.close();
  });

  it("answers local hosts only", async () => {
    const url = await open(binding);
    const refused = await request(url, { method: "POST", headers: { host: "example.com" }, body: "{}" });
    expect([refused.statusCode, await refused.body.text()]).toEqual([403, expect.stringContaining("example.com")]);
  });
});

describe("a session of the version that has them", () => {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
  };
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });

  it("is asked for, used, and gone when its client ends it", async () => {
    const url = await open("mcp/jsonrpc@2025-11-25");
    const post = (body: string, more = {}) => fetch(url, { method: "POST", headers: { ...headers, ...more }, body });
    expect((await post(ping)).status).toBe(400);
    expect((await post(ping, { "mcp-session-id": "nobody" })).status).toBe(404);
    expect((await fetch(url)).status).toBe(400);
    const opened = await post(JSON.stringify(initialize));
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") as string };
    expect([opened.status, await opened.text()]).toEqual([200, expect.stringMatching(/^event: message\ndata: \{/)]);
    expect((await post(ping, session)).status).toBe(200);
    expect((await fetch(url, { method: "DELETE", headers: session })).status).toBe(200);
    expect((await post(ping, session)).status).toBe(404);
  });
});
