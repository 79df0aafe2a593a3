import type { StdioDoor } from "../stdio-doors.ts";
import { installed } from "./installed.ts";
import { sessionDeviations } from "./mcp-session-deviations.ts";

/** The official SDKs on a process's input and output. */
export const sdkStdioDoors: readonly StdioDoor[] = [
  {
    binding: "mcp/stdio",
    packages: ["@modelcontextprotocol/server@2"],
    sdk: () => installed("@modelcontextprotocol/server"),
    serve: async (...process) => (await import("./mcp-stdio.ts")).serveMcpStdio(...process),
  },
  {
    binding: "mcp/stdio@2025-11-25",
    packages: ["@modelcontextprotocol/sdk@1"],
    sdk: () => installed("@modelcontextprotocol/sdk"),
    deviations: sessionDeviations,
    serve: async (...process) => (await import("./mcp-session-stdio.ts")).serveMcpSessionStdio(...process),
  },
];
