import type { ServerResponse } from "node:http";
import { errorCodes, errorText, type Id, readMessage } from "@apb/protocols/jsonrpc";
import type { Agents } from "../agents/agents.ts";
import { type Exchange, type HttpDoor, jsonHeaders, mediaType, parseJson, sendJson } from "../http-listener.ts";
import { statelessMcp } from "./stateless.ts";

const onlyPost = { "content-type": "application/json", allow: "POST" };

/** MCP on HTTP: one endpoint that takes one JSON-RPC message a POST (Streamable HTTP, "Sending Messages"). */
export function mcpJsonrpc(agents: Agents): HttpDoor {
  const answerRequest = statelessMcp(agents);

  function answer({ request, response, body }: Exchange): void | Promise<void> {
    const { headers } = request;
    if (request.method !== "POST")
      return refuse(response, 405, errorCodes.invalidRequest, "expected POST: one JSON-RPC message each");
    if (headers["content-type"] !== "application/json" && mediaType(headers["content-type"]) !== "application/json")
      return refuse(response, 415, errorCodes.invalidRequest, "expected Content-Type: application/json");
    const value = parseJson(body);
    if (value === undefined) return refuse(response, 400, errorCodes.parseError, "expected a body of JSON in UTF-8");
    const message = readMessage(value);
    switch (message.kind) {
      case "request":
        return answerRequest({ id: message.id, method: message.method, params: message.params, headers, response });
      case "notification":
        response.writeHead(202, { "content-length": 0 }).end();
        return;
      case "invalid":
        return refuse(response, 400, errorCodes.invalidRequest, message.reason, message.id);
      case "result":
      case "error":
        return refuse(response, 400, errorCodes.invalidRequest, "expected a request or a notification, got an answer");
    }
  }

  return {
    handles: (path) => path === "/mcp" || path === "/mcp/",
    answer,
    refuse: (response, status, message) =>
      refuse(response, status, status >= 500 ? errorCodes.internalError : errorCodes.invalidRequest, message),
  };
}

function refuse(response: ServerResponse, status: number, code: number, message: string, id: Id | null = null): void {
  sendJson(response, status, errorText(id, { code, message }), status === 405 ? onlyPost : jsonHeaders);
}
