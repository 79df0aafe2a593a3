/** How the server introduces itself, in every revision. */
export const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" } as const;
