import { callInSession, initialize, sessionFraming } from "@apb/adapter-websocket/mcp-messages";
import type { Binding } from "@apb/core/binding";
import { binding } from "@apb/core/offer";
import { initializedText, sessionRevision } from "@apb/protocols/mcp-session";
import { mostProcesses, startSession } from "./processes.ts";

const noTasks = `tasks are an experiment in MCP ${sessionRevision}: a call has one answer`;
const noStream = "a tool answers with one result; only other messages come before it";

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
  },
  can: ["discover", "send"],
  cannot: { stream: noStream, start: noTasks, poll: noTasks, cancel: noTasks },
  mostSessions: mostProcesses,
  connect: (url, options) =>
    startSession(url, options, {
      framing: sessionFraming,
      async begin(messages, channel, signal) {
        await initialize(messages, signal);
        channel.send(initializedText);
      },
      call: callInSession,
    }),
});
