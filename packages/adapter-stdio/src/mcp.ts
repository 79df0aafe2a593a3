import { ask, type McpMessages, statelessFraming, streamedOn } from "@apb/adapter-websocket/mcp-messages";
import type { Binding, Reply, Streaming, UnaryOf } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { succeeded } from "@apb/core/problem";
import {
  callRequest,
  discoverRequest,
  listRequest,
  readDiscovered,
  readToolPage,
  readToolText,
  revision,
  streamRequest,
} from "@apb/protocols/mcp";
import { allTools } from "@apb/protocols/mcp-client";
import { streamedByProgress } from "@apb/protocols/mcp-progress";
import { type Kind, mostProcesses, startSession } from "./processes.ts";

const noTasks = `the core of MCP ${revision} has no tasks: a call has one answer`;

/**
 * MCP 2026-07-28 on standard input and output: one JSON-RPC message a line, a process of the server's each session. Opening
 * one starts the process and asks it which revisions it has (stdio, "Backward Compatibility"), so that it is there.
 */
export const mcpStdio: Binding = binding({
  protocol: "mcp",
  transport: "stdio",
  variant: null,
  spec: {
    name: "MCP",
    version: revision,
    url: "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio",
    standing: "normative",
    streamedBy: streamedByProgress,
  },
  can: ["discover", "send", "stream"],
  cannot: { start: noTasks, poll: noTasks, cancel: noTasks },
  mostSessions: mostProcesses,
  connect: (url, options) => startSession(url, options, { framing: statelessFraming, begin, call, stream }),
});

async function begin(messages: McpMessages, _: unknown, signal: AbortSignal): Promise<void> {
  try {
    succeeded(readDiscovered(await ask(messages, discoverRequest, null, signal)));
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    if (kind !== "rejected") throw error;
    // Servers of earlier revisions do not know the method, and say so in their own ways (stdio, "Backward Compatibility").
    throw new Failure(kind, `${sentence}; a server of revision 2025-11-25 is measured by mcp/stdio@2025-11-25`);
  }
}

async function call(messages: McpMessages, operation: UnaryOf<Kind>, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "send": {
      const { agent, body } = operation;
      return succeeded(readToolText(await ask(messages, (id) => callRequest(id, agent, body), agent, signal)));
    }
    case "discover": {
      const page = (cursor: string | null): Promise<unknown> =>
        ask(messages, (id) => listRequest(id, cursor), null, signal);
      return allTools(async (cursor) => succeeded(readToolPage(await page(cursor), "no headers")));
    }
  }
}

function stream(messages: McpMessages, { agent, body }: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  return streamedOn(messages, (id) => streamRequest(id, agent, body), {
    ...{ tool: agent, signal },
    read: (result) => succeeded(readToolText(result)),
  });
}
