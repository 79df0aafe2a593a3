import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { type ErrorObject, errorCodes, errorText, type Id, isObject } from "@apb/protocols/jsonrpc";
import { headerNames, mcpErrorCodes, metaKeys, revision } from "@apb/protocols/mcp";
import { isHeaderFor } from "@apb/protocols/mcp-header-values";
import { sendJson } from "../http-listener.ts";
import { serverInfo } from "./endpoint.ts";
import type { Params } from "./session-call.ts";

/** A JSON-RPC request as it came in one POST. */
export interface Call {
  readonly id: Id;
  readonly method: string;
  readonly params: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
}

/** An error and the HTTP status it goes with. */
export interface Refusal {
  readonly status: number;
  readonly error: ErrorObject;
}

/** What a server does with a request whose metadata is in order. */
export type Answer = (call: Call, params: Params) => void | Promise<void>;

/** What every result carries (Overview, "Responses" and "_meta"). */
export const complete = { resultType: "complete", _meta: { [metaKeys.serverInfo]: serverInfo } };
/** The agents never change, but a benchmark's request should reach the server: nothing is to be cached. */
export const uncached = { ttlMs: 0, cacheScope: "public" };

/** MCP 2026-07-28: every request is answered from what it carries itself, or refused for what it lacks. */
export function statelessMcp(answer: Answer): (call: Call) => void | Promise<void> {
  return (call) => {
    const refusal = metadataRefusal(call.headers, call.method, call.params);
    return refusal === null ? answer(call, call.params as Params) : refuse(call, refusal);
  };
}

/** What is wrong with a request's headers and `_meta`; null for nothing (Streamable HTTP, "Request Metadata"). */
function metadataRefusal(headers: IncomingHttpHeaders, method: string, params: unknown): Refusal | null {
  const version = headers[headerNames.version];
  if (version === undefined) return mismatch(`expected the header MCP-Protocol-Version: ${revision}, got none`);
  const claimed = metaIn(params)?.[metaKeys.version];
  if (claimed === undefined && version !== revision) return unsupported(String(version));
  if (typeof claimed === "string" && claimed !== version)
    return mismatch(`MCP-Protocol-Version is ${shown(version)}, but the body says ${shown(claimed)}`);
  const refusal = metaRefusal(params);
  if (refusal !== null) return refusal;
  if (headers[headerNames.method] !== method)
    return mismatch(`Mcp-Method is ${shown(headers[headerNames.method])}, but the body says ${shown(method)}`);
  return null;
}

function metaIn(params: unknown): Params | null {
  return isObject(params) && isObject(params._meta) ? params._meta : null;
}

/** What is wrong with a request's `_meta`, on whatever transport; null for nothing (Overview, "_meta"). */
export function metaRefusal(params: unknown): Refusal | null {
  const meta = metaIn(params);
  const claimed = meta?.[metaKeys.version];
  if (meta === null || typeof claimed !== "string")
    return badParams(400, `expected params._meta with the string "${metaKeys.version}"`);
  if (claimed !== revision) return unsupported(claimed);
  if (!isObject(meta[metaKeys.clientCapabilities]))
    return badParams(400, `expected params._meta with the object "${metaKeys.clientCapabilities}"`);
  return null;
}

/** What is wrong with the header that repeats the name or URI a request is about; null for nothing. */
export function nameRefusal(headers: IncomingHttpHeaders, name: string): Refusal | null {
  const header = headers[headerNames.name];
  if (typeof header === "string" && isHeaderFor(header, name)) return null;
  return mismatch(`Mcp-Name is ${shown(header)}, but the body says ${shown(name)}`);
}

/** Answers with an error. */
export function refuse({ id, response }: Pick<Call, "id" | "response">, { status, error }: Refusal): void {
  sendJson(response, status, errorText(id, error));
}

function refused(status: number, code: number, message: string): Refusal {
  return { status, error: { code, message } };
}

/** A header that does not say what the body says (Streamable HTTP, "Server Validation"). */
export function mismatch(message: string): Refusal {
  return refused(400, mcpErrorCodes.headerMismatch, message);
}

/** Parameters that are not what the method takes. */
export function badParams(status: number, message: string): Refusal {
  return refused(status, errorCodes.invalidParams, message);
}

/** A method that this server does not have (Streamable HTTP, "Protocol Version Header"). */
export function unknownMethod(method: string): Refusal {
  return refused(404, errorCodes.methodNotFound, `unknown method ${shown(method)}`);
}

function unsupported(requested: string): Refusal {
  const message = `expected protocol version ${revision}, got ${shown(requested)}`;
  return {
    status: 400,
    error: { code: mcpErrorCodes.unsupportedVersion, message, data: { supported: [revision], requested } },
  };
}

/** What a client sent, short enough for a message. */
function shown(value: string | string[] | undefined): string {
  return value === undefined ? "missing" : JSON.stringify(String(value).slice(0, 100));
}
