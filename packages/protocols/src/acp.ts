import { isObject } from "./jsonrpc.ts";
import type { Said } from "./said.ts";

/**
 * ACP 0.2.0, the Agent Communication Protocol of IBM's BeeAI (https://agentcommunicationprotocol.dev,
 * OpenAPI: https://github.com/i-am-bee/acp/blob/main/docs/spec/openapi.yaml): its objects, as REST and the WebSocket
 * binding carry them. acp-client.ts says what a client makes of them, acp-server.ts what a server reads, acp-frames.ts how they travel on a WebSocket.
 */

/** A piece of a message. Without a `content_type` it is text/plain, without an encoding plain. */
export interface MessagePart {
  readonly name?: string | null;
  readonly content_type?: string | null;
  readonly content?: string | null;
  readonly content_encoding?: "plain" | "base64" | null;
  readonly content_url?: string | null;
}

/** `role` is `user`, `agent` or `agent/<name>`; times are ISO 8601, here and below. */
export interface Message {
  readonly role: string;
  readonly parts: readonly MessagePart[];
  readonly created_at?: string | null;
  readonly completed_at?: string | null;
}

/** `sync` answers with the finished run, `async` with the run just begun, `stream` with its events. */
export const runModes = ["sync", "async", "stream"] as const;
export type RunMode = (typeof runModes)[number];

/** The statuses of a run and the neutral state of each. A run that awaits input is still at work. */
export const runStates = {
  created: "working",
  "in-progress": "working",
  awaiting: "working",
  cancelling: "working",
  cancelled: "cancelled",
  completed: "completed",
  failed: "failed",
} as const;
export type RunStatus = keyof typeof runStates;
export type RunState = (typeof runStates)[RunStatus];

export const errorCodes = ["server_error", "invalid_input", "not_found"] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** ACP's Error, the body of every refusal and a failed run's reason. */
export interface ErrorObject {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Run {
  readonly run_id: string;
  readonly agent_name: string;
  readonly session_id?: string | null;
  readonly status: RunStatus;
  readonly await_request?: unknown;
  readonly output: readonly Message[];
  readonly error?: ErrorObject | null;
  readonly created_at: string;
  readonly finished_at?: string | null;
}

/** What creates a run; `mode` is `sync` when absent. */
export interface RunCreateRequest {
  readonly agent_name: string;
  readonly input: readonly Message[];
  readonly session_id?: string;
  readonly mode?: RunMode;
}

/** One item of a stream: the run's changes with the run as it is then, and its output part by part. */
export type Event =
  | { readonly type: "run.created" | "run.in-progress" | "run.awaiting"; readonly run: Run }
  | { readonly type: "run.completed" | "run.failed" | "run.cancelled"; readonly run: Run }
  | { readonly type: "message.created" | "message.completed"; readonly message: Message }
  | { readonly type: "message.part"; readonly part: MessagePart }
  | { readonly type: "generic"; readonly generic: Readonly<Record<string, unknown>> }
  | { readonly type: "error"; readonly error: ErrorObject };

export interface AgentManifest {
  /** An RFC 1123 label. */
  readonly name: string;
  readonly description: string;
  /** Media types. */
  readonly input_content_types: readonly string[];
  readonly output_content_types: readonly string[];
}

/** What ties runs together; `history` and `state` are URLs of what earlier runs left. */
export interface Session {
  readonly id: string;
  readonly history: readonly string[];
  readonly state: string | null;
}

/** The response header with a new run's id, as the Python server sends it. */
export const runIdHeader = "Run-ID";

/** The error code of an HTTP status, as the Python server gives it: `server_error` for every other refusal too. */
export function errorCodeOf(status: number): ErrorCode {
  if (status === 404) return "not_found";
  return status === 400 || status === 422 ? "invalid_input" : "server_error";
}

/** The body that asks an agent to work on a text or on JSON, as JSON text. */
export function runCreateText(agent: string, said: Said, mode: RunMode): string {
  const part =
    typeof said === "string"
      ? { content_type: "text/plain", content: said }
      : { content_type: jsonType, content: said.json };
  const request: RunCreateRequest = {
    agent_name: agent,
    input: [{ role: "user", parts: [part] }],
    mode,
  };
  return JSON.stringify(request);
}

const jsonType = "application/json";

/** A part that carries a text as it is. */
export function textPart(content: string): MessagePart {
  return { content_type: "text/plain", content, content_encoding: "plain" };
}

/** The text, or JSON, a part carries inline; null when it is of another media type, at a URL, or not valid base64 of UTF-8. */
export function textOf({ content_type, content, content_encoding }: MessagePart): string | null {
  if (typeof content !== "string" || !/^(text\/|application\/json\b)/i.test(content_type ?? "text/plain")) return null;
  return content_encoding === "base64" ? decoded(content) : content;
}

/** Whether a JSON value is a message part, as far as its content goes: at most one of `content` and `content_url`. */
export function isPart(value: unknown): value is MessagePart {
  if (!isObject(value)) return false;
  const { content, content_url, content_type, content_encoding } = value;
  return (
    maybeString(content) &&
    maybeString(content_url) &&
    maybeString(content_type) &&
    (content_encoding === "plain" || content_encoding === "base64" || isAbsent(content_encoding)) &&
    (isAbsent(content) || isAbsent(content_url))
  );
}

function maybeString(value: unknown): boolean {
  return typeof value === "string" || isAbsent(value);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function decoded(base64: string): string | null {
  const bytes = Buffer.from(base64, "base64");
  // Buffer skips over what is not base64, so the text is encoded again to see whether anything was skipped.
  if (bytes.toString("base64").replace(/=+$/, "") !== base64.replace(/=+$/, "")) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
