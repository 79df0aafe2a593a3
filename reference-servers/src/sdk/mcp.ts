import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { serveHttp } from "./http-server.ts";
import { serverOf } from "./mcp-server.ts";

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
