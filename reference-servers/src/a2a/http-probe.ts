import { type A2aErrorEntry, a2aErrors, errorDetails } from "@apb/protocols/a2a";
import { Agents } from "../agents/agents.ts";
import { listen } from "../listen.ts";

/** What tests ask of both HTTP doors in one way. */
export interface Probe extends AsyncDisposable {
  readonly origin: string;
  /** Sends an operation, by its gRPC name, and returns when its answer has begun. */
  open(transport: Transport, method: string, request: object, agent?: string): Promise<Response>;
  /** Sends an operation and reads its answer. */
  call(transport: Transport, method: string, request: object, agent?: string): Promise<Outcome>;
}

export type Transport = "rest" | "jsonrpc";
export const transports: readonly Transport[] = ["rest", "jsonrpc"];

/** HTTP status, and what the transport's envelope holds: the answer (a stream's as `{"items":[…]}`), or its error. */
export interface Outcome {
  readonly status: number;
  readonly answer: unknown;
}

/** The outcome of an operation that is refused. */
export function refusal(transport: Transport, entry: A2aErrorEntry, message: unknown): Outcome {
  const { http, status, jsonrpc } = entry;
  const details = errorDetails(entry);
  if (transport === "rest") return { status: http, answer: { error: { code: http, status, message, details } } };
  const data = details.length === 0 ? {} : { data: details };
  return { status: entry === a2aErrors.agentNotFound ? 404 : 200, answer: { code: jsonrpc, message, ...data } };
}

/** Opens both HTTP doors on one port. */
export async function openProbe(): Promise<Probe> {
  const bindings = ["a2a/rest", "a2a/jsonrpc"];
  const server = await listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
  const { origin } = new URL((server.urls["a2a/rest"] as string).replace("{agent}", ""));
  const open: Probe["open"] = (transport, method, request, agent = "echo") =>
    transport === "rest"
      ? openRest(`${origin}/agents/${agent}`, method, request)
      : openJsonrpc(`${origin}/agents/${agent}/rpc`, method, request);
  return {
    origin,
    open,
    call: async (transport, ...asked) => readOutcome(transport, await open(transport, ...asked)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const version = { "a2a-version": "1.0" };

/** Where REST has each operation; a POST has the request as its body, the others as their query. */
const places: Readonly<Record<string, readonly [method: string, path: string]>> = {
  SendMessage: ["POST", "/message:send"],
  SendStreamingMessage: ["POST", "/message:stream"],
  GetTask: ["GET", "/tasks/{id}"],
  ListTasks: ["GET", "/tasks"],
  CancelTask: ["POST", "/tasks/{id}:cancel"],
  SubscribeToTask: ["GET", "/tasks/{id}:subscribe"],
  CreateTaskPushNotificationConfig: ["POST", "/tasks/{id}/pushNotificationConfigs"],
  GetTaskPushNotificationConfig: ["GET", "/tasks/{id}/pushNotificationConfigs/1"],
  ListTaskPushNotificationConfigs: ["GET", "/tasks/{id}/pushNotificationConfigs"],
  DeleteTaskPushNotificationConfig: ["DELETE", "/tasks/{id}/pushNotificationConfigs/1"],
  GetExtendedAgentCard: ["GET", "/extendedAgentCard"],
};

function openRest(url: string, operation: string, request: object): Promise<Response> {
  const [method, path] = places[operation] ?? ["POST", `/${operation}`];
  const { id, ...others } = request as Record<string, unknown>;
  const isBody = method === "POST";
  const query = isBody ? "" : `?${new URLSearchParams(others as Record<string, string>)}`;
  return fetch(url + path.replace("{id}", encodeURIComponent(String(id))) + query, {
    method,
    headers: isBody ? { ...version, "content-type": "application/a2a+json" } : version,
    body: isBody ? JSON.stringify(others) : null,
  });
}

function openJsonrpc(url: string, method: string, params: object): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { ...version, "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }),
  });
}

/** The whole answer. Throws for one that its transport does not allow. */
export async function readOutcome(transport: Transport, response: Response): Promise<Outcome> {
  const { status, headers } = response;
  const inner = transport === "rest" ? (value: unknown) => value : unwrap;
  if (headers.get("content-type") !== "text/event-stream") return { status, answer: inner(await response.json()) };
  const events = (await response.text()).split("\n\n");
  if (events.pop() !== "") throw new Error("expected the stream to end with an event");
  return { status, answer: { items: events.map((event) => inner(JSON.parse(event.replace(/^data: /, "")))) } };
}

function unwrap(envelope: unknown): unknown {
  const { jsonrpc, id, result, error, ...others } = envelope as Record<string, unknown>;
  if (jsonrpc !== "2.0" || id !== 7 || Object.keys(others).length > 0)
    throw new Error(`expected a JSON-RPC response with id 7, got ${JSON.stringify(envelope)}`);
  return result ?? error;
}
