import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Agents } from "../agents/agents.ts";

const input = z.object({ text: z.string() });

/** The agents by version 2 of the official SDK: each is a tool; what it throws, the SDK reports as the tool's own failure. */
export function serverOf(agents: Agents): McpServer {
  const server = new McpServer({ name: "agent-protocol-bench-sdk", version: "0.1.0" });
  for (const { name, description } of agents.list)
    server.registerTool(name, { description, inputSchema: input }, async ({ text }, { mcpReq }) => ({
      content: [{ type: "text", text: await agents.run(name, text, mcpReq.signal) }],
    }));
  return server;
}
