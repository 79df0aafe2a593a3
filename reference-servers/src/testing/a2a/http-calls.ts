import type { Outcome, Sent } from "./outcome.ts";

/** Calls of the HTTP doors as tests make them: by hand, so that nothing of a client's own is in between. */

type HttpTransport = "rest" | "jsonrpc";

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

/** Sends an operation and returns when its answer has begun. */
export function openHttp(origin: string, transport: HttpTransport, sent: Sent): Promise<Response> {
  const url = `${origin}/agents/${sent.agent}`;
  const headers = { ...sent.headers, ...(sent.version === null ? {} : { "a2a-version": sent.version }) };
  return transport === "rest" ? openRest(url, headers, sent) : openJsonrpc(`${url}/rpc`, headers, sent);
}

type Headers = Readonly<Record<string, string>>;

function openRest(url: string, headers: Headers, { method: operation, request, bytes }: Sent): Promise<Response> {
  const [method, path] = places[operation] ?? ["POST", `/${operation}`];
  const { id, ...others } = request as Record<string, unknown>;
  const isBody = method === "POST";
  const query = isBody ? "" : `?${new URLSearchParams(others as Record<string, string>)}`;
  return fetch(url + path.replace("{id}", encodeURIComponent(String(id))) + query, {
    method,
    headers: isBody ? { "content-type": "application/a2a+json", ...headers } : headers,
    body: isBody ? (bytes ?? JSON.stringify(others)) : null,
  } as RequestInit);
}

function openJsonrpc(url: string, headers: Headers, { method, request: params, bytes }: Sent): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: bytes ?? JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }),
  } as RequestInit);
}

const eventStream = "text/event-stream";

/** The whole answer. Throws for one that its transport does not allow. */
export async function readHttp(transport: HttpTransport, response: Response): Promise<Outcome> {
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  if (type !== eventStream) return { status, type, answer: innerOf(transport, await response.json()) };
  const items: unknown[] = [];
  for await (const item of readEvents(transport, response)) items.push(item);
  return { status, type, answer: { items } };
}

/** The items of a stream as they come. Throws for an answer that is no stream, and for one that its transport does not allow. */
export async function* readEvents(transport: HttpTransport, response: Response): AsyncGenerator<unknown> {
  if (response.headers.get("content-type") !== eventStream)
    throw new Error(`expected events: ${await response.text()}`);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    const events = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) yield innerOf(transport, JSON.parse(event.replace(/^data: /, "")));
  }
  if (rest !== "") throw new Error("expected the stream to end with an event");
}

function innerOf(transport: HttpTransport, value: unknown): unknown {
  return transport === "rest" ? value : unwrap(value);
}

function unwrap(envelope: unknown): unknown {
  const { jsonrpc, id, result, error, ...others } = envelope as Record<string, unknown>;
  // What is no request has no id to answer with.
  const isTied = id === 7 || (id === null && [-32700, -32600].includes((error as { code: number }).code));
  if (jsonrpc !== "2.0" || !isTied || Object.keys(others).length > 0)
    throw new Error(`expected a JSON-RPC response with id 7, got ${JSON.stringify(envelope)}`);
  return result ?? error;
}
