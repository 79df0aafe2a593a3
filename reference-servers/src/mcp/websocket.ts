import { errorCodes } from "@apb/protocols/jsonrpc";
import { webSocketSubprotocol } from "@apb/protocols/mcp-session";
import type { Agents } from "../agents/agents.ts";
import type { HttpDoor } from "../http-listener.ts";
import { webSocketDoor } from "../websocket-door.ts";
import { isEndpoint, refuse } from "./endpoint.ts";
import { sessionAgentTools } from "./session-agent-tools.ts";
import { converseInSession } from "./session-conversation.ts";

/**
 * MCP 2025-11-25 on a WebSocket: subprotocol `mcp`, one JSON-RPC message a text frame, a session each connection. No
 * revision has this transport; it is the one that version 1 of the SDKs speaks.
 */
export function mcpWebSocket(agents: Agents): HttpDoor {
  const service = sessionAgentTools(agents);
  return webSocketDoor({
    handles: isEndpoint,
    subprotocol: webSocketSubprotocol,
    refuse: (response, status, message) => refuse(response, status, errorCodes.invalidRequest, message),
    begin: ({ send, room }) =>
      converseInSession(service, (message) => {
        send(message);
        return room();
      }),
  });
}
