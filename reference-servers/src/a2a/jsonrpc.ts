import type { ServerResponse } from "node:http";
import { type A2aErrorEntry, a2aErrors, errorDetails } from "@apb/protocols/a2a";
import { errorText, type Id, type Message, readMessage, resultText } from "@apb/protocols/jsonrpc";
import type { Agents } from "../agents/agents.ts";
import { type Exchange, type HttpDoor, jsonHeaders, parseJson, sendJson } from "../http-listener.ts";
import { agentsPath, directoryOf } from "./directory.ts";
import { A2aError, restErrorText } from "./error.ts";
import { decodeSegment, expectJson, expectVersion, type HttpService, perform, type Shape, sendError } from "./http.ts";
import { serviceOf } from "./service.ts";

const callPath = new RegExp(`^${agentsPath}/([^/]+)/rpc/?$`);

/** Errors are answered with HTTP 200, as in JSON-RPC over HTTP; only an unknown agent, a part of the path, is a 404. */
const shape: Shape<Id> = {
  headers: jsonHeaders,
  result: (answer, id) => resultText(id, JSON.stringify(answer)),
  error: ({ entry, message }, id) => ({
    status: entry === a2aErrors.agentNotFound ? entry.http : 200,
    text: errorJson(id, entry, message),
  }),
};

/** The JSON-RPC binding (§9) of every agent at `/agents/{agent}/rpc`, with the list of agents and their cards. */
export function a2aJsonrpc(agents: Agents): HttpDoor {
  const service = serviceOf(agents);
  const directory = directoryOf(agents, service);
  const http = { service, shape, streams: new Set<ServerResponse>() };
  service.interfaces.set("JSONRPC", `${agentsPath}/{agent}/rpc`);

  return {
    handles: (path) => callPath.test(path) || directory.handles(path),
    answer(exchange): void | Promise<void> {
      const agent = callPath.exec(exchange.path)?.[1];
      return agent === undefined ? directory.answer(exchange) : answerCall(http, decodeSegment(agent), exchange);
    },
    refuse(response, status, message): void {
      const [path = ""] = (response.req.url ?? "").split("?", 1);
      const entry = status === 500 ? a2aErrors.internalError : a2aErrors.invalidRequest;
      const text = callPath.test(path) ? errorJson(null, entry, message) : restErrorText(status, message);
      sendJson(response, status, text);
    },
    close(): void {
      for (const response of http.streams) response.destroy();
    },
  };
}

function answerCall(http: HttpService<Id>, agent: string, exchange: Exchange): void | Promise<void> {
  const { request, response, body } = exchange;
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    return sendJson(response, 405, errorJson(null, a2aErrors.invalidRequest, "expected POST"));
  }
  const json = parseJson(body);
  const message = readMessage(json);
  try {
    http.service.expectAgent(agent);
    expectJson(exchange);
    if (json === undefined) throw new A2aError(a2aErrors.parseError, "expected a body of JSON in UTF-8");
    expectVersion(exchange);
    if (message.kind !== "request") throw new A2aError(a2aErrors.invalidRequest, reasonOf(message));
    const { method, params, id } = message;
    return perform(http, { method, agent, request: params, key: id }, response);
  } catch (error) {
    sendError(response, shape, error, "id" in message ? message.id : null);
  }
}

function errorJson(id: Id | null, entry: A2aErrorEntry, message: string): string {
  const data = errorDetails(entry);
  return errorText(id, { code: entry.jsonrpc, message, ...(data.length === 0 ? {} : { data }) });
}

function reasonOf(message: Exclude<Message, { kind: "request" }>): string {
  if (message.kind === "invalid") return message.reason;
  return message.kind === "notification" ? "expected an id: A2A has no notifications" : "expected a request";
}
