import { errorCodes, isObject } from "@apb/protocols/jsonrpc";
import { revision, toolEntry } from "@apb/protocols/mcp";
import { progressText, progressTokenIn } from "@apb/protocols/mcp-progress";
import { AgentFailed, TooBusy } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { progressOn, type Say } from "./endpoint.ts";
import type { Params } from "./session-call.ts";
import { badParams, complete, type Refusal, uncached, unknownMethod } from "./stateless.ts";

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

/** A result as JSON text, or why there is none. */
export type Outcome = string | Refusal;

/** The client of one request. */
export interface Asker {
  /** The signal of a client that waits no more. */
  gone(): AbortSignal;
  /** Says something before the answer; null where the client reads nothing but the answer. */
  readonly say: Say | null;
}

/**
 * What a server answers in MCP 2026-07-28, on whatever transport: at once where it can. Rejects with the reason of a client
 * that has gone, and for defects of ours.
 */
export type Tools = (method: string, params: Params, asker: Asker) => Outcome | Promise<Outcome>;

/** The agents in MCP 2026-07-28: each is a tool with one argument, `text`. */
export function agentTools(agents: Agents): Tools {
  const toolList = JSON.stringify({ tools: agents.list.map(toolEntry), ...uncached, ...complete });
  return (method, params, asker) => {
    switch (method) {
      case "tools/call":
        return callTool(agents, params, asker);
      case "tools/list":
        return params.cursor === undefined ? toolList : badParams(200, "unknown cursor");
      case "server/discover":
        return discovery;
      default:
        return unknownMethod(method);
    }
  };
}

function callTool(agents: Agents, params: Params, asker: Asker): Outcome | Promise<Outcome> {
  const { name, arguments: given = {} } = params;
  if (typeof name !== "string") return badParams(400, "expected the name of a tool");
  if (!isObject(given)) return badParams(400, "expected the arguments to be an object");
  if (!agents.has(name)) return badParams(200, `Unknown tool: ${name.slice(0, 100)}`);
  if (typeof given.text !== "string") return failed("expected the argument text to be a string");
  try {
    const { say, gone } = asker;
    const token = progressTokenIn(params);
    const answer =
      token === null || say === null
        ? agents.run(name, given.text, gone)
        : agents.tell(
            name,
            given.text,
            progressOn(token, (progress) => say(progressText(progress))),
            gone,
          );
    return typeof answer === "string" ? said(answer) : answer.then(said, failure);
  } catch (error) {
    return failure(error);
  }
}

function said(text: string): string {
  return textStart + JSON.stringify(text) + textEnd;
}

function failed(text: string): string {
  return textStart + JSON.stringify(text) + failedEnd;
}

function failure(error: unknown): Outcome {
  if (error instanceof AgentFailed) return failed(error.message);
  if (error instanceof TooBusy)
    return { status: 503, error: { code: errorCodes.internalError, message: error.message } };
  throw error;
}
