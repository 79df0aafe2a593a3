import { errorCodes, errorText, type Id, parseMessage, resultText } from "@apb/protocols/jsonrpc";
import { sessionMethods } from "@apb/protocols/mcp-session";
import { connectionBytes } from "../byte-budget.ts";
import type { Say } from "./endpoint.ts";
import { beginSession, type Session, type SessionService } from "./session.ts";
import type { Outlet } from "./session-call.ts";

/** What is said on one channel of messages: a WebSocket, a process's input and output. */
export interface Conversation {
  /** Takes one message as text. Never throws. */
  receive(text: string): void;
  /** Nobody is there any more. */
  close(): void;
}

/** One session of MCP 2025-11-25 on a channel of its own. */
export function converseInSession(service: SessionService, send: Say): Conversation {
  let session: Session | null = null;
  /** Characters of the requests that wait for their answers. */
  let waiting = 0;
  const outlet: Outlet = {
    send,
    end: (message) => {
      if (message !== null) void send(message);
    },
  };
  const answer = (open: Session, request: Parameters<Session["answer"]>[0], characters: number): void => {
    if (waiting + characters > connectionBytes) {
      send(busyText(request.id, waiting));
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

/** The refusal of a request beside which so many characters of others are under way. */
export function busyText(id: Id, waiting: number): string {
  const message = `requests of ${waiting} characters are under way on this connection`;
  return errorText(id, { code: errorCodes.internalError, message });
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
