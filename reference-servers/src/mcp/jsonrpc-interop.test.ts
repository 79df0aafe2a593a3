import { Client, ProtocolError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

let server: Listening;
beforeAll(async () => {
  server = await listen({ bindings: ["mcp/jsonrpc"], port: 0, host: "loopback", agents: new Agents() });
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each([{ pin: "2026-07-28" }, "auto"] as const)("the official client, version %j", (mode) => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ name: "interop", version: "1.0.0" }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(server.urls["mcp/jsonrpc"] as string)));
  });
  afterAll(() => client.close());

  it("agrees on the revision", () => {
    expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
  });

  it("lists the tools", async () => {
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(new Agents().list.map((agent) => agent.name));
  });

  it.each([
    ["Unicode", '한국어 🤖 e\u0301 "\\\u0000\u2028'],
    ["nothing", ""],
    ["1 MiB", "0123456789abcdef".repeat(65_536)],
  ])("calls echo with %s", async (_title, text) => {
    const result = await client.callTool({ name: "echo", arguments: { text } });
    expect(result.content).toEqual([{ type: "text", text }]);
    expect(result.isError).toBeUndefined();
  });

  it.each(["no-such-tool", "없는 도구"])("is told that %s is unknown", async (name) => {
    const refused = await client.callTool({ name, arguments: { text: "" } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProtocolError);
    expect(refused).toMatchObject({ code: -32602, message: expect.stringContaining(`Unknown tool: ${name}`) });
  });

  it("is told when a tool fails", async () => {
    const result = await client.callTool({ name: "tokens", arguments: { text: "not JSON" } });
    expect(result.isError).toBe(true);
  });
});
