import type { ServerResponse } from "node:http";
import { runIdHeader } from "@apb/protocols/acp";
import { type RunOrder, readRunResume } from "@apb/protocols/acp-server";
import { formatSse } from "@apb/protocols/sse";
import type { Agents } from "../agents/agents.ts";
import { drained } from "../drained.ts";
import { departure, type Exchange, type HttpDoor, mediaType, parseJson, sendJson } from "../http-listener.ts";
import type { Task } from "../tasks.ts";
import { AcpRefusal, errorText } from "./refusal.ts";
import { AcpService } from "./service.ts";

type Method = "GET" | "POST";

/** `name` is what the path's pattern captured. */
type Endpoint = (service: AcpService, exchange: Exchange, name: string) => void | Promise<void>;

interface Route {
  readonly path: RegExp;
  readonly endpoints: Readonly<Partial<Record<Method, Endpoint>>>;
}

/** ACP's REST interface; the first route is the one that is measured. */
const routes: readonly Route[] = [
  { path: /^\/runs$/, endpoints: { POST: createRun } },
  {
    path: /^\/runs\/([^/]+)$/,
    endpoints: {
      GET: (service, { response }, id) => sendJson(response, 200, service.get(id)),
      POST: resumeRun,
    },
  },
  {
    path: /^\/runs\/([^/]+)\/cancel$/,
    endpoints: { POST: (service, { response }, id) => sendJson(response, 202, service.cancel(id)) },
  },
  {
    path: /^\/runs\/([^/]+)\/events$/,
    endpoints: {
      GET: (service, { response }, id) => sendJson(response, 200, `{"events":${service.eventsSoFar(id)}}`),
    },
  },
  { path: /^\/agents$/, endpoints: { GET: listAgents } },
  {
    path: /^\/agents\/([^/]+)$/,
    endpoints: { GET: (service, { response }, name) => sendJson(response, 200, service.manifest(name)) },
  },
  { path: /^\/ping$/, endpoints: { GET: (_service, { response }) => sendJson(response, 200, "{}") } },
  {
    // The specification says /session, the Python server /sessions.
    path: /^\/sessions?\/([^/]+)$/,
    endpoints: { GET: (service, { response }, id) => sendJson(response, 200, service.session(id)) },
  },
];

const ownPaths = /^\/(runs|agents|ping|sessions?)(\/|$)/;

/** ACP 0.2.0 on REST (https://github.com/i-am-bee/acp/blob/main/docs/spec/openapi.yaml). */
export function acpRest(agents: Agents): HttpDoor {
  const service = new AcpService(agents);
  return {
    handles: (path) => ownPaths.test(path),
    answer(exchange) {
      try {
        const pending = route(service, exchange);
        if (pending instanceof Promise) return pending.catch((error: unknown) => refused(exchange, error));
      } catch (error) {
        refused(exchange, error);
      }
    },
    refuse,
    close: () => service.close(),
  };
}

function refused({ response }: Exchange, error: unknown): void {
  if (!(error instanceof AcpRefusal)) throw error;
  refuse(response, error.status, error.message);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, errorText(status, message));
}

function route(service: AcpService, exchange: Exchange): void | Promise<void> {
  for (const { path, endpoints } of routes) {
    const match = path.exec(exchange.path);
    if (match === null) continue;
    const endpoint = endpoints[exchange.request.method as Method];
    if (endpoint !== undefined) return endpoint(service, exchange, match[1] ?? "");
    const allowed = Object.keys(endpoints).join(", ");
    exchange.response.setHeader("allow", allowed);
    throw new AcpRefusal(405, `expected ${allowed}, got ${exchange.request.method}`);
  }
  throw new AcpRefusal(404, `there is nothing at ${exchange.path.slice(0, 100)}`);
}

function createRun(service: AcpService, exchange: Exchange): void | Promise<void> {
  const order = service.order(readJson(exchange));
  if (order.mode === "sync") return waitForRun(service, exchange.response, order);
  const task = service.start(order);
  if (order.mode === "stream") return streamRun(service, exchange, task);
  return sendRun(exchange.response, 202, { id: task.id, json: service.get(task.id) });
}

function waitForRun(service: AcpService, response: ServerResponse, order: RunOrder): void | Promise<void> {
  let gone: AbortSignal | undefined;
  const run = service.run(order, () => {
    gone = departure(response);
    return gone;
  });
  if (!(run instanceof Promise)) return sendRun(response, 200, run);
  return run.then(
    (finished) => sendRun(response, 200, finished),
    (error: unknown) => {
      if (gone?.aborted !== true) throw error;
    },
  );
}

/** A run whose only reader goes away is cancelled. */
async function streamRun(service: AcpService, { response }: Exchange, task: Task): Promise<void> {
  response.once("close", () => service.abandon(task.id));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", [runIdHeader]: task.id });
  for await (const event of service.events(task)) {
    if (response.closed) return;
    if (!response.write(formatSse(event))) await drained(response);
  }
  response.end();
}

function resumeRun(service: AcpService, exchange: Exchange, id: string): void {
  const invalid = readRunResume(readJson(exchange));
  if (invalid !== null) throw new AcpRefusal(422, invalid.invalid);
  service.resume(id);
}

function listAgents(service: AcpService, { query, response }: Exchange): void {
  const asked = new URLSearchParams(query);
  const whole = (name: string, otherwise: string): number => {
    const text = asked.get(name) ?? otherwise;
    return /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  sendJson(response, 200, `{"agents":${service.list(whole("limit", "10"), whole("offset", "0"))}}`);
}

function readJson({ request, body }: Exchange): unknown {
  const type = request.headers["content-type"];
  if (type !== "application/json" && mediaType(type) !== "application/json")
    throw new AcpRefusal(415, "expected Content-Type: application/json");
  const value = parseJson(body);
  if (value === undefined) throw new AcpRefusal(400, "expected a body of JSON in UTF-8");
  return value;
}

function sendRun(response: ServerResponse, status: number, run: { readonly id: string; readonly json: string }): void {
  sendJson(response, status, run.json, { "content-type": "application/json", [runIdHeader]: run.id });
}
