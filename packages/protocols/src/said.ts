/** What is said to an agent: a text, or JSON, which comes with its text. */
export type Said = string | { readonly json: string; readonly value: unknown };

/** It as one text, for protocols that carry nothing else. */
export function saidText(said: Said): string {
  return typeof said === "string" ? said : said.json;
}
