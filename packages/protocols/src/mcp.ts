import { type ErrorObject, errorCodes, type Id, isObject, requestText } from "./jsonrpc.ts";

/**
 * MCP, revision 2026-07-28: stateless, every request says which revision it speaks.
 * https://modelcontextprotocol.io/specification/2026-07-28
 */
export const revision = "2026-07-28";

/** Headers that repeat parts of the body, in lower case (Streamable HTTP, "Request Metadata"). */
export const headerNames = { version: "mcp-protocol-version", method: "mcp-method", name: "mcp-name" } as const;

/** Keys of `_meta` that every request, or every result, carries (Overview, "_meta"). */
export const metaKeys = {
  version: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  serverInfo: "io.modelcontextprotocol/serverInfo",
} as const;

/** The codes MCP adds to JSON-RPC's (Overview, "Error Codes"). */
export const mcpErrorCodes = {
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** A tool that takes one text: how an agent appears in MCP. */
export interface TextTool {
  readonly name: string;
  readonly description: string;
}

const requestMeta = JSON.stringify({
  [metaKeys.version]: revision,
  [metaKeys.clientInfo]: { name: "agent-protocol-bench", version: "0.1.0" },
  [metaKeys.clientCapabilities]: {},
});
const plainParams = `{"_meta":${requestMeta}}`;

/** Body of a `server/discover` request. */
export function discoverRequest(id: Id): string {
  return requestText(id, "server/discover", plainParams);
}

/** Body of a `tools/list` request; the cursor is the `nextCursor` of the page before. */
export function listRequest(id: Id, cursor: string | null): string {
  const params = cursor === null ? plainParams : `{"cursor":${JSON.stringify(cursor)},"_meta":${requestMeta}}`;
  return requestText(id, "tools/list", params);
}

/** Body of a `tools/call` request: the agent's name, and its message as the argument `text`. */
export function callRequest(id: Id, tool: string, text: string): string {
  const call = `"name":${JSON.stringify(tool)},"arguments":{"text":${JSON.stringify(text)}}`;
  return requestText(id, "tools/call", `{${call},"_meta":${requestMeta}}`);
}

/** A tool as `tools/list` shows it. */
export function toolEntry({ name, description }: TextTool): Readonly<Record<string, unknown>> {
  return {
    name,
    description,
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  };
}

/** A result that is not what was asked for: `offSpec` when the revision does not allow it, else only no agent's answer. */
export interface Problem {
  readonly kind: "problem";
  readonly offSpec: boolean;
  readonly reason: string;
}

/** One page of tools; the cursor is null on the last. */
export interface ToolPage {
  readonly kind: "tools";
  readonly names: readonly string[];
  readonly nextCursor: string | null;
}

/** The text a tool answered with; `failed` when the tool says that it could not do its work (`isError`). */
export interface ToolText {
  readonly kind: "text" | "failed";
  readonly text: string;
}

/** The result of `tools/list`. */
export function readToolPage(result: unknown): ToolPage | Problem {
  const complete = readComplete(result);
  if (complete.kind !== "complete") return complete;
  const { tools, nextCursor } = complete.result;
  if (!Array.isArray(tools)) return offSpec("expected a list of tools");
  const names: string[] = [];
  for (const tool of tools) {
    if (!isObject(tool) || typeof tool.name !== "string") return offSpec("expected every tool to have a name");
    names.push(tool.name);
  }
  if (nextCursor !== undefined && typeof nextCursor !== "string") return offSpec("expected nextCursor to be a string");
  return { kind: "tools", names, nextCursor: nextCursor ?? null };
}

/** The result of `tools/call`: the one text item that an agent answers with. */
export function readToolText(result: unknown): ToolText | Problem {
  const complete = readComplete(result);
  if (complete.kind !== "complete") return complete;
  const { content, isError } = complete.result;
  if (!Array.isArray(content)) return offSpec("expected the content of a tool's result to be a list");
  if (isError !== undefined && typeof isError !== "boolean") return offSpec("expected isError to be true or false");
  const item: unknown = content[0];
  const text = isObject(item) && item.type === "text" ? item.text : undefined;
  if (isError === true) return { kind: "failed", text: typeof text === "string" ? text : "the tool failed" };
  if (content.length !== 1 || typeof text !== "string")
    return unexpected(`expected one text item as the tool's content, got ${content.length} items`);
  return { kind: "text", text };
}

interface Complete {
  readonly kind: "complete";
  readonly result: Readonly<Record<string, unknown>>;
}

/** Results without a `resultType` belong to earlier revisions (Overview, "ResultType"). */
function readComplete(result: unknown): Complete | Problem {
  if (!isObject(result)) return offSpec("expected the result to be an object");
  if (result.resultType === "complete") return { kind: "complete", result };
  if (result.resultType === "input_required")
    return unexpected("expected a complete result, got a request for more input");
  return offSpec(`expected resultType "complete", got ${JSON.stringify(result.resultType)}`);
}

function offSpec(reason: string): Problem {
  return { kind: "problem", offSpec: true, reason };
}

function unexpected(reason: string): Problem {
  return { kind: "problem", offSpec: false, reason };
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

const sentinelStart = "=?base64?";
const sentinelEnd = "?=";

/** A name as a header value: as it is where HTTP allows, else in Base64 (Streamable HTTP, "Value Encoding"). */
export function headerValue(name: string): string {
  const plain = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(name) && !isEncoded(name);
  return plain ? name : encoded(name);
}

/** Whether a header value, encoded or not, stands for a name. */
export function isHeaderFor(header: string, name: string): boolean {
  return isEncoded(header) ? header === encoded(name) : header === name;
}

function isEncoded(value: string): boolean {
  return value.startsWith(sentinelStart) && value.endsWith(sentinelEnd);
}

function encoded(name: string): string {
  return `${sentinelStart}${Buffer.from(name, "utf8").toString("base64")}${sentinelEnd}`;
}
