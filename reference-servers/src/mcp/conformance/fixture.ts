import type { Params } from "../session-call.ts";
import type { Refusal } from "../stateless.ts";

/** A request to a fixture of the official conformance suite, the same whichever revision carried it. */
export interface Asked {
  readonly params: Params;
  /** What the client says it can do. */
  readonly capabilities: Params;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Answers with an event stream, even if nothing is said before the result. */
  stream(): void;
  /** Sends a notification that belongs to this request, before its result. */
  notify(method: string, params: Params): void;
  /** Sends a log message, if the client has asked for those of level `info`. */
  log(text: string): void;
}

/** What a fixture says: a result without what its revision adds to every result, or an error. */
export type Outcome = { readonly result: Readonly<Record<string, unknown>> } | Refusal;

/** A tool that the suite calls by its name. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** An object without properties when the tool takes no arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  call(asked: Asked): Outcome | Promise<Outcome>;
}

/** A tool as `tools/list` shows it. */
export function toolEntry({ name, description, inputSchema }: Omit<Tool, "call">): object {
  return { name, description, inputSchema };
}

/** The schema of a tool without arguments. */
export const noArguments = { type: "object" } as const;

/** The text that an argument of `tools/call` or `prompts/get` holds; empty when it holds none. */
export function textArgument({ params }: Asked, name: string): string {
  const value = (params.arguments as Params | undefined)?.[name];
  return typeof value === "string" ? value : "";
}
