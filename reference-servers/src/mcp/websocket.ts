import { errorCodes, errorText, parseMessage, resultText } from "@apb/protocols/jsonrpc";
import { sessionMethods, webSocketSubprotocol } from "@apb/protocols/mcp-session";
import type { Agents } from "../agents/agents.ts";
import { connectionBytes } from "../byte-budget.ts";
import type { HttpDoor } from "../http-listener.ts";
import { type FrameConversation, webSocketDoor } from "../websocket-door.ts";
import { isEndpoint, refuse } from "./endpoint.ts";
import { beginSession, type Session, type SessionService } from "./session.ts";
import { sessionAgentTools } from "./session-agent-tools.ts";
import type { Outlet } from "./session-call.ts";

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
    begin: ({ send }) => converse(service, send),
  });
}

function converse(service: SessionService, send: (message: string) => void): FrameConversation {
  let session: Session | null = null;
  /** Characters of the requests that wait for their answers. */
  let waiting = 0;
  const outlet: Outlet = {
    send,
    end: (message) => {
      if (message !== null) send(message);
    },
  };
  const answer = (open: Session, request: Parameters<Session["answer"]>[0], characters: number): void => {
    if (waiting + characters > connectionBytes) {
      refuseBusy(request.id, waiting, send);
      return;
    }
    const pending = open.answer(request, outlet);
    if (pending === undefined) return;
    waiting += characters;
    void pending.then(() => {
      waiting -= characters;
    });
  };
  return {
    receive(text) {
      const message = parseMessage(text);
      if (message === null) send(errorText(null, { code: errorCodes.parseError, message: "expected JSON" }));
      else if (message.kind === "invalid")
        send(errorText(message.id, { code: errorCodes.invalidRequest, message: message.reason }));
      else if (message.kind !== "request") session?.receive(message);
      else if (session !== null) answer(session, message, text.length);
      else if (message.method === sessionMethods.ping) send(resultText(message.id, "{}"));
      else session = begin(service, message, outlet);
    },
    close: () => session?.close(),
  };
}

function refuseBusy(id: string | number, waiting: number, send: (message: string) => void): void {
  const message = `requests of ${waiting} characters are under way on this connection`;
  send(errorText(id, { code: errorCodes.internalError, message }));
}

/** Takes the first request of a connection, which must be `initialize` (Lifecycle, "Initialization"). */
function begin(
  service: SessionService,
  { id, method, params }: { readonly id: string | number; readonly method: string; readonly params: unknown },
  outlet: Outlet,
): Session | null {
  const session = method === sessionMethods.initialize ? beginSession(service, params) : "expected initialize first";
  if (typeof session === "string") {
    const code = method === sessionMethods.initialize ? errorCodes.invalidParams : errorCodes.invalidRequest;
    outlet.end(errorText(id, { code, message: session }));
    return null;
  }
  session.listen(outlet);
  outlet.end(resultText(id, session.greeting));
  return session;
}
