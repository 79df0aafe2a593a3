import type { ServerResponse } from "node:http";
import { a2aErrors, a2aMediaType, errorDetails } from "@apb/protocols/a2a";
import type { Agents } from "../agents/agents.ts";
import { type Exchange, type HttpDoor, parseJson, sendJson } from "../http-listener.ts";
import { agentsPath, directoryOf } from "./directory.ts";
import { A2aError, restErrorText } from "./error.ts";
import { decodeSegment, expectJson, expectVersion, type HttpService, perform, type Shape, sendError } from "./http.ts";
import { serviceOf } from "./service.ts";

/** A path below an agent's URL and, by HTTP method, the operation there; the group in the path is the task's id. */
interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, string>>;
}

/** §11.3, the most used first; the specification's text has POST for subscribe where its proto has GET. */
const routes: readonly Route[] = [
  { path: /^message:send$/, methods: { POST: "SendMessage" } },
  { path: /^message:stream$/, methods: { POST: "SendStreamingMessage" } },
  { path: /^tasks\/([^/:]+)$/, methods: { GET: "GetTask" } },
  { path: /^tasks$/, methods: { GET: "ListTasks" } },
  { path: /^tasks\/([^/:]+):cancel$/, methods: { POST: "CancelTask" } },
  { path: /^tasks\/([^/:]+):subscribe$/, methods: { GET: "SubscribeToTask", POST: "SubscribeToTask" } },
  {
    path: /^tasks\/([^/:]+)\/pushNotificationConfigs$/,
    methods: { GET: "ListTaskPushNotificationConfigs", POST: "CreateTaskPushNotificationConfig" },
  },
  {
    path: /^tasks\/([^/:]+)\/pushNotificationConfigs\/[^/]+$/,
    methods: { GET: "GetTaskPushNotificationConfig", DELETE: "DeleteTaskPushNotificationConfig" },
  },
  { path: /^extendedAgentCard$/, methods: { GET: "GetExtendedAgentCard" } },
];

const shape: Shape<undefined> = {
  headers: { "content-type": a2aMediaType },
  result: (answer) => JSON.stringify(answer),
  error: ({ entry, message }) => ({
    status: entry.http,
    text: restErrorText(entry.http, message, entry.status, errorDetails(entry)),
  }),
};

/** The HTTP+JSON binding (§11) of every agent at `/agents/{agent}`, with the list of agents and their cards. */
export function a2aRest(agents: Agents): HttpDoor {
  const service = serviceOf(agents);
  const directory = directoryOf(agents, service);
  const http = { service, shape, streams: new Set<ServerResponse>() };
  service.interfaces.set("HTTP+JSON", `${agentsPath}/{agent}`);

  return {
    handles: (path) => path.startsWith(`${agentsPath}/`) || path === agentsPath,
    answer: (exchange) => (directory.handles(exchange.path) ? directory.answer(exchange) : answerCall(http, exchange)),
    refuse: (response, status, message) => sendJson(response, status, restErrorText(status, message), shape.headers),
    close(): void {
      for (const response of http.streams) response.destroy();
    },
  };
}

function answerCall(http: HttpService<undefined>, exchange: Exchange): void | Promise<void> {
  const { request, response, path } = exchange;
  const slash = path.indexOf("/", agentsPath.length + 1);
  const agent = decodeSegment(path.slice(agentsPath.length + 1, slash === -1 ? undefined : slash));
  try {
    http.service.expectAgent(agent);
    const { route, id } = routeOf(slash === -1 ? "" : path.slice(slash + 1));
    const method = route.methods[request.method ?? ""];
    if (method === undefined) return refuseMethod(exchange, Object.keys(route.methods));
    expectVersion(exchange);
    return perform(http, { method, agent, request: requestOf(exchange, id), key: undefined }, response);
  } catch (error) {
    sendError(response, shape, error, null);
  }
}

function routeOf(path: string): { readonly route: Route; readonly id: string | undefined } {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match !== null) return { route, id: match[1] };
  }
  throw new A2aError(a2aErrors.methodNotFound, `there is no operation at ${path.slice(0, 100)}`);
}

function refuseMethod({ request, response }: Exchange, allowed: readonly string[]): void {
  response.setHeader("allow", allowed.join(", "));
  sendJson(response, 405, restErrorText(405, `expected ${allowed.join(" or ")}, got ${request.method}`), shape.headers);
}

/** The operation's request: the body of a message, else the query with the id from the path. */
function requestOf(exchange: Exchange, id: string | undefined): unknown {
  const isPost = exchange.request.method === "POST";
  const json = isPost && (id === undefined || exchange.body.length > 0) ? jsonOf(exchange) : undefined;
  if (id === undefined) return isPost ? json : queryFields(exchange.query);
  return { ...(isPost ? {} : queryFields(exchange.query)), id: decodeSegment(id) };
}

function jsonOf(exchange: Exchange): unknown {
  expectJson(exchange);
  const json = parseJson(exchange.body);
  if (json === undefined) throw new A2aError(a2aErrors.parseError, "expected a body of JSON in UTF-8");
  return json;
}

/** Query parameters as ProtoJSON has them; an empty one is none (§11.5). */
function queryFields(query: string): Readonly<Record<string, unknown>> {
  const given = [...new URLSearchParams(query)].filter(([, value]) => value !== "");
  return Object.fromEntries(
    given.map(([name, value]) => [name, value === "true" ? true : value === "false" ? false : value]),
  );
}
