import { errorCodes, readMessage } from "@apb/protocols/jsonrpc";
import type { Agents } from "../agents/agents.ts";
import { type Exchange, type HttpDoor, mediaType, parseJson } from "../http-listener.ts";
import { agentTools } from "./agent-tools.ts";
import { isEndpoint, refuse } from "./endpoint.ts";
import type { SessionService } from "./session.ts";
import { sessionAgentTools } from "./session-agent-tools.ts";
import { sessionMcp } from "./session-http.ts";
import { type Answer, statelessMcp } from "./stateless.ts";
import { toolsOnHttp } from "./tools-http.ts";

/** MCP on HTTP in front of the agents. */
export function mcpJsonrpc(agents: Agents): HttpDoor {
  return mcpEndpoint(toolsOnHttp(agentTools(agents)), sessionAgentTools(agents));
}

/** One endpoint for two revisions, which takes one JSON-RPC message a POST (Streamable HTTP, "Sending Messages"). */
export function mcpEndpoint(stateless: Answer, service: SessionService): HttpDoor {
  const answerRequest = statelessMcp(stateless);
  const sessions = sessionMcp(service);

  function answer(exchange: Exchange): void | Promise<void> {
    const { request, response, body } = exchange;
    const { headers } = request;
    if (sessions.hasMethod(request.method, headers)) return sessions.answerMethod(exchange);
    if (request.method !== "POST")
      return refuse(response, 405, errorCodes.invalidRequest, "expected POST: one JSON-RPC message each");
    if (headers["content-type"] !== "application/json" && mediaType(headers["content-type"]) !== "application/json")
      return refuse(response, 415, errorCodes.invalidRequest, "expected Content-Type: application/json");
    const value = parseJson(body);
    if (value === undefined) return refuse(response, 400, errorCodes.parseError, "expected a body of JSON in UTF-8");
    const message = readMessage(value);
    if (sessions.takes(message, headers)) return sessions.answer(message, exchange);
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
    handles: isEndpoint,
    answer,
    refuse: (response, status, message) =>
      refuse(response, status, status >= 500 ? errorCodes.internalError : errorCodes.invalidRequest, message),
    close: () => sessions.close(),
  };
}
