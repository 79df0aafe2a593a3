import type { ServerResponse } from "node:http";
import { a2aErrors, a2aMediaType, a2aVersion, type StreamResponse, versionHeader } from "@apb/protocols/a2a";
import { formatSse } from "@apb/protocols/sse";
import { drained } from "../drained.ts";
import { departure, type Exchange, mediaType, sendJson } from "../http-listener.ts";
import { A2aError } from "./error.ts";
import { type A2aService, expectA2a1 } from "./service.ts";

/** How a transport writes answers. `Key` ties an answer to its request; null is for a request without a proper one. */
export interface Shape<Key> {
  /** Of everything but event streams. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON text that carries an operation's answer, or one item of its stream. */
  result(answer: object, key: Key): string;
  error(error: A2aError, key: Key | null): { readonly status: number; readonly text: string };
}

/** One operation, by its gRPC name, on one agent. */
export interface Call<Key> {
  readonly method: string;
  readonly agent: string;
  readonly request: unknown;
  readonly key: Key;
}

/** What one HTTP door has beside its paths. */
export interface HttpService<Key> {
  readonly service: A2aService;
  readonly shape: Shape<Key>;
  /** Streams under way. */
  readonly streams: Set<ServerResponse>;
}

const eventStream = { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" };

/** Runs an operation and writes its answer. Throws A2aError for what is wrong with the request. */
export function perform<Key>(
  http: HttpService<Key>,
  { method, agent, request, key }: Call<Key>,
  response: ServerResponse,
): void | Promise<void> {
  const { service, shape } = http;
  const unary = service.unary.get(method);
  if (unary !== undefined) {
    const answer = unary(agent, request, () => departure(response));
    if (!(answer instanceof Promise)) return sendJson(response, 200, shape.result(answer, key), shape.headers);
    return answer.then(
      (value) => sendJson(response, 200, shape.result(value, key), shape.headers),
      (error) => (response.destroyed ? undefined : sendError(response, shape, error, key)),
    );
  }
  const streaming = service.streaming.get(method);
  if (streaming === undefined)
    throw new A2aError(a2aErrors.methodNotFound, `there is no method ${method.slice(0, 100)}`);
  return sendEvents(http, streaming(agent, request, departure(response)), key, response);
}

/** Writes an A2aError as the transport does; anything else is thrown on. */
export function sendError<Key>(response: ServerResponse, shape: Shape<Key>, error: unknown, key: Key | null): void {
  if (!(error instanceof A2aError)) throw error;
  const { status, text } = shape.error(error, key);
  sendJson(response, status, text, shape.headers);
}

/** §3.6: the version is in the header or, without one, in the query. Throws VersionNotSupported. */
export function expectVersion({ request, query }: Exchange): void {
  const header = request.headers[versionHeader];
  if (header === a2aVersion) return;
  expectA2a1(header === undefined || header === "" ? queryVersion(query) : String(header));
}

/** §9.1, §11.1. Throws ContentTypeNotSupported for a body that is not announced as JSON. */
export function expectJson({ request }: Exchange): void {
  const header = request.headers["content-type"];
  if (header === a2aMediaType || header === "application/json") return;
  const type = mediaType(header);
  if (type !== "application/json" && type !== a2aMediaType)
    throw new A2aError(
      a2aErrors.contentTypeNotSupported,
      `expected Content-Type application/json or ${a2aMediaType}, got ${type === "" ? "none" : type.slice(0, 100)}`,
    );
}

/** An agent's name as it stands in a path; text that is no valid encoding stays as it is. */
export function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function queryVersion(query: string): string {
  for (const [name, value] of new URLSearchParams(query)) if (name.toLowerCase() === versionHeader) return value;
  return "";
}

async function sendEvents<Key>(
  { shape, streams }: HttpService<Key>,
  events: AsyncIterable<StreamResponse>,
  key: Key,
  response: ServerResponse,
): Promise<void> {
  streams.add(response);
  try {
    response.writeHead(200, eventStream);
    for await (const event of events) {
      if (response.destroyed) return;
      if (!response.write(formatSse(shape.result(event, key)))) await drained(response);
    }
    response.end();
  } finally {
    streams.delete(response);
  }
}
