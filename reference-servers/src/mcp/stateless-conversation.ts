import {
  errorCodes,
  errorText,
  type Id,
  isObject,
  type Message,
  parseMessage,
  resultText,
} from "@apb/protocols/jsonrpc";
import { sessionMethods } from "@apb/protocols/mcp-session";
import { connectionBytes } from "../byte-budget.ts";
import type { Outcome, Tools } from "./agent-tools.ts";
import type { Say } from "./endpoint.ts";
import type { Params } from "./session-call.ts";
import { busyText, type Conversation } from "./session-conversation.ts";
import { metaRefusal } from "./stateless.ts";

/** MCP 2026-07-28 on a channel of messages: every request is answered from what it carries itself, or refused for what it lacks. */
export function converseStateless(tools: Tools, send: Say): Conversation {
  const underWay = new Map<Id, AbortController>();
  /** Characters of the requests that wait for their answers. */
  let waiting = 0;

  /** Answers later, unless it is cancelled before: then nothing more may be said about it (stdio, "Cancellation"). */
  async function finish(id: Id, pending: Promise<Outcome>, controller: AbortController): Promise<void> {
    underWay.set(id, controller);
    const text = await pending.then(
      (outcome) => answerText(id, outcome),
      (error) => (controller.signal.aborted ? "" : defectText(id, error)),
    );
    // A client must not use an id again while it waits, but can: the id may be that of a later request by now.
    if (underWay.get(id) === controller) underWay.delete(id);
    if (!controller.signal.aborted) send(text);
  }

  function answer({ id, method, params }: Extract<Message, { kind: "request" }>, characters: number): void {
    const refusal = metaRefusal(params);
    if (refusal !== null) send(errorText(id, refusal.error));
    else if (waiting + characters > connectionBytes) send(busyText(id, waiting));
    else run(id, method, params as Params, characters);
  }

  function run(id: Id, method: string, params: Params, characters: number): void {
    // Made when it is first asked for: it costs more than an echo.
    let controller: AbortController | null = null;
    const gone = (): AbortSignal => {
      controller ??= new AbortController();
      return controller.signal;
    };
    const say: Say = (message) => (controller?.signal.aborted === true ? undefined : send(message));
    const outcome = tools(method, params, { gone, say });
    if (!(outcome instanceof Promise)) {
      send(answerText(id, outcome));
      return;
    }
    waiting += characters;
    void finish(id, outcome, controller ?? new AbortController()).finally(() => {
      waiting -= characters;
    });
  }

  return {
    receive(text) {
      const message = parseMessage(text);
      if (message === null) send(errorText(null, { code: errorCodes.parseError, message: "expected JSON" }));
      else if (message.kind === "invalid")
        send(errorText(message.id, { code: errorCodes.invalidRequest, message: message.reason }));
      else if (message.kind === "request") answer(message, text.length);
      else if (message.kind === "notification" && message.method === sessionMethods.cancelled)
        underWay.get(cancelledIn(message.params))?.abort();
    },
    close() {
      for (const controller of underWay.values()) controller.abort();
    },
  };
}

function answerText(id: Id, outcome: Outcome): string {
  return typeof outcome === "string" ? resultText(id, outcome) : errorText(id, outcome.error);
}

function defectText(id: Id, error: unknown): string {
  process.stderr.write(`mcp: ${error instanceof Error ? error.stack : error}\n`);
  return errorText(id, { code: errorCodes.internalError, message: "internal error" });
}

/** The request that a `notifications/cancelled` is about; one that there never was for what is no id. */
function cancelledIn(params: unknown): Id {
  const id = isObject(params) ? params.requestId : undefined;
  return typeof id === "string" || typeof id === "number" ? id : Number.NaN;
}
