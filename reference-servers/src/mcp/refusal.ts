import type { ServerResponse } from "node:http";
import { errorText, type Id } from "@apb/protocols/jsonrpc";
import { jsonHeaders, sendJson } from "../http-listener.ts";

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
