import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { TooBusy } from "./agents/agent.ts";
import { drained } from "./drained.ts";
import { inTurns } from "./fair-turns.ts";
import { bodyLimitBytes } from "./http-body.ts";
import type { HttpDoor } from "./http-listener.ts";

/** Where a conversation's frames go. */
export interface Outlet {
  send(frame: string): void;
  /** Resolves when the peer has read enough for more; undefined when it has already. */
  room(): Promise<void> | undefined;
}

/** What is said on one WebSocket. */
export interface FrameConversation {
  /** Takes one text frame. Throws TooBusy only where there is no way to answer with it, which ends the connection (1013). */
  receive(text: string): void;
  /** The connection has ended, and every frame of it was taken. */
  close(): void;
}

/** What one binding makes of WebSockets at its paths. */
export interface WebSocketDoor {
  handles(path: string): boolean;
  /** Chosen when a client offers it; with null, and for clients that do not offer it, there is none. */
  readonly subprotocol: string | null;
  refuse(response: ServerResponse, status: number, message: string): void;
  begin(outlet: Outlet): FrameConversation;
  /** The server is stopping; the connections are being closed. */
  close?(): void;
}

/** Of frames that a slow client has not taken yet; above it nothing more is made or read for that client. */
const highWaterBytes = 1024 * 1024;

/** Close codes: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const goingAway = 1001;
const unsupportedData = 1003;
/** https://www.iana.org/assignments/websocket/websocket.xhtml */
const tryAgainLater = 1013;

/** `closeTimeout`: a client that does not answer our close must not hold us up. */
const options = { noServer: true, perMessageDeflate: false, maxPayload: bodyLimitBytes, closeTimeout: 1000 };

/** A door for WebSockets of text frames; plain HTTP is told to upgrade. */
export function webSocketDoor({ handles, subprotocol, refuse, begin, close }: WebSocketDoor): HttpDoor {
  const server = new WebSocketServer({
    ...options,
    handleProtocols: (offered) => subprotocol !== null && offered.has(subprotocol) && subprotocol,
  });
  return {
    handles,
    answer({ response }) {
      response.setHeader("upgrade", "websocket");
      response.setHeader("connection", "upgrade");
      refuse(response, 426, "expected a WebSocket handshake");
    },
    refuse,
    upgrade(request, socket, head) {
      server.handleUpgrade(request, socket, head, (webSocket) => converse(webSocket, socket, begin));
    },
    close() {
      server.close();
      for (const webSocket of server.clients) webSocket.close(goingAway, "the server is stopping");
      close?.();
    },
  };
}

function converse(webSocket: WebSocket, socket: Duplex, begin: WebSocketDoor["begin"]): void {
  const conversation = begin({
    send(frame) {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(frame);
    },
    room: () => (webSocket.bufferedAmount < highWaterBytes || socket.destroyed ? undefined : drained(socket)),
  });
  let isFull = false;
  const resume = (): void => {
    if (webSocket.isPaused && !isFull && !frames.waiting) webSocket.resume();
  };
  const receive = (frame: Buffer): void => {
    try {
      conversation.receive(frame.toString("utf8"));
    } catch (error) {
      if (!(error instanceof TooBusy)) throw error;
      webSocket.close(tryAgainLater, "no room at the moment");
    }
    if (webSocket.bufferedAmount < highWaterBytes || isFull) return;
    isFull = true;
    webSocket.pause();
    void drained(socket).then(() => {
      isFull = false;
      resume();
    });
  };
  const frames = inTurns(receive, () => {
    resume();
    if (webSocket.readyState === webSocket.CLOSED) conversation.close();
  });
  webSocket.on("message", (data, isBinary) => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (isBinary) return webSocket.close(unsupportedData, "expected text frames");
    frames.add(data as Buffer);
    if (frames.waiting && !webSocket.isPaused) webSocket.pause();
  });
  // ws answers what is no WebSocket with the right close code itself (1002, 1007, 1009) and then ends the connection.
  webSocket.on("error", () => undefined);
  webSocket.on("close", () => {
    if (!frames.waiting) conversation.close();
  });
}
