import type { Readable, Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { Agents } from "../agents/agents.ts";
import { serverOf } from "./mcp-session-server.ts";

/** MCP 2025-11-25 by version 1 of the official SDK: one session, on one input and output. */
export function serveMcpSessionStdio(agents: Agents, input: Readable, output: Writable): Promise<void> {
  return serverOf(agents).connect(new StdioServerTransport(input, output));
}
