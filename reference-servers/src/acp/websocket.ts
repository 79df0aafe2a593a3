import type { Agents } from "../agents/agents.ts";
import { type HttpDoor, sendJson } from "../http-listener.ts";
import { webSocketDoor } from "../websocket-door.ts";
import { Conversation } from "./conversation.ts";
import { errorText } from "./refusal.ts";
import { AcpService } from "./service.ts";

/** ACP 0.2.0 on a WebSocket, this project's own binding: @apb/protocols/acp-frames defines it. */
export function acpWebSocket(agents: Agents): HttpDoor {
  const service = new AcpService(agents);
  return webSocketDoor({
    handles: (path) => path === "/ws",
    subprotocol: null,
    refuse: (response, status, message) => sendJson(response, status, errorText(status, message)),
    begin: (outlet) => new Conversation(service, outlet),
    close: () => service.close(),
  });
}
