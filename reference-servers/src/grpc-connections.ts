import type { Http2Server, Http2Session, ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";

/** What a gRPC listener allows its connections. */
export interface ConnectionLimits {
  /** How often they are looked at. One on which nothing came since the last look is asked (PING), and ended at the next unless it has answered. */
  readonly lookMs: number;
  /** One that carried nothing but pings for this long is ended. */
  readonly idleMs: number;
  /** How many may be open without a call so far; one more ends the oldest of them. */
  readonly mostWithoutCall: number;
}

/** The open connections of a server. */
export interface Connections {
  /** Those whose session has closed have left. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /** Those too whose session has closed: their socket stays open until the peer closes its side. */
  readonly sockets: Iterable<Socket>;
  /** To be told of every call. */
  called(session: Http2Session | undefined): void;
}

interface Watched {
  readonly session: ServerHttp2Session | undefined;
  /** At the last look. */
  bytesRead: number;
  /** Both ways and without pings, when last looked at for idleness. */
  bytesCarried: number;
  asked: boolean;
  answers: number;
}

/** A PING frame, which is as long as its answer (RFC 9113 §6.7). */
const pingBytes = 17;

/**
 * Watches a server's connections and ends those that are dead, idle or too many. Once a peer has broken HTTP/2, Node sends
 * GOAWAY, stops to read the socket and tells nobody: not even the peer's end is seen, the session sends no ping, and only
 * a look finds it. Costs nothing for each call but leaving a set; Node's own time-out of sessions renews its timer with
 * every event, which costs a tenth of an echo.
 */
export function watchConnections(server: Http2Server, limits: ConnectionLimits): Connections {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Map<Socket, Watched>();
  const withoutCall = new Set<Http2Session>();
  let latest: ServerHttp2Session | undefined;
  server.on("session", (session) => {
    latest = session;
    sessions.add(session);
    session.on("close", () => {
      sessions.delete(session);
      withoutCall.delete(session);
    });
    withoutCall.add(session);
    if (withoutCall.size > limits.mostWithoutCall) endOldest(withoutCall);
  });
  // Node's own listener came first and has made the session of this socket. (A session lets nobody have its socket.)
  server.on("connection", (socket: Socket) => {
    sockets.set(socket, { session: latest, bytesRead: 0, bytesCarried: 0, asked: false, answers: 0 });
    latest = undefined;
    socket.on("close", () => sockets.delete(socket));
  });
  whileListening(server, limits.lookMs, () => {
    for (const [socket, watched] of sockets) endDead(socket, watched);
  });
  whileListening(server, limits.idleMs, () => {
    for (const [socket, watched] of sockets) endIdle(socket, watched);
  });
  return {
    sessions,
    sockets: { [Symbol.iterator]: () => sockets.keys() },
    called(session) {
      if (withoutCall.size > 0 && session !== undefined) withoutCall.delete(session);
    },
  };
}

/** Calls `look` at an interval until the server has closed. */
export function whileListening(server: Http2Server, everyMs: number, look: () => void): void {
  server.on("listening", () => {
    const timer = setInterval(look, everyMs).unref();
    server.on("close", () => clearInterval(timer));
  });
}

function endOldest(sessions: Set<Http2Session>): void {
  for (const oldest of sessions) {
    sessions.delete(oldest);
    oldest.destroy();
    return;
  }
}

function endDead(socket: Socket, watched: Watched): void {
  const cameSomething = socket.bytesRead !== watched.bytesRead;
  watched.bytesRead = socket.bytesRead;
  if (cameSomething) return;
  if (watched.asked) socket.destroy();
  else ask(watched);
}

/** A session that is gone cannot be asked, and its socket has had its time at the next look. */
function ask(watched: Watched): void {
  watched.asked = true;
  if (watched.session === undefined || watched.session.destroyed) return;
  watched.session.ping((error) => {
    if (error !== null) return;
    watched.asked = false;
    watched.answers++;
  });
}

function endIdle(socket: Socket, watched: Watched): void {
  const carried = socket.bytesRead + socket.bytesWritten - 2 * pingBytes * watched.answers;
  if (carried === watched.bytesCarried) socket.destroy();
  else watched.bytesCarried = carried;
}
