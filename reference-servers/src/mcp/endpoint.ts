import type { ServerResponse } from "node:http";
import { errorText, type Id } from "@apb/protocols/jsonrpc";
import { jsonHeaders, sendJson } from "../http-listener.ts";

/** How the server introduces itself, in every revision. */
export const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" } as const;

/** Whether a path is the endpoint's, which HTTP and WebSocket share. */
export function isEndpoint(path: string): boolean {
  return path === "/mcp" || path === "/mcp/";
}

const onlyPost = { ...jsonHeaders, allow: "POST" };

/** Answers a request over HTTP with an error of JSON-RPC, whose id is null where the request has none. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  id: Id | null = null,
): void {
  sendJson(response, status, errorText(id, { code, message }), status === 405 ? onlyPost : jsonHeaders);
}
