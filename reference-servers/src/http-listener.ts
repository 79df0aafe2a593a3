import { isUtf8 } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** A request with its body read. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the query. */
  readonly path: string;
  /** After the question mark; empty when there is none. */
  readonly query: string;
  readonly body: Buffer;
}

/** One binding on an HTTP listener. Several doors can share a port. */
export interface HttpDoor {
  /** Whether a path is this door's. The first door that says yes answers. */
  handles(path: string): boolean;
  answer(exchange: Exchange): void | Promise<void>;
  /** An error outside the protocol's own rules (403 wrong origin, 413 too large, 500), in the protocol's own shape. */
  refuse(response: ServerResponse, status: number, message: string): void;
  /** Takes over a WebSocket upgrade. Where some doors have it, upgrades for the others are answered with 400. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends long replies and WebSockets, so that the listener can close. */
  close?(): void;
}

/** Bodies above this are answered with 413. */
export const bodyLimitBytes = 4 * 1024 * 1024;
/** Node's default of 5 s would close the first of ten thousand connections before the last is open. */
export const keepAliveMs = 600_000;
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * A node:http server in front of doors, with limits, time-outs and the Host and Origin rules of a local server. Not
 * listening yet. Malformed, oversized and slow HTTP is left to Node, which answers 400, 431 and 408 and hangs up.
 */
export function httpListener(doors: readonly HttpDoor[], options: { readonly anyHost: boolean }): Server {
  const server = createServer({
    keepAlive: true,
    noDelay: true,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: 60_000,
    headersTimeout: 30_000,
  });
  server.on("request", (request, response) => {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    const path = mark === -1 ? url : url.slice(0, mark);
    const door = doors.find((candidate) => candidate.handles(path));
    if (door === undefined) return plain(response, 404, `nothing is served at ${path.slice(0, 100)}`);
    if (!options.anyHost && !isLocal(request))
      return door.refuse(response, 403, "this server answers local hosts and origins only");
    readBody(request, (body) => {
      if (body === null) return door.refuse(response, 413, `the body is larger than ${bodyLimitBytes} bytes`);
      answer(door, { request, response, path, query: mark === -1 ? "" : url.slice(mark + 1), body });
    });
  });
  // Without this listener Node answers requests that offer an upgrade (to HTTP/2, say) as if they did not.
  if (doors.some((door) => door.upgrade !== undefined))
    server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => undefined);
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const door = doors.find((candidate) => candidate.upgrade !== undefined && candidate.handles(path));
      if (!options.anyHost && !isLocal(request)) return rawRefusal(socket, "403 Forbidden");
      if (door?.upgrade === undefined) return rawRefusal(socket, "400 Bad Request");
      door.upgrade(request, socket, head);
    });
  return server;
}

function answer(door: HttpDoor, exchange: Exchange): void {
  try {
    const pending = door.answer(exchange);
    if (pending instanceof Promise) pending.catch((error: unknown) => fail(door, exchange, error));
  } catch (error) {
    fail(door, exchange, error);
  }
}

function fail(door: HttpDoor, { request, response, path }: Exchange, error: unknown): void {
  process.stderr.write(`${request.method} ${path}: ${error instanceof Error ? error.stack : error}\n`);
  if (response.headersSent) response.destroy();
  else door.refuse(response, 500, "internal error");
}

/** The whole body, or null as soon as it is known to be too large; what is left of it is read and thrown away. */
function readBody(request: IncomingMessage, done: (body: Buffer | null) => void): void {
  if (Number(request.headers["content-length"] ?? 0) > bodyLimitBytes) {
    request.resume();
    done(null);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size <= bodyLimitBytes) chunks.push(chunk);
    else if (before <= bodyLimitBytes) done(null);
  });
  request.on("end", () => {
    if (size <= bodyLimitBytes) done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
  });
}

function plain(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(message),
  });
  response.end(message);
}

function rawRefusal(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** A page elsewhere can make a browser send requests here, but not with a local Host or Origin (DNS rebinding). */
function isLocal({ headers: { host, origin } }: IncomingMessage): boolean {
  return isLoopback(host) && (origin === undefined || isLoopbackOrigin(origin));
}

function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const colon = host.lastIndexOf(":");
  const name = colon > host.lastIndexOf("]") ? host.slice(0, colon) : host;
  return loopbackHosts.has(name.toLowerCase());
}

function isLoopbackOrigin(origin: string): boolean {
  try {
    return loopbackHosts.has(new URL(origin).hostname);
  } catch {
    return false;
  }
}

/** A body as JSON; undefined when it is not valid UTF-8 or not JSON. */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The headers of a JSON answer. */
export const jsonHeaders: Readonly<Record<string, string>> = { "content-type": "application/json" };

/** Sends one JSON text with its length, so that the connection can be kept. */
export function sendJson(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = jsonHeaders,
): void {
  const size = Buffer.byteLength(text);
  const fields: (string | number)[] = ["content-length", size];
  for (const name in headers) fields.push(name, headers[name] as string);
  response.writeHead(status, fields);
  // As many bytes as characters: all ASCII, the same in Latin-1, which takes a quarter less time to encode (1 KiB).
  response.end(text, size === text.length ? "latin1" : "utf8");
}

/** Aborted when the connection goes, before the answer or after it: work for a client that has left can stop. */
export function departure(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) controller.abort();
  else response.once("close", () => controller.abort());
  return controller.signal;
}

/** A media type without its parameters, in lower case; empty when there is none. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
