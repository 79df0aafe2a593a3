import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { type ErrorObject, errorCodes, errorText, type Id, isObject, resultText } from "@apb/protocols/jsonrpc";
import { headerNames, isHeaderFor, mcpErrorCodes, metaKeys, revision, toolEntry } from "@apb/protocols/mcp";
import { AgentFailed } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { departure, sendJson } from "../http-listener.ts";

/** A JSON-RPC request as it came in one POST. */
export interface Call {
  readonly id: Id;
  readonly method: string;
  readonly params: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
}

/** An error and the HTTP status it goes with. */
interface Refusal {
  readonly status: number;
  readonly error: ErrorObject;
}

type Params = Readonly<Record<string, unknown>>;

const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" };
/** What every result carries (Overview, "Responses" and "_meta"). */
const complete = { resultType: "complete", _meta: { [metaKeys.serverInfo]: serverInfo } };
/** The agents never change, but a benchmark's request should reach the server: nothing is to be cached. */
const uncached = { ttlMs: 0, cacheScope: "public" };

/** Everything of a `tools/call` result but its text, built once. */
const textStart = '{"content":[{"type":"text","text":';
const textEnd = `}],${JSON.stringify(complete).slice(1)}`;
const failedEnd = `}],"isError":true,${JSON.stringify(complete).slice(1)}`;

const discovery = JSON.stringify({
  supportedVersions: [revision],
  capabilities: { tools: {} },
  ...uncached,
  ...complete,
});

/** MCP 2026-07-28: every request is answered from what it carries itself. An agent is a tool with one argument, `text`. */
export function statelessMcp(agents: Agents): (call: Call) => void | Promise<void> {
  const toolList = JSON.stringify({ tools: agents.list.map(toolEntry), ...uncached, ...complete });
  return (call) => {
    const { id, method, params, headers, response } = call;
    const refusal = metadataRefusal(headers, method, params);
    if (refusal !== null) return refuse(call, refusal);
    switch (method) {
      case "tools/call":
        return callTool(agents, call, params as Params);
      case "tools/list":
        if ((params as Params).cursor !== undefined) return refuse(call, badParams(200, "unknown cursor"));
        return sendJson(response, 200, resultText(id, toolList));
      case "server/discover":
        return sendJson(response, 200, resultText(id, discovery));
      default:
        return refuse(call, refused(404, errorCodes.methodNotFound, `unknown method ${shown(method)}`));
    }
  };
}

/** What is wrong with a request's headers and `_meta`; null for nothing (Streamable HTTP, "Request Metadata"). */
function metadataRefusal(headers: IncomingHttpHeaders, method: string, params: unknown): Refusal | null {
  const version = headers[headerNames.version];
  if (version === undefined) return mismatch(`expected the header MCP-Protocol-Version: ${revision}, got none`);
  const meta = isObject(params) ? params._meta : undefined;
  const claimed = isObject(meta) ? meta[metaKeys.version] : undefined;
  if (claimed === undefined && version !== revision) return unsupported(String(version));
  if (!isObject(meta) || typeof claimed !== "string")
    return badParams(400, `expected params._meta with the string "${metaKeys.version}"`);
  if (claimed !== version)
    return mismatch(`MCP-Protocol-Version is ${shown(version)}, but the body says ${shown(claimed)}`);
  if (claimed !== revision) return unsupported(claimed);
  if (!isObject(meta[metaKeys.clientCapabilities]))
    return badParams(400, `expected params._meta with the object "${metaKeys.clientCapabilities}"`);
  if (headers[headerNames.method] !== method)
    return mismatch(`Mcp-Method is ${shown(headers[headerNames.method])}, but the body says ${shown(method)}`);
  return null;
}

function callTool(agents: Agents, call: Call, params: Params): void | Promise<void> {
  const { name, arguments: given = {} } = params;
  if (typeof name !== "string") return refuse(call, badParams(400, "expected the name of a tool"));
  const header = call.headers[headerNames.name];
  if (typeof header !== "string" || !isHeaderFor(header, name))
    return refuse(call, mismatch(`Mcp-Name is ${shown(header)}, but the body says ${shown(name)}`));
  if (!isObject(given)) return refuse(call, badParams(400, "expected the arguments to be an object"));
  if (!agents.has(name)) return refuse(call, badParams(200, `Unknown tool: ${name.slice(0, 100)}`));
  if (typeof given.text !== "string") return sendText(call, "expected the argument text to be a string", failedEnd);
  return runAgent(agents, call, name, given.text);
}

/** Answers at once where the agent does; a client that leaves before the answer ends the agent's work. */
function runAgent(agents: Agents, call: Call, name: string, text: string): void | Promise<void> {
  try {
    const answer = agents.run(name, text, () => departure(call.response));
    return typeof answer === "string" ? sendText(call, answer, textEnd) : sendLater(call, answer);
  } catch (error) {
    sendFailure(call, error);
  }
}

async function sendLater(call: Call, answer: Promise<string>): Promise<void> {
  try {
    sendText(call, await answer, textEnd);
  } catch (error) {
    sendFailure(call, error);
  }
}

function sendFailure(call: Call, error: unknown): void {
  if (error instanceof AgentFailed) sendText(call, error.message, failedEnd);
  else if (!call.response.destroyed) throw error;
}

function sendText({ id, response }: Call, text: string, end: string): void {
  sendJson(response, 200, resultText(id, textStart + JSON.stringify(text) + end));
}

function refuse({ id, response }: Call, { status, error }: Refusal): void {
  sendJson(response, status, errorText(id, error));
}

function refused(status: number, code: number, message: string): Refusal {
  return { status, error: { code, message } };
}

function mismatch(message: string): Refusal {
  return refused(400, mcpErrorCodes.headerMismatch, message);
}

function badParams(status: number, message: string): Refusal {
  return refused(status, errorCodes.invalidParams, message);
}

function unsupported(requested: string): Refusal {
  const message = `expected protocol version ${revision}, got ${shown(requested)}`;
  return {
    status: 400,
    error: { code: mcpErrorCodes.unsupportedVersion, message, data: { supported: [revision], requested } },
  };
}

/** What a client sent, short enough for a message. */
function shown(value: string | string[] | undefined): string {
  return value === undefined ? "missing" : JSON.stringify(String(value).slice(0, 100));
}
