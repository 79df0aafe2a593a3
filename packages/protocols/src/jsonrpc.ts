/** JSON-RPC 2.0, as MCP and A2A carry it: https://www.jsonrpc.org/specification */

/** A request's id. Numbers are safe integers, so that the answer can repeat them exactly; null is for errors only. */
export type Id = string | number;

/** Why a request has no result (§5.1). */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** One message, read. `invalid` is JSON that is no JSON-RPC message; its id is the one that could still be made out. */
export type Message =
  | { readonly kind: "request"; readonly id: Id; readonly method: string; readonly params: unknown }
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: Id; readonly result: unknown }
  | { readonly kind: "error"; readonly id: Id | null; readonly error: ErrorObject }
  | { readonly kind: "invalid"; readonly id: Id | null; readonly reason: string };

/** The codes JSON-RPC itself defines (§5.1). */
export const errorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const;

/** A request as text. `params` is JSON text already, so that its constant parts can be built once. */
export function requestText(id: Id, method: string, params: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)},"params":${params}}`;
}

/** A notification as text: a request that has no id and gets no answer (§4.1). */
export function notificationText(method: string, params: object): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}

/** A successful answer as text. `result` is JSON text already. */
export function resultText(id: Id, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
}

/** A failed answer as text; the id is null where the request's could not be made out (§5). */
export function errorText(id: Id | null, error: ErrorObject): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(error)}}`;
}

/** Parsed JSON as a message, on either side. Never throws. A batch is `invalid`: neither protocol has them. */
export function readMessage(value: unknown): Message {
  if (!isObject(value)) return invalid(null, "expected one JSON-RPC message, a JSON object");
  const { jsonrpc, id, method, params, result, error } = value;
  const known = isId(id) ? id : null;
  if (jsonrpc !== "2.0") return invalid(known, 'expected "jsonrpc":"2.0"');
  if (method !== undefined) {
    if (typeof method !== "string") return invalid(known, "expected the method to be a string");
    if (params !== undefined && (typeof params !== "object" || params === null))
      return invalid(known, "expected the params to be an object or an array");
    if (id === undefined) return { kind: "notification", method, params };
    if (known === null) return invalid(null, "expected the id to be a string or a whole number");
    return { kind: "request", id: known, method, params };
  }
  if (error !== undefined) {
    if (result !== undefined) return invalid(known, "expected a result or an error, got both");
    if (known === null && id !== null && id !== undefined)
      return invalid(null, "expected the id to be a string or a whole number");
    if (!isErrorObject(error)) return invalid(known, "expected an error with a whole-number code and a message");
    return { kind: "error", id: known, error };
  }
  if (result === undefined) return invalid(known, "expected a method, a result or an error");
  if (known === null) return invalid(null, "expected the id to be a string or a whole number");
  return { kind: "result", id: known, result };
}

/** Text as a message; null for text that is no JSON. Never throws. */
export function parseMessage(text: string): Message | null {
  try {
    return readMessage(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether a JSON value is an object: not null, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function isErrorObject(value: unknown): value is ErrorObject {
  return isObject(value) && Number.isSafeInteger(value.code) && typeof value.message === "string";
}

function invalid(id: Id | null, reason: string): Message {
  return { kind: "invalid", id, reason };
}
