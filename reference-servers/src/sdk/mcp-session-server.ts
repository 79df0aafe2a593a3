import { progressMethod } from "@apb/protocols/mcp-progress";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import type { Agents } from "../agents/agents.ts";
import { progressOn } from "../mcp/endpoint.ts";

const input = { text: z.string() };

/**
 * The agents by version 1 of the official SDK: each is a tool; what it throws, the SDK reports as the tool's own failure.
 * Where a client gives a progress token, it hears of each chunk.
 */
export function serverOf(agents: Agents): McpServer {
  const server = new McpServer({ name: "agent-protocol-bench-sdk", version: "0.1.0" });
  for (const { name, description } of agents.list)
    server.registerTool(name, { description, inputSchema: input }, async ({ text }, call) => {
      const { signal, _meta: meta } = call;
      const token = meta?.progressToken;
      if (token === undefined) return said(await agents.run(name, text, signal));
      const tell = progressOn(token, (params) =>
        call.sendNotification({ method: progressMethod, params: { ...params } }),
      );
      return said(await agents.tell(name, text, tell, signal));
    });
  return server;
}

function said(text: string): { content: { type: "text"; text: string }[] } {
  return { content: [{ type: "text", text }] };
}
