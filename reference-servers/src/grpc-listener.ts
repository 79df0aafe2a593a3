import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { grpcCode } from "@apb/protocols/grpc";
import { Call, type GrpcMethod, grpcContentType } from "./grpc-call.ts";
import { type ConnectionLimits, watchConnections, whileListening } from "./grpc-connections.ts";
import { HeldBytes } from "./grpc-held.ts";
import { encodeMessage } from "./grpc-status.ts";

/** One gRPC binding. Doors of one port are asked as one; a standard service (health, reflection) is one more door. */
export interface GrpcDoor {
  /** By path, `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** Path of the .proto file its services are in. Without one, reflection knows their names only. */
  readonly protoFile?: string;
}

/**
 * What one stream, and one connection, may send before it is read. HTTP/1.1 has no such limit, so no body of the benchmark
 * may meet one here.
 */
const streamWindowBytes = 1024 * 1024;
const connectionWindowBytes = 16 * 1024 * 1024;
/** Calls at the same time on one connection: more users than any profile puts on one. */
const mostStreams = 10_000;
/** Node refuses streams above this; its default of 10 MB is less than three of the largest messages. */
const sessionMemoryMB = 256;
/** A request that is not read by the second look is ended: after 30 to 60 s, as on the HTTP listener. */
const unreadMs = 30_000;

/** What a listener grants its peers. */
export interface GrpcLimits extends ConnectionLimits {
  /** Bytes of requests that have not ended and of replies that have not been taken, over all connections. */
  readonly heldBytes: number;
}

/** What every listener grants unless told otherwise. */
export const grpcLimits: GrpcLimits = {
  // A dead connection is gone after 30 to 45 s; one that lives is asked every 30 s while nothing else comes.
  lookMs: 15_000,
  idleMs: 600_000,
  // More than the ladder opens before its first call.
  mostWithoutCall: 12_000,
  // A hundred calls of the largest body, with room. A server held to it was seen to take 380 MiB of memory.
  heldBytes: 224 * 1024 * 1024,
};

/**
 * A node:http2 server (clear text, prior knowledge) that speaks gRPC to the doors' methods. Not listening yet. Listeners
 * of one process that are given the same `held` share its bound.
 */
export function grpcListener(
  doors: readonly GrpcDoor[],
  limits = grpcLimits,
  held = new HeldBytes(limits.heldBytes),
): Http2Server {
  const methods = new Map(doors.flatMap((door) => [...door.methods]));
  const streaming = new Set<Call>();
  const underWay = { unread: new Set<Call>(), held };
  const server = createServer({
    maxSessionMemory: sessionMemoryMB,
    settings: { initialWindowSize: streamWindowBytes, maxConcurrentStreams: mostStreams },
  });

  const connections = watchConnections(server, limits);
  server.on("session", (session) => {
    session.setLocalWindowSize(connectionWindowBytes);
    session.on("close", () => {
      for (const call of underWay.unread) if (call.hasClosed) underWay.unread.delete(call);
    });
  });
  whileListening(server, unreadMs, endUnread(underWay.unread));
  whileListening(server, unreadMs, () => held.dropClosed());
  // Node itself answers what breaks HTTP/2; without a listener the error event would end the process.
  server.on("sessionError", () => undefined);
  server.on("stream", (stream, headers) => {
    connections.called(stream.session);
    const method = route(methods, stream, headers);
    if (method === undefined) return;
    const call = new Call(stream, headers, method, underWay);
    if (method.kind === "unary") return;
    streaming.add(call);
    stream.on("close", () => streaming.delete(call));
  });

  return Object.assign(server, {
    /** Sends GOAWAY on every connection and ends streams; a connection closes when its last call has ended. */
    closeIdleConnections(): void {
      for (const session of connections.sessions) session.close();
      for (const call of streaming) call.end({ code: grpcCode.unavailable, message: "the server is closing" });
    },
    closeAllConnections(): void {
      for (const socket of connections.sockets) socket.destroy();
    },
  });
}

/** Ends the calls that were unread at the last look already. */
function endUnread(unread: Set<Call>): () => void {
  let seen: readonly Call[] = [];
  return () => {
    for (const call of seen) {
      if (!unread.delete(call)) continue;
      call.end({ code: grpcCode.deadlineExceeded, message: "the request did not end in time" });
    }
    seen = [...unread];
  };
}

/** The method a request is for. Answers the request when there is none. */
function route(
  methods: ReadonlyMap<string, GrpcMethod>,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): GrpcMethod | undefined {
  const path = headers[":path"] ?? "";
  const method = methods.get(path);
  if (headers[":method"] !== "POST") refuse(stream, { ":status": 405, allow: "POST" });
  else if (!isGrpc(headers["content-type"])) refuse(stream, { ":status": 415 });
  else if (method === undefined) refuse(stream, unimplemented(path, [...methods.keys()].map(serviceOf)));
  else return method;
  return undefined;
}

function unimplemented(path: string, services: readonly string[]): Record<string, string | number> {
  const what = services.includes(serviceOf(path)) ? "method" : "service";
  return {
    ":status": 200,
    "content-type": grpcContentType,
    "grpc-status": grpcCode.unimplemented,
    "grpc-message": encodeMessage(`unknown ${what} ${path.slice(0, 200)}`),
  };
}

function refuse(stream: ServerHttp2Stream, headers: Record<string, string | number>): void {
  stream.on("error", () => undefined);
  // The client may have cancelled already.
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: true });
  // The request's body is not wanted (RFC 9113 §8.1).
  stream.close(constants.NGHTTP2_NO_ERROR);
}

function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(\+proto)?\s*(;|$)/i.test(contentType);
}

/** The services of some doors, `package.Service`. */
export function servicesOf(doors: readonly GrpcDoor[]): readonly string[] {
  const paths = doors.flatMap(({ methods }) => [...methods.keys()]);
  return [...new Set(paths.map((path) => serviceOf(path).slice(1)))];
}

function serviceOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
