import { type ErrorObject, errorCodes, isObject } from "./jsonrpc.ts";
import type { Said } from "./said.ts";

/**
 * What a client of MCP makes of the answers, in every revision and on any transport.
 * Readers take parsed JSON, ignore members they do not know, and never throw.
 */

/** How this project's client introduces itself. */
export const clientInfo = { name: "agent-protocol-bench", version: "0.1.0" } as const;

/** What went wrong, under the name of the failure it is to a caller. */
export interface McpProblem {
  readonly kind: "problem";
  readonly failure: "unknown-agent" | "rejected" | "agent" | "protocol" | "mismatch";
  readonly message: string;
}

/** One page of tools; the cursor is null on the last. */
export interface ToolPage {
  readonly kind: "tools";
  readonly names: readonly string[];
  /** Their input schemas, by name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly nextCursor: string | null;
}

/** What a tool answered with: its text, or the text of its structured content. */
export interface McpMessage {
  readonly kind: "message";
  readonly body: string;
}

/** The result of `tools/list`. Tools that `suits` says no to are left out. */
export function readToolPage(
  result: unknown,
  suits: (tool: Readonly<Record<string, unknown>>) => boolean,
): ToolPage | McpProblem {
  if (!isObject(result)) return offSpec("expected the result to be an object");
  const { tools, nextCursor } = result;
  if (!Array.isArray(tools)) return offSpec("expected a list of tools");
  const names: string[] = [];
  const inputs: Record<string, unknown> = {};
  for (const tool of tools) {
    if (!isObject(tool) || typeof tool.name !== "string") return offSpec("expected every tool to have a name");
    if (!suits(tool)) continue;
    names.push(tool.name);
    inputs[tool.name] = tool.inputSchema;
  }
  if (nextCursor !== undefined && typeof nextCursor !== "string") return offSpec("expected nextCursor to be a string");
  return { kind: "tools", names, inputs, nextCursor: nextCursor ?? null };
}

/** All tools, by which an agent is known, with what they take. */
export interface Tools {
  readonly kind: "agents";
  readonly agents: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The tools on all pages; `page` asks for the one at a cursor, the first at null. */
export async function allTools(page: (cursor: string | null) => Promise<ToolPage>): Promise<Tools> {
  const agents: string[] = [];
  const inputs: Record<string, unknown> = {};
  let cursor: string | null = null;
  do {
    const next: ToolPage = await page(cursor);
    agents.push(...next.names);
    Object.assign(inputs, next.inputs);
    cursor = next.nextCursor;
  } while (cursor !== null);
  return { kind: "agents", agents, inputs };
}

/** The arguments of a tool's call, as JSON text: JSON as it is, a text as the one argument `text` that our own agents take. */
export function argumentsText(said: Said): string {
  return typeof said === "string" ? `{"text":${JSON.stringify(said)}}` : said.json;
}

/** The result of `tools/call`: the texts of its content in a row, or without any its structured content as JSON. */
export function readToolText(result: unknown): McpMessage | McpProblem {
  if (!isObject(result)) return offSpec("expected the result to be an object");
  const { content, isError, structuredContent } = result;
  if (!Array.isArray(content)) return offSpec("expected the content of a tool's result to be a list");
  if (isError !== undefined && typeof isError !== "boolean") return offSpec("expected isError to be true or false");
  const text = textOf(content);
  if (isError === true) return problem("agent", text ?? "the tool failed");
  if (text !== null) return { kind: "message", body: text };
  if (structuredContent !== undefined) return { kind: "message", body: JSON.stringify(structuredContent) };
  return problem("mismatch", `expected a text or structured content, got ${content.length} items that are neither`);
}

/** Null where there is no text, or one that is not as the protocol says. */
function textOf(content: readonly unknown[]): string | null {
  let text: string | null = null;
  for (const item of content) {
    if (!isObject(item) || item.type !== "text") continue;
    if (typeof item.text !== "string") return null;
    text = text === null ? item.text : text + item.text;
  }
  return text;
}

/** An error the server answered with, to a call of the tool of this name or, with null, to another request. */
export function readRefusal(error: ErrorObject, tool: string | null): McpProblem {
  if (tool !== null && isUnknownTool(error, tool)) return problem("unknown-agent", error.message);
  return problem("rejected", `the server answers with error ${error.code}: ${error.message}`);
}

/**
 * Whether an error says that the tool called does not exist. It shares its code with every other bad parameter, so the
 * message decides: "Unknown tool: x" in the specification (Tools, "Error Handling"), "Tool x not found" in the SDK.
 */
export function isUnknownTool(error: ErrorObject, tool: string): boolean {
  if (error.code !== errorCodes.invalidParams) return false;
  const words = /\b(unknown|no such) tool\b|\btool\b\W*(not found|unknown|disabled|does not exist)\b/i;
  return words.test(error.message) || words.test(error.message.replaceAll(tool, ""));
}

/** An answer that the revision does not allow. */
export function offSpec(message: string): McpProblem {
  return problem("protocol", message);
}

/** A problem under the name of the failure it is. */
export function problem(failure: McpProblem["failure"], message: string): McpProblem {
  return { kind: "problem", failure, message };
}
