import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, inject, it } from "vitest";
import { Agents } from "../agents/agents.ts";

const clientInfo = { name: "interop", version: "1.0.0" };
const entry = `${inject("programs")}/session-server.js`;

/** How the process of a binding is started. */
function started(binding: string): { command: string; args: string[] } {
  return { command: process.execPath, args: ["--enable-source-maps", entry, "--binding", binding] };
}

const clients: readonly [name: string, connect: () => Promise<ClientV1 | ClientV2>][] = [
  [
    "version 2, revision 2026-07-28",
    async () => {
      const client = new ClientV2(clientInfo, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
      await client.connect(new StdioV2(started("mcp/stdio")));
      expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
      return client;
    },
  ],
  [
    "version 1, revision 2025-11-25",
    async () => {
      const client = new ClientV1(clientInfo);
      await client.connect(new StdioV1(started("mcp/stdio@2025-11-25")));
      return client;
    },
  ],
];

it.each(clients)("the official client, %s, starts the server, lists its tools and calls them", async (_, connect) => {
  const client = await connect();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(new Agents().list.map(({ name }) => name));
  for (const text of ['한국어 🤖 e\u0301 "\\\u0000\u2028\n', "", "0123456789abcdef".repeat(65_536)])
    expect((await client.callTool({ name: "echo", arguments: { text } })).content).toEqual([{ type: "text", text }]);
  const unknown = client.callTool({ name: "nobody", arguments: { text: "" } });
  await expect(unknown).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining("Unknown tool: nobody"),
  });
  expect((await client.callTool({ name: "tokens", arguments: { text: "not JSON" } })).isError).toBe(true);
  await client.close();
});
