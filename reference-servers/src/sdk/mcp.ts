import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { serveHttp } from "./http-server.ts";

const input = z.object({ text: z.string() });

/** MCP 2026-07-28 by the official SDK on node:http, as its guide deploys it: a new McpServer for every request. */
export async function serveMcp(agents: Agents, at: Place): Promise<Opened> {
  const handler = createMcpHandler(() => serverOf(agents));
  const answer = toNodeHandler(handler);
  const isLocalHost = localhostHostValidation();
  const isLocalOrigin = localhostOriginValidation();
  const { port, close } = await serveHttp(at, () => (request, response) => {
    // The guards answer what they refuse.
    if (at.host === "loopback" && !(isLocalHost(request, response) && isLocalOrigin(request, response))) return;
    void answer(request as NodeIncomingMessageLike, response);
  });
  return { port, close: () => Promise.all([close(), handler.close()]).then(() => undefined) };
}

/** An agent is a tool; what it throws, the SDK reports as the tool's own failure. */
function serverOf(agents: Agents): McpServer {
  const server = new McpServer({ name: "agent-protocol-bench-sdk", version: "0.1.0" });
  for (const { name, description } of agents.list)
    server.registerTool(name, { description, inputSchema: input }, async ({ text }, { mcpReq }) => ({
      content: [{ type: "text", text: await agents.run(name, text, mcpReq.signal) }],
    }));
  return server;
}
