import { type Id, resultText } from "@apb/protocols/jsonrpc";
import { departure, sendJson } from "../http-listener.ts";
import type { Outcome, Tools } from "./agent-tools.ts";
import { type Answer, type Call, nameRefusal, refuse } from "./stateless.ts";

/** Tools on HTTP: each answer is one JSON text. A client that leaves before it ends the work on it. */
export function toolsOnHttp(tools: Tools): Answer {
  return (call, params) => {
    const { id, method, response } = call;
    if (method === "tools/call" && typeof params.name === "string") {
      const refusal = nameRefusal(call.headers, params.name);
      if (refusal !== null) return refuse(call, refusal);
    }
    const outcome = tools(method, params, () => departure(response));
    if (outcome instanceof Promise) return sendLater({ id, response }, outcome);
    sendOutcome(call, outcome);
  };
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
  if (typeof outcome === "string") sendJson(call.response, 200, resultText(call.id, outcome));
  else refuse(call, outcome);
}
