import type { Socket } from "node:net";
import type { Headers } from "@apb/core/binding";
import { abortFailure, Failure } from "@apb/core/failure";
import { accessHeaders, maskedUrl } from "@apb/core/url";
import { WebSocket } from "ws";
import { classify } from "./failures.ts";
import { HttpRefusal, isRefusal } from "./http-refusal.ts";
import { tooLarge, waitingBytes } from "./limits.ts";
import { WireCounter } from "./socket.ts";
import type { WebSocketConnection, WebSocketEvents } from "./websocket-connection.ts";

/**
 * `closeTimeout`: a peer that does not answer our close must not hold us up. `autoPong`: of its own answers ws lets 60 wait,
 * also of a peer that reads, and does not tell why it has hung up.
 */
const options = { perMessageDeflate: false, closeTimeout: 1000, autoPong: false };

/** WebSocket by ws: compression off. ws itself turns Nagle's algorithm off. */
export function connectWs(
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  signal: AbortSignal,
  maxReplyBytes: number,
  headers: Headers,
): Promise<WebSocketConnection> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortFailure(signal));
    const socket = create(url, subprotocol, maxReplyBytes, headers);
    const wire = counted(socket);
    let cause: Failure | null = null;
    let opened = false;

    const endWith = (failure: Failure): void => {
      cause = failure;
      socket.terminate();
    };
    const abort = (): void => endWith(abortFailure(signal));
    signal.addEventListener("abort", abort, { once: true });
    socket.on("unexpected-response", (_request, { statusCode = 0 }) => endWith(notUpgraded(statusCode)));
    socket.on("error", (error) => {
      cause ??= failureOf(error, opened, maxReplyBytes);
      // ws has said why, and would go on reading what nobody takes.
      if (cause.kind === "protocol") socket.terminate();
    });
    socket.on("message", (data, isBinary) => events.message(isBinary ? (data as Buffer) : String(data)));
    let waiting = 0;
    socket.on("ping", (payload) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      try {
        waiting = waitingBytes(waiting, payload.length, socket.bufferedAmount);
        socket.pong(payload);
      } catch (error) {
        endWith(classify(error));
      }
    });
    // Comes last, whatever happened before, also when the connection never opened.
    socket.on("close", (code, reason) => {
      signal.removeEventListener("abort", abort);
      cause ??= new Failure("closed", `the WebSocket ended with code ${code} ${reason.toString("utf8")}`.trim());
      if (opened) events.closed(cause);
      else reject(cause);
    });
    socket.on("open", () => {
      opened = true;
      signal.removeEventListener("abort", abort);
      resolve(connectionOn(socket, wire, () => cause));
    });
  });
}

/** The bytes of a WebSocket's TCP socket, from its handshake on. */
function counted(socket: WebSocket): WireCounter {
  const wire = new WireCounter();
  socket.on("upgrade", (response) => wire.add(response.socket as Socket));
  return wire;
}

/** An open WebSocket as a connection; `causeOf` says why it ends, from when that is known. */
function connectionOn(socket: WebSocket, wire: WireCounter, causeOf: () => Failure | null): WebSocketConnection {
  return {
    wire,
    get unsent() {
      return socket.bufferedAmount;
    },
    send(data): void {
      if (socket.readyState !== WebSocket.OPEN) throw causeOf() ?? new Failure("closed", "the session is closed");
      socket.send(data);
    },
    pause(): void {
      socket.pause();
    },
    resume(): void {
      socket.resume();
    },
    [Symbol.asyncDispose](): Promise<void> {
      return new Promise((done) => {
        if (socket.readyState === WebSocket.CLOSED) return done();
        socket.resume();
        socket.once("close", () => done());
        socket.close(1000);
      });
    },
  };
}

function notUpgraded(statusCode: number): Failure {
  const message = `expected a WebSocket upgrade (101), got HTTP ${statusCode}`;
  if (isRefusal(statusCode)) return new HttpRefusal(statusCode);
  return new Failure(statusCode >= 400 ? "rejected" : "protocol", message);
}

/** ws would send the user and password of a URL as they are written, percent-encoding and all. */
function create(url: URL, subprotocol: string | null, maxPayload: number, headers: Headers): WebSocket {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  try {
    return new WebSocket(bare, subprotocol === null ? [] : [subprotocol], {
      ...options,
      maxPayload,
      headers: accessHeaders(url, headers),
    });
  } catch (cause) {
    throw new Failure("usage", `expected a URL like ws://localhost:8001/ws, got ${maskedUrl(url.href)}`, { cause });
  }
}

/** What ws itself finds wrong with the peer has a code of its own or, in the handshake, none; the rest is the socket's. */
function failureOf(error: Error & { code?: unknown }, opened: boolean, maxReplyBytes: number): Failure {
  if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return tooLarge(maxReplyBytes);
  if (typeof error.code !== "string" || error.code.startsWith("WS_ERR_"))
    return new Failure("protocol", error.message, { cause: error });
  const failure = classify(error);
  // Ended before it was open: `refused`, not `closed`.
  if (failure.kind === "closed" && !opened) return new Failure("refused", failure.message, { cause: error });
  return failure;
}
