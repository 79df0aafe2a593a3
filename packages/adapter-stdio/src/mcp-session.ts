import { callInSession, initialize, sessionFraming, streamInSession } from "@apb/adapter-websocket/mcp-messages";
import type { Binding } from "@apb/core/binding";
import { binding } from "@apb/core/offer";
import { streamedByProgress } from "@apb/protocols/mcp-progress";
import { initializedText, sessionRevision } from "@apb/protocols/mcp-session";
import { mostProcesses, startSession } from "./processes.ts";

const noTasks = `tasks are an experiment in MCP ${sessionRevision}: a call has one answer`;

/** MCP 2025-11-25 on standard input and output: one JSON-RPC message a line; a process of the server's is one session, which `initialize` begins. */
export const mcpStdioSession: Binding = binding({
  protocol: "mcp",
  transport: "stdio",
  variant: sessionRevision,
  spec: {
    name: "MCP",
    version: sessionRevision,
    url: "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio",
    standing: "normative",
    streamedBy: streamedByProgress,
  },
  can: ["discover", "send", "stream"],
  cannot: { start: noTasks, poll: noTasks, cancel: noTasks },
  mostSessions: mostProcesses,
  connect: (url, options) =>
    startSession(url, options, {
      framing: sessionFraming,
      async begin(messages, channel, signal) {
        await initialize(messages, signal);
        channel.send(initializedText);
      },
      call: callInSession,
      stream: streamInSession,
    }),
});
