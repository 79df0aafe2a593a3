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
  /** Takes over a WebSocket upgrade. A door without it answers upgrades with 400. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends long replies and WebSockets, so that the listener can close. */
  close?(): void;
}

/** Bodies above this are answered with 413. */
export const bodyLimitBytes = 4 * 1024 * 1024;
/** Measuring ten thousand connections takes longer to open them than Node's default of 5 s keeps them. */
const keepAliveMs = 600_000;
const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A node:http server in front of doors, with limits, time-outs and the Host and Origin rules of a local server. Not listening yet. */
export function httpListener(doors: readonly HttpDoor[], options: { readonly anyHost: boolean }): Server {
  const server = createServer({
    keepAlive: true,
    noDelay: true,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: 60_000,
    headersTimeout: 30_000,
  });
  const allowed = (request: IncomingMessage): boolean =>
    options.anyHost ||
    (isLoopback(request.headers.host) &&
      (request.headers.origin === undefined || isLoopbackOrigin(request.headers.origin)));

  server.on("request", (request, response) => {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    const path = mark === -1 ? url : url.slice(0, mark);
    const door = doors.find((candidate) => candidate.handles(path));
    if (door === undefined) return plain(response, 404, `nothing is served at ${path.slice(0, 100)}`);
    if (!allowed(request))
      return refuseAndDrain(door, request, response, 403, "this server answers local hosts and origins only");
    readBody(request, (body) => {
      if (body === null)
        return refuseAndDrain(door, request, response, 413, `the body is larger than ${bodyLimitBytes} bytes`);
      const exchange = { request, response, path, query: mark === -1 ? "" : url.slice(mark + 1), body };
      answer(door, exchange);
    });
  });
  server.on("upgrade", (request, socket, head) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const door = doors.find((candidate) => candidate.upgrade !== undefined && candidate.handles(path));
    if (!allowed(request)) return rawRefusal(socket, "403 Forbidden");
    if (door?.upgrade === undefined) return rawRefusal(socket, "400 Bad Request");
    door.upgrade(request, socket, head);
  });
  server.on("clientError", (_error, socket) => rawRefusal(socket, "400 Bad Request"));
  server.on("close", () => {
    for (const door of doors) door.close?.();
  });
  return server;
}

function answer(door: HttpDoor, exchange: Exchange): void {
  const failed = (error: unknown): void => {
    process.stderr.write(
      `${exchange.request.method} ${exchange.path}: ${error instanceof Error ? error.stack : error}\n`,
    );
    if (exchange.response.headersSent) exchange.response.destroy();
    else door.refuse(exchange.response, 500, "internal error");
  };
  try {
    const pending = door.answer(exchange);
    if (pending instanceof Promise) pending.catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** The whole body, or null once it is known to be too large. */
function readBody(request: IncomingMessage, done: (body: Buffer | null) => void): void {
  if (Number(request.headers["content-length"] ?? 0) > bodyLimitBytes) {
    done(null);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const data = (chunk: Buffer): void => {
    size += chunk.length;
    if (size <= bodyLimitBytes) {
      chunks.push(chunk);
      return;
    }
    request.removeListener("data", data);
    request.removeListener("end", end);
    done(null);
  };
  const end = (): void => done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
  request.on("data", data);
  request.on("end", end);
  request.on("error", () => undefined);
}

/** The rest of the request is not wanted, so the connection ends with the answer. */
function refuseAndDrain(
  door: HttpDoor,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
): void {
  response.setHeader("connection", "close");
  door.refuse(response, status, message);
  request.resume();
}

function plain(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(message),
  });
  response.end(message);
}

function rawRefusal(socket: Duplex, status: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && loopbackHosts.has(host.replace(/:\d+$/, ""));
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

/** Sends one JSON text with its length, so that the connection can be kept. */
export function sendJson(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = jsonHeaders,
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

const jsonHeaders = { "content-type": "application/json" } as const;

/** A media type without its parameters, in lower case; empty when there is none. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
