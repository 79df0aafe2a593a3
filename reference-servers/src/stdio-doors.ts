import type { Readable, Writable } from "node:stream";
import type { Agents } from "./agents/agents.ts";

/** One binding that is served on a process's input and output: whoever talks with it starts the process. */
export interface StdioDoor {
  readonly binding: string;
  serve(agents: Agents, input: Readable, output: Writable): Promise<void>;
  /** What serves where it is an SDK, with its version. */
  sdk?(): string;
  /** The packages it is made of, as npm is asked for them: "express@5". */
  readonly packages?: readonly string[];
  /** Checks it fails by its own making, by name; each with what it does otherwise, as a sentence. */
  readonly deviations?: Readonly<Record<string, string>>;
}

/** Those of the reference server. */
export const stdioDoors: readonly StdioDoor[] = [
  {
    binding: "mcp/stdio",
    serve: async (...process) => (await import("./mcp/stdio.ts")).mcpStdio(...process),
  },
  {
    binding: "mcp/stdio@2025-11-25",
    serve: async (...process) => (await import("./mcp/stdio.ts")).mcpStdioSession(...process),
  },
];
