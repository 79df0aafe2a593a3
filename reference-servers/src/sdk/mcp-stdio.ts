import type { Readable, Writable } from "node:stream";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Agents } from "../agents/agents.ts";
import { serverOf } from "./mcp-server.ts";

/** MCP 2026-07-28 by version 2 of the official SDK on one input and output, as its guide has it. */
export function serveMcpStdio(agents: Agents, input: Readable, output: Writable): void {
  serveStdio(() => serverOf(agents), { transport: new StdioServerTransport(input, output) });
}
