import type { Socket } from "node:net";
import { abortFailure, Failure } from "@apb/core/failure";
import { WebSocket } from "ws";
import { classify } from "./failures.ts";
import { WireCounter } from "./socket.ts";
import type { WebSocketConnection, WebSocketEvents } from "./websocket.ts";

/** WebSocket by ws: compression off, no message size limit. */
export function connectWs(
  url: URL,
  subprotocol: string | null,
  events: WebSocketEvents,
  signal: AbortSignal,
): Promise<WebSocketConnection> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortFailure(signal));
    const wire = new WireCounter();
    const socket = new WebSocket(url, subprotocol === null ? [] : [subprotocol], {
      perMessageDeflate: false,
      maxPayload: 0,
    });
    let cause: Failure | null = null;
    let opened = false;

    const abort = (): void => {
      cause = abortFailure(signal);
      socket.terminate();
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.on("upgrade", (response) => {
      response.socket.setNoDelay(true);
      wire.add(response.socket as Socket);
    });
    socket.on("unexpected-response", (request, response) => {
      cause = new Failure("protocol", `expected a WebSocket upgrade (101), got HTTP ${response.statusCode}`);
      request.destroy();
      reject(cause);
    });
    socket.on("error", (error) => {
      cause ??= /WS_ERR|Unexpected server response|Sec-WebSocket|subprotocol/i.test(
        `${"code" in error ? error.code : ""} ${error.message}`,
      )
        ? new Failure("protocol", error.message, { cause: error })
        : classify(error, signal);
    });
    socket.on("close", (code) => {
      signal.removeEventListener("abort", abort);
      const failure = cause ?? new Failure("closed", `the WebSocket ended with code ${code}`);
      if (opened) events.closed(failure);
      else reject(failure);
    });
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      events.message(isBinary ? bytes : bytes.toString("utf8"));
    });
    socket.on("open", () => {
      opened = true;
      signal.removeEventListener("abort", abort);
      resolve({
        wire,
        send(data): void {
          if (socket.readyState !== WebSocket.OPEN) throw cause ?? new Failure("closed", "the session is closed");
          socket.send(data);
        },
        [Symbol.asyncDispose](): Promise<void> {
          return new Promise((done) => {
            if (socket.readyState === WebSocket.CLOSED) return done();
            socket.once("close", () => done());
            // A polite close waits for the peer's answer; a peer that has none must not hold us up.
            socket.close(1000);
            setTimeout(() => socket.terminate(), 1000).unref();
          });
        },
      });
    });
  });
}
