import { randomUUID } from "node:crypto";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import express, { type Request, type Response } from "express";
import type { Agents } from "../agents/agents.ts";
import type { Opened, Place } from "../doors.ts";
import { largeBodies, serveHttp } from "./http-server.ts";
import { serverOf } from "./mcp-session-server.ts";

/**
 * MCP 2025-11-25 by version 1 of the official SDK on Express, as its example `simpleStreamableHttp` deploys it: an
 * McpServer and a transport for every session, answers as event streams. Sessions last until their client ends them.
 */
export async function serveMcpSessions(agents: Agents, at: Place): Promise<Opened> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const { port, close } = await serveHttp(at, () => {
    const app = createMcpExpressApp(at.host === "loopback" ? {} : { host: at.host });
    app.all("/mcp", (request, response) => answer(agents, sessions, request, response));
    return express().use(largeBodies(), app);
  });
  return {
    port,
    async close() {
      await Promise.all([close(), ...[...sessions.values()].map((transport) => transport.close())]);
    },
  };
}

async function answer(
  agents: Agents,
  sessions: Map<string, StreamableHTTPServerTransport>,
  request: Request,
  response: Response,
): Promise<void> {
  const id = request.header("mcp-session-id");
  const known = id === undefined ? undefined : sessions.get(id);
  if (known !== undefined) return known.handleRequest(request, response, request.body);
  if (id !== undefined) return refuse(response, 404, -32001, "Session not found");
  if (request.method !== "POST" || !isInitializeRequest(request.body))
    return refuse(response, 400, -32000, "Bad Request: No valid session ID provided");
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (opened) => void sessions.set(opened, transport),
    onsessionclosed: (closed) => void sessions.delete(closed),
  });
  await serverOf(agents).connect(transport);
  await transport.handleRequest(request, response, request.body);
}

function refuse(response: Response, status: number, code: number, message: string): void {
  response.status(status).json({ jsonrpc: "2.0", error: { code, message }, id: null });
}
