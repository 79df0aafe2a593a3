import { type Id, isObject, requestText } from "./jsonrpc.ts";
import {
  argumentsText,
  clientInfo,
  type McpMessage,
  type McpProblem,
  offSpec,
  problem,
  readToolPage as readPage,
  readToolText as readText,
  type ToolPage,
} from "./mcp-client.ts";
import { headerParameters } from "./mcp-parameter-headers.ts";
import type { Said } from "./said.ts";

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

/** The `_meta` of this client's requests, as JSON text. */
export const requestMeta = JSON.stringify({
  [metaKeys.version]: revision,
  [metaKeys.clientInfo]: clientInfo,
  [metaKeys.clientCapabilities]: {},
});
const plainParams = `{"_meta":${requestMeta}}`;

/** Body of a `server/discover` request, which asks for the revisions and the capabilities of a server. */
export function discoverRequest(id: Id): string {
  return requestText(id, "server/discover", plainParams);
}

/** Body of a `tools/list` request; the cursor is the `nextCursor` of the page before. */
export function listRequest(id: Id, cursor: string | null): string {
  const params = cursor === null ? plainParams : `{"cursor":${JSON.stringify(cursor)},"_meta":${requestMeta}}`;
  return requestText(id, "tools/list", params);
}

/** Body of a `tools/call` request: the agent's name, and its message as the arguments. */
export function callRequest(id: Id, tool: string, said: Said): string {
  return toolCall(id, tool, said, requestMeta);
}

/** The same of a call whose progress is to be told: its id is its token. */
export function streamRequest(id: Id, tool: string, said: Said): string {
  return toolCall(id, tool, said, `${requestMeta.slice(0, -1)},"progressToken":${JSON.stringify(id)}}`);
}

function toolCall(id: Id, tool: string, said: Said, meta: string): string {
  const call = `"name":${JSON.stringify(tool)},"arguments":${argumentsText(said)}`;
  return requestText(id, "tools/call", `{${call},"_meta":${meta}}`);
}

/** A tool as `tools/list` shows it. */
export function toolEntry({ name, description }: TextTool): Readonly<Record<string, unknown>> {
  return {
    name,
    description,
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  };
}

/** A server that speaks this revision. */
export interface Discovered {
  readonly kind: "discovered";
}

/** The result of `server/discover` (Discovery). */
export function readDiscovered(result: unknown): Discovered | McpProblem {
  const complete = readComplete(result);
  if (complete.kind === "problem") return complete;
  const { supportedVersions } = complete.result;
  if (!Array.isArray(supportedVersions)) return offSpec("expected supportedVersions in the result of server/discover");
  if (supportedVersions.includes(revision)) return { kind: "discovered" };
  return problem(
    "rejected",
    `expected a server of MCP ${revision}, it offers ${supportedVersions.join(", ").slice(0, 200)}`,
  );
}

/** The result of `tools/list`. Where requests have `headers`, a tool whose `x-mcp-header` annotations are invalid is left out (Streamable HTTP, "Schema Extension"). */
export function readToolPage(result: unknown, on: "headers" | "no headers" = "headers"): ToolPage | McpProblem {
  const complete = readComplete(result);
  if (complete.kind === "problem") return complete;
  return readPage(
    complete.result,
    ({ inputSchema }) => on === "no headers" || headerParameters(inputSchema).kind === "parameters",
  );
}

/** The result of `tools/call`: what the tool answers with. */
export function readToolText(result: unknown): McpMessage | McpProblem {
  const complete = readComplete(result);
  return complete.kind === "problem" ? complete : readText(complete.result);
}

interface Complete {
  readonly kind: "complete";
  readonly result: Readonly<Record<string, unknown>>;
}

/** Results without a `resultType` belong to earlier revisions (Overview, "ResultType"). */
function readComplete(result: unknown): Complete | McpProblem {
  if (!isObject(result)) return offSpec("expected the result to be an object");
  if (result.resultType === "complete") return { kind: "complete", result };
  if (result.resultType === "input_required")
    return problem("mismatch", "expected a complete result, got a request for more input");
  return offSpec(
    `expected resultType "complete", got ${JSON.stringify(result.resultType)}; a server of revision 2025-11-25 is measured by the binding of that name, @2025-11-25`,
  );
}
