import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { errorText, type Id } from "@apb/protocols/jsonrpc";
import type { Progress } from "@apb/protocols/mcp-progress";
import { messageEvent } from "@apb/protocols/mcp-session";
import { drained } from "../drained.ts";
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

/** Says one message; resolves, where the client is slow to read, when there is room for the next. */
export type Say = (message: string) => Promise<void> | undefined;

/** Gives an agent's chunks on as the progress of the request that gave this token. */
export function progressOn(
  progressToken: Id,
  tell: (progress: Progress) => Promise<void> | undefined,
): (chunk: string) => Promise<void> | undefined {
  let progress = 0;
  return (message) => tell({ progressToken, progress: ++progress, message });
}

/** Says one message on an event stream that has begun. */
export function sayEvent(response: ServerResponse, message: string): Promise<void> | undefined {
  return response.write(messageEvent(message)) || response.destroyed ? undefined : drained(response);
}

/** Whether a client reads event streams. */
export function acceptsEvents({ accept }: IncomingHttpHeaders): boolean {
  return accept !== undefined && (accept.includes("text/event-stream") || accept.includes("*/*"));
}
