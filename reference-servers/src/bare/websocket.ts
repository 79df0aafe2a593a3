import { barePath } from "@apb/protocols/bare";
import { type Agents, askEcho } from "../agents/agents.ts";
import { type HttpDoor, sendJson } from "../http-listener.ts";
import { webSocketDoor } from "../websocket-door.ts";

/** Bodies as text frames, @apb/protocols/bare. */
export function bareWebSocket(agents: Agents): HttpDoor {
  return webSocketDoor({
    handles: (path) => path === barePath,
    subprotocol: null,
    refuse: (response, status, message) => sendJson(response, status, message, { "content-type": "text/plain" }),
    begin: ({ send }) => ({
      receive: (text) => askEcho(agents, text, send),
      close: () => undefined,
    }),
  });
}
