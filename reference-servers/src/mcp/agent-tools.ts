import { errorCodes, errorText, isObject, resultText } from "@apb/protocols/jsonrpc";
import { revision, toolEntry } from "@apb/protocols/mcp";
import { AgentFailed, TooBusy } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { departure, sendJson } from "../http-listener.ts";
import type { Params } from "./session-call.ts";
import {
  type Answer,
  badParams,
  type Call,
  complete,
  nameRefusal,
  refuse,
  uncached,
  unknownMethod,
} from "./stateless.ts";

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

/** The agents in MCP 2026-07-28: each is a tool with one argument, `text`. */
export function agentTools(agents: Agents): Answer {
  const toolList = JSON.stringify({ tools: agents.list.map(toolEntry), ...uncached, ...complete });
  return (call, params) => {
    const { id, method, response } = call;
    switch (method) {
      case "tools/call":
        return callTool(agents, call, params);
      case "tools/list":
        if (params.cursor !== undefined) return refuse(call, badParams(200, "unknown cursor"));
        return sendJson(response, 200, resultText(id, toolList));
      case "server/discover":
        return sendJson(response, 200, resultText(id, discovery));
      default:
        return refuse(call, unknownMethod(method));
    }
  };
}

function callTool(agents: Agents, call: Call, params: Params): void | Promise<void> {
  const { name, arguments: given = {} } = params;
  if (typeof name !== "string") return refuse(call, badParams(400, "expected the name of a tool"));
  const refusal = nameRefusal(call.headers, name);
  if (refusal !== null) return refuse(call, refusal);
  if (!isObject(given)) return refuse(call, badParams(400, "expected the arguments to be an object"));
  if (!agents.has(name)) return refuse(call, badParams(200, `Unknown tool: ${name.slice(0, 100)}`));
  if (typeof given.text !== "string") return sendText(call, "expected the argument text to be a string", failedEnd);
  return runAgent(agents, call, name, given.text);
}

/** Answers at once where the agent does; a client that leaves before the answer ends the agent's work. */
function runAgent(agents: Agents, call: Call, name: string, text: string): void | Promise<void> {
  try {
    const answer = agents.run(name, text, () => departure(call.response));
    if (typeof answer === "string") return sendText(call, answer, textEnd);
    return sendLater({ id: call.id, response: call.response }, answer);
  } catch (error) {
    sendFailure(call, error);
  }
}

/** What is kept of a call while its agent works: not its params, which can be large. */
type Waiting = Pick<Call, "id" | "response">;

async function sendLater(call: Waiting, answer: Promise<string>): Promise<void> {
  try {
    sendText(call, await answer, textEnd);
  } catch (error) {
    sendFailure(call, error);
  }
}

function sendFailure(call: Waiting, error: unknown): void {
  if (error instanceof AgentFailed) sendText(call, error.message, failedEnd);
  else if (error instanceof TooBusy)
    sendJson(call.response, 503, errorText(call.id, { code: errorCodes.internalError, message: error.message }));
  else if (!call.response.destroyed) throw error;
}

function sendText({ id, response }: Waiting, text: string, end: string): void {
  sendJson(response, 200, resultText(id, textStart + JSON.stringify(text) + end));
}
