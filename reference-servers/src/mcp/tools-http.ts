import type { ServerResponse } from "node:http";
import { errorText, type Id, resultText } from "@apb/protocols/jsonrpc";
import { messageEvent } from "@apb/protocols/mcp-session";
import { departure, sendJson } from "../http-listener.ts";
import type { Outcome, Tools } from "./agent-tools.ts";
import { acceptsEvents, sayEvent } from "./endpoint.ts";
import { type Answer, type Call, nameRefusal, refuse } from "./stateless.ts";

/** X-Accel-Buffering: Streamable HTTP, "Receiving Messages". */
export const eventStream = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/**
 * Tools on HTTP: each answer is one JSON text, or the end of an event stream where something is said before it. A client
 * that leaves before it ends the work on it.
 */
export function toolsOnHttp(tools: Tools): Answer {
  return (call, params) => {
    const { id, method, headers, response } = call;
    if (method === "tools/call" && typeof params.name === "string") {
      const refusal = nameRefusal(headers, params.name);
      if (refusal !== null) return refuse(call, refusal);
    }
    const outcome = tools(method, params, askerOn(response, acceptsEvents(headers)));
    if (outcome instanceof Promise) return sendLater({ id, response }, outcome);
    sendOutcome(call, outcome);
  };
}

function askerOn(response: ServerResponse, reads: boolean): Parameters<Tools>[2] {
  return {
    gone: () => departure(response),
    say: reads ? (message) => sayFirst(response, message) : null,
  };
}

function sayFirst(response: ServerResponse, message: string): Promise<void> | undefined {
  if (!response.headersSent) response.writeHead(200, eventStream);
  return sayEvent(response, message);
}

/** What is kept of a call while an agent works: not its params, which can be large. */
type Waiting = { readonly id: Id; readonly response: Call["response"] };

async function sendLater(call: Waiting, pending: Promise<Outcome>): Promise<void> {
  try {
    sendOutcome(call, await pending);
  } catch (error) {
    if (!call.response.destroyed) throw error;
  }
}

function sendOutcome(call: Waiting, outcome: Outcome): void {
  const { id, response } = call;
  const failed = typeof outcome !== "string";
  if (response.headersSent) response.end(messageEvent(failed ? errorText(id, outcome.error) : resultText(id, outcome)));
  else if (failed) refuse(call, outcome);
  else sendJson(response, 200, resultText(id, outcome));
}
