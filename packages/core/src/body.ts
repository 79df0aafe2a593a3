/** JSON that goes to an agent, written once: `json` is its text, `value` what it says. */
export interface JsonBody {
  readonly json: string;
  readonly value: unknown;
}

/** What a call brings to an agent: a text, or JSON. */
export type Body = string | JsonBody;

/** A body as the text that it is or that says it: its size is this one's. */
export function bodyText(body: Body): string {
  return typeof body === "string" ? body : body.json;
}

/** JSON as a body. */
export function jsonBody(value: unknown): JsonBody {
  return { json: JSON.stringify(value), value };
}
