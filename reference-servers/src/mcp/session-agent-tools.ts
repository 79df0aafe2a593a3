import { errorCodes, isObject } from "@apb/protocols/jsonrpc";
import { toolEntry } from "@apb/protocols/mcp";
import { progressText, progressTokenIn } from "@apb/protocols/mcp-progress";
import { AgentFailed, TooBusy } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import { progressOn } from "./endpoint.ts";
import type { SessionService } from "./session.ts";
import { CallRefused, type SessionCall } from "./session-call.ts";

/** The agents in MCP 2025-11-25: each is a tool with one argument, `text`. */
export function sessionAgentTools(agents: Agents): SessionService {
  const toolList = JSON.stringify({ tools: agents.list.map(toolEntry) });
  return {
    capabilities: { tools: {} },
    methods: new Map([
      ["tools/list", ({ params }: SessionCall) => listTools(toolList, params.cursor)],
      ["tools/call", (call: SessionCall) => callTool(agents, call)],
    ]),
  };
}

function listTools(toolList: string, cursor: unknown): string {
  if (cursor !== undefined) throw badParams("unknown cursor");
  return toolList;
}

function callTool(agents: Agents, call: SessionCall): string | Promise<string> {
  const { name, arguments: given = {} } = call.params;
  if (typeof name !== "string") throw badParams("expected the name of a tool");
  if (!isObject(given)) throw badParams("expected the arguments to be an object");
  if (!agents.has(name)) throw badParams(`Unknown tool: ${name.slice(0, 100)}`);
  if (typeof given.text !== "string") return failed("expected the argument text to be a string");
  try {
    const token = progressTokenIn(call.params);
    const gone = (): AbortSignal => call.signal;
    const answer =
      token === null
        ? agents.run(name, given.text, gone)
        : agents.tell(
            name,
            given.text,
            progressOn(token, (progress) => call.say(progressText(progress))),
            gone,
          );
    if (typeof answer === "string") return toolText(answer);
    call.forgetParams();
    return answer.then(toolText, failure);
  } catch (error) {
    return failure(error);
  }
}

function toolText(text: string): string {
  return `{"content":[{"type":"text","text":${JSON.stringify(text)}}]}`;
}

function failed(text: string): string {
  return `{"content":[{"type":"text","text":${JSON.stringify(text)}}],"isError":true}`;
}

function failure(error: unknown): string {
  if (error instanceof AgentFailed) return failed(error.message);
  if (error instanceof TooBusy) throw new CallRefused(errorCodes.internalError, error.message);
  throw error;
}

function badParams(message: string): CallRefused {
  return new CallRefused(errorCodes.invalidParams, message);
}
