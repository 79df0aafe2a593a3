import type { AgentManifest, ErrorObject, Event, Run, RunCreateRequest } from "./acp.ts";
import { isObject } from "./jsonrpc.ts";

/**
 * ACP on a WebSocket: this project's own binding, for ACP defines REST alone. The objects are ACP 0.2.0's, unchanged.
 *
 * - One JSON object a text frame, in UTF-8; no subprotocol, no compression. A binary frame ends the connection (1003).
 * - The client sends {@link RequestFrame}s. `id` is a whole number from 0 on, of the client's choice, not in use by a
 *   request still unanswered. Many requests can be under way; their answers come in any order.
 * - The server answers each with {@link ReplyFrame}s of the same id: `agents`, `run` and `error` are the only and last one.
 *   A run of mode `stream` is answered with `event` after `event`, in the order REST would stream them, and then `end`.
 * - `stop` takes back the request of that id: the server cancels a run of mode `sync` or `stream` and sends no more
 *   about it (frames on their way may still arrive). It has no answer, also when there is nothing to stop.
 * - `error` is what REST would refuse the same request with. Where the server cannot tell which request a frame is, or its
 *   id is in use, the id of the error is null, no request is affected and the connection stays.
 */
export type RequestFrame =
  | { readonly id: number; readonly op: "agents"; readonly limit?: number; readonly offset?: number }
  | { readonly id: number; readonly op: "run"; readonly request: RunCreateRequest }
  | { readonly id: number; readonly op: "get" | "cancel"; readonly run_id: string }
  | { readonly id: number; readonly op: "stop" };

export type ReplyFrame =
  | { readonly id: number; readonly agents: readonly AgentManifest[] }
  | { readonly id: number; readonly run: Run }
  | { readonly id: number; readonly event: Event }
  | { readonly id: number; readonly end: true }
  | { readonly id: number | null; readonly error: ErrorObject };

/** A request to run an agent; `request` is a RunCreateRequest as JSON text. */
export function runFrame(id: number, request: string): string {
  return `{"id":${id},"op":"run","request":${request}}`;
}

/** Any other request. */
export function requestFrame(frame: Exclude<RequestFrame, { op: "run" }>): string {
  return JSON.stringify(frame);
}

/** An answer; `content` is the member's value as JSON text. */
export function replyFrame(
  id: number | null,
  member: "agents" | "run" | "event" | "end" | "error",
  content: string,
): string {
  return `{"id":${id},"${member}":${content}}`;
}

/** A frame of either side, whose other members are still to be looked at. */
export type Frame = Readonly<Record<string, unknown>> & { readonly id: number };

/** The frame in a text; null for what is no JSON object with an id. */
export function readFrame(text: string): Frame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isObject(value) && isId(value.id) ? (value as Frame) : null;
}

/** Whether a reply is the last of its request. */
export function isLast(reply: Frame): boolean {
  return !Object.hasOwn(reply, "event");
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
