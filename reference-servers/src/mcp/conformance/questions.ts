import { isObject } from "@apb/protocols/jsonrpc";
import type { Params } from "../session-call.ts";

/** Something a server asks a client: as an input request of 2026-07-28 or as a request of 2025-11-25. */
export interface Question {
  readonly method: "elicitation/create" | "sampling/createMessage" | "roots/list";
  readonly params: Params;
}

/** The client capability that a question needs. */
export const capabilityFor = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
} as const;

/** Asks the user to fill in a form. */
export function elicitation(message: string, properties: object, required: readonly string[]): Question {
  return {
    method: "elicitation/create",
    params: { mode: "form", message, requestedSchema: { type: "object", properties, required } },
  };
}

/** Asks the client's model to go on. */
export function sampling(prompt: string, maxTokens: number): Question {
  const messages = [{ role: "user", content: { type: "text", text: prompt } }];
  return { method: "sampling/createMessage", params: { messages, maxTokens } };
}

/** Asks for the client's roots. */
export const rootsList: Question = { method: "roots/list", params: {} };

/** Whether a client's word has the form of an answer to a question. */
export function isAnswerTo({ method }: Question, answer: unknown): answer is Params {
  if (!isObject(answer)) return false;
  switch (method) {
    case "elicitation/create":
      return answer.action === "accept" ? isObject(answer.content) : typeof answer.action === "string";
    case "sampling/createMessage":
      return typeof answer.role === "string" && answer.content !== undefined;
    case "roots/list":
      return Array.isArray(answer.roots);
  }
}
