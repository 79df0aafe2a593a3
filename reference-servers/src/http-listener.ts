import { isUtf8 } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { ByteBudget, connectionBytes } from "./byte-budget.ts";
import { readBody } from "./http-body.ts";
import { hasTwoHosts, isLocal } from "./local-host.ts";

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
  /** An error outside the protocol's own rules (400 two hosts, 403 wrong origin, 413 too large, 500, 503 too busy), in the protocol's own shape. */
  refuse(response: ServerResponse, status: number, message: string): void;
  /** Takes over a WebSocket upgrade. Where some doors have it, upgrades for the others are answered with 400. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends long replies and WebSockets, so that the listener can close. */
  close?(): void;
}

/** Node's default of 5 s would close the first of ten thousand connections before the last is open. */
export const keepAliveMs = 600_000;

export interface HttpListenerOptions {
  /** Whether requests may name hosts and origins that are not this machine's own. */
  readonly anyHost: boolean;
  /** What bodies are counted against while they come in. */
  readonly underWay?: ByteBudget;
}

/**
 * A node:http server in front of doors, with limits, time-outs and the Host and Origin rules of a local server. Not
 * listening yet. Malformed, oversized and slow HTTP is left to Node, which answers 400, 431 and 408 and hangs up.
 */
export function httpListener(doors: readonly HttpDoor[], options: HttpListenerOptions): Server {
  const { anyHost, underWay = new ByteBudget() } = options;
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
    if (hasTwoHosts(request)) return door.refuse(response, 400, "expected one Host header");
    if (!anyHost && !isLocal(request))
      return door.refuse(response, 403, "this server answers local hosts and origins only");
    readBody(request, underWay, (body) => {
      if (!Buffer.isBuffer(body)) return door.refuse(response, body.status, body.message);
      answer(door, { request, response, path, query: mark === -1 ? "" : url.slice(mark + 1), body });
    });
  });
  // Without this listener Node answers requests that offer an upgrade (to HTTP/2, say) as if they did not.
  if (doors.some((door) => door.upgrade !== undefined))
    server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => undefined);
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const door = doors.find((candidate) => candidate.upgrade !== undefined && candidate.handles(path));
      if (hasTwoHosts(request)) return rawRefusal(socket, "400 Bad Request");
      if (!anyHost && !isLocal(request)) return rawRefusal(socket, "403 Forbidden");
      if (door?.upgrade === undefined) return rawRefusal(socket, "400 Bad Request");
      door.upgrade(request, socket, head);
    });
  return server;
}

/** Bytes of the bodies that wait for their answers, by connection: requests may follow each other without waiting. */
const waitingBytes = new WeakMap<Socket, number>();

function answer(door: HttpDoor, exchange: Exchange): void {
  const { request, response, path, body } = exchange;
  const { socket } = request;
  const waiting = waitingBytes.get(socket) ?? 0;
  if (waiting + body.length > connectionBytes) {
    door.refuse(response, 503, `${waiting} bytes of requests wait on this connection`);
    return;
  }
  try {
    const pending = door.answer(exchange);
    if (!response.writableEnded) wait(response, socket, body.length);
    if (pending instanceof Promise) pending.catch((error: unknown) => fail(door, request, response, path, error));
  } catch (error) {
    fail(door, request, response, path, error);
  }
}

function wait(response: ServerResponse, socket: Socket, bytes: number): void {
  waitingBytes.set(socket, (waitingBytes.get(socket) ?? 0) + bytes);
  response.once("close", () => waitingBytes.set(socket, (waitingBytes.get(socket) ?? 0) - bytes));
}

function fail(door: HttpDoor, request: IncomingMessage, response: ServerResponse, path: string, error: unknown): void {
  process.stderr.write(`${request.method} ${path}: ${error instanceof Error ? error.stack : error}\n`);
  if (response.headersSent) response.destroy();
  else door.refuse(response, 500, "internal error");
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
