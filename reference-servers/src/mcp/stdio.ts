import type { Readable, Writable } from "node:stream";
import { errorCodes, errorText } from "@apb/protocols/jsonrpc";
import type { Agents } from "../agents/agents.ts";
import { converseInLines } from "../lines.ts";
import { agentTools } from "./agent-tools.ts";
import type { Say } from "./endpoint.ts";
import { sessionAgentTools } from "./session-agent-tools.ts";
import { type Conversation, converseInSession } from "./session-conversation.ts";
import { converseStateless } from "./stateless-conversation.ts";

/** MCP 2026-07-28 in front of the agents, on one input and output. */
export function mcpStdio(agents: Agents, input: Readable, output: Writable): void {
  converse(input, output, (say) => converseStateless(agentTools(agents), say));
}

/** MCP 2025-11-25 in front of the agents: one session, on one input and output. */
export function mcpStdioSession(agents: Agents, input: Readable, output: Writable): void {
  converse(input, output, (say) => converseInSession(sessionAgentTools(agents), say));
}

function converse(input: Readable, output: Writable, begin: (say: Say) => Conversation): void {
  converseInLines(input, output, (say) => ({
    ...begin(say),
    refuse: (message) => void say(errorText(null, { code: errorCodes.invalidRequest, message })),
  }));
}
