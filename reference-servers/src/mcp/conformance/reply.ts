import { errorText, notificationText, resultText } from "@apb/protocols/jsonrpc";
import { messageEvent } from "@apb/protocols/mcp-session";
import { sendJson } from "../../http-listener.ts";
import type { Params } from "../session-call.ts";
import type { Call, Refusal } from "../stateless.ts";
import { eventStream } from "../tools-http.ts";

/** An answer under way: JSON, or an event stream as soon as something is said before the result. */
export interface Reply {
  /** Begins the event stream. */
  open(): void;
  notify(method: string, params: Params): void;
  end(outcome: { readonly result: object } | Refusal): void;
}

/** The reply to a request. */
export function replyTo({ id, response }: Call): Reply {
  const say = (text: string): boolean => response.write(messageEvent(text));
  const open = (): void => {
    if (!response.headersSent) response.writeHead(200, eventStream);
  };
  return {
    open,
    notify(method, params) {
      open();
      say(notificationText(method, params));
    },
    end(outcome) {
      const failed = "error" in outcome;
      const text = failed ? errorText(id, outcome.error) : resultText(id, JSON.stringify(outcome.result));
      if (!response.headersSent) return sendJson(response, failed ? outcome.status : 200, text);
      say(text);
      response.end();
    },
  };
}
