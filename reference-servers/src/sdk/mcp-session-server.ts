import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import type { Agents } from "../agents/agents.ts";

const input = { text: z.string() };

/** The agents by version 1 of the official SDK: each is a tool; what it throws, the SDK reports as the tool's own failure. */
export function serverOf(agents: Agents): McpServer {
  const server = new McpServer({ name: "agent-protocol-bench-sdk", version: "0.1.0" });
  for (const { name, description } of agents.list)
    server.registerTool(name, { description, inputSchema: input }, async ({ text }, { signal }) => ({
      content: [{ type: "text", text: await agents.run(name, text, signal) }],
    }));
  return server;
}
