import { errorCodes, errorText, type Id, isObject, notificationText, requestText, resultText } from "./jsonrpc.ts";
import { argumentsText, clientInfo, type McpProblem, offSpec, problem } from "./mcp-client.ts";
import type { Said } from "./said.ts";

/**
 * MCP, revision 2025-11-25: a session, which `initialize` begins and which holds what was agreed in it.
 * https://modelcontextprotocol.io/specification/2025-11-25
 */
export const sessionRevision = "2025-11-25";

/** The revisions a session can agree on, the latest first. Tools are called alike in both; earlier ones have batches. */
const sessionRevisions: readonly string[] = [sessionRevision, "2025-06-18"];

/** Headers of Streamable HTTP, in lower case (Transports, "Session Management", "Protocol Version Header"). */
export const sessionHeaders = { id: "mcp-session-id", version: "mcp-protocol-version" } as const;

/** The subprotocol of a WebSocket that carries MCP: no transport of the specification, but what its SDKs agree on. */
export const webSocketSubprotocol = "mcp";

/** Errors of the transport; the specification names only their HTTP statuses, the codes are the SDK's. */
export const transportErrorCodes = { badRequest: -32000, sessionNotFound: -32001 } as const;

/** Names of the messages that a session itself is made of. */
export const sessionMethods = {
  initialize: "initialize",
  initialized: "notifications/initialized",
  cancelled: "notifications/cancelled",
  ping: "ping",
} as const;

/** Body of the request that begins a session. */
export function initializeRequest(id: Id): string {
  const params = { protocolVersion: sessionRevision, capabilities: {}, clientInfo };
  return requestText(id, sessionMethods.initialize, JSON.stringify(params));
}

/** Tells the server that its answer to `initialize` has come and suits. */
export const initializedText = notificationText(sessionMethods.initialized, {});

/** Tells the other side that nobody waits any more for its answer (Cancellation). */
export function cancelledText(requestId: Id): string {
  return notificationText(sessionMethods.cancelled, { requestId });
}

/** Body of a `tools/list` request; the cursor is the `nextCursor` of the page before. */
export function sessionListRequest(id: Id, cursor: string | null): string {
  return requestText(id, "tools/list", cursor === null ? "{}" : JSON.stringify({ cursor }));
}

/** Body of a `tools/call` request: the agent's name, and its message as the argument `text`. */
export function sessionCallRequest(id: Id, tool: string, said: Said): string {
  return requestText(id, "tools/call", `{${toolCall(tool, said)}}`);
}

/** The same of a call whose progress is to be told: its id is its token. */
export function sessionStreamRequest(id: Id, tool: string, said: Said): string {
  const meta = `"_meta":{"progressToken":${JSON.stringify(id)}}`;
  return requestText(id, "tools/call", `{${toolCall(tool, said)},${meta}}`);
}

function toolCall(tool: string, said: Said): string {
  return `"name":${JSON.stringify(tool)},"arguments":${argumentsText(said)}`;
}

/** What a client answers to a request of the server's: it has declared no capability, so `ping` is all there may be. */
export function answerToServer({ id, method }: { readonly id: Id; readonly method: string }): string {
  if (method === sessionMethods.ping) return resultText(id, "{}");
  return errorText(id, { code: errorCodes.methodNotFound, message: `this client has no ${method.slice(0, 100)}` });
}

/** A session as the server agrees to it. */
export interface Initialized {
  readonly kind: "initialized";
  readonly version: string;
}

/** The result of `initialize` (Lifecycle, "Version Negotiation"). */
export function readInitialized(result: unknown): Initialized | McpProblem {
  if (!isObject(result)) return offSpec("expected the result of initialize to be an object");
  const { protocolVersion, capabilities, serverInfo } = result;
  if (typeof protocolVersion !== "string" || !isObject(capabilities) || !isObject(serverInfo))
    return offSpec("expected protocolVersion, capabilities and serverInfo in the result of initialize");
  if (protocolVersion !== sessionRevision)
    return problem("rejected", `expected a server of MCP ${sessionRevision}, it offers ${protocolVersion}`);
  return { kind: "initialized", version: protocolVersion };
}

/** What a client asks a session to be. */
export interface Initialize {
  readonly kind: "initialize";
  /** Agreed on: the client's where the server has it, else the server's latest. */
  readonly version: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** The params of `initialize`; a string says what is wrong with them. */
export function readInitialize(params: unknown): Initialize | string {
  if (!isObject(params)) return "expected the params of initialize to be an object";
  const { protocolVersion, capabilities, clientInfo: client } = params;
  if (typeof protocolVersion !== "string") return "expected protocolVersion to be a string";
  if (!isObject(capabilities)) return "expected capabilities to be an object";
  if (!isObject(client) || typeof client.name !== "string" || typeof client.version !== "string")
    return "expected clientInfo with a name and a version";
  const version = sessionRevisions.includes(protocolVersion) ? protocolVersion : sessionRevision;
  return { kind: "initialize", version, capabilities };
}

/** Whether a session can go on with this version header; without one the session's own version holds. */
export function isSessionVersion(header: string | string[] | undefined): boolean {
  return header === undefined || (typeof header === "string" && sessionRevisions.includes(header));
}

/** A message as one server-sent event. JSON text has no line ends that would have to be split. */
export function messageEvent(message: string): string {
  return `event: message\ndata: ${message}\n\n`;
}
