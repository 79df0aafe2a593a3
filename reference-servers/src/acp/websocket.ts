import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Agents } from "../agents/agents.ts";
import { drained } from "../drained.ts";
import { bodyLimitBytes, type HttpDoor, sendJson } from "../http-listener.ts";
import { Conversation } from "./conversation.ts";
import { errorText } from "./refusal.ts";
import { AcpService } from "./service.ts";

/** Of frames that a slow client has not taken yet; above it nothing more is made or read for that client. */
const highWaterBytes = 1024 * 1024;

/** Close codes: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const goingAway = 1001;
const unsupportedData = 1003;

/** `closeTimeout`: a client that does not answer our close must not hold us up. */
const options = {
  noServer: true,
  perMessageDeflate: false,
  maxPayload: bodyLimitBytes,
  closeTimeout: 1000,
  handleProtocols: () => false as const,
};

/** ACP 0.2.0 on a WebSocket, this project's own binding: @apb/protocols/acp-frames defines it. */
export function acpWebSocket(agents: Agents): HttpDoor {
  const service = new AcpService(agents);
  const server = new WebSocketServer(options);
  return {
    handles: (path) => path === "/ws",
    answer({ response }) {
      response.setHeader("upgrade", "websocket");
      response.setHeader("connection", "upgrade");
      refuse(response, 426, "expected a WebSocket handshake");
    },
    refuse,
    upgrade(request, socket, head) {
      server.handleUpgrade(request, socket, head, (webSocket) => converse(webSocket, socket, service));
    },
    close() {
      server.close();
      for (const webSocket of server.clients) webSocket.close(goingAway, "the server is stopping");
      service.close();
    },
  };
}

function converse(webSocket: WebSocket, socket: Duplex, service: AcpService): void {
  const conversation = new Conversation(service, {
    send(frame) {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(frame);
    },
    room: () => (webSocket.bufferedAmount < highWaterBytes || socket.destroyed ? undefined : drained(socket)),
  });
  webSocket.on("message", (data, isBinary) => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (isBinary) return webSocket.close(unsupportedData, "expected text frames");
    conversation.receive((data as Buffer).toString("utf8"));
    if (webSocket.bufferedAmount < highWaterBytes || webSocket.isPaused) return;
    webSocket.pause();
    void drained(socket).then(() => webSocket.resume());
  });
  // ws answers what is no WebSocket with the right close code itself (1002, 1007, 1009) and then ends the connection.
  webSocket.on("error", () => undefined);
  webSocket.on("close", () => conversation.close());
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, errorText(status, message));
}
