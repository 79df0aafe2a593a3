// MCP 2025-11-25, Tools, "Error Handling"; https://github.com/modelcontextprotocol/typescript-sdk/issues/1510
const unknownFails =
  "it answers a call of an unknown tool as that tool's failure, where the specification asks for a JSON-RPC error";

/** Checks that version 1 of the official SDK fails by its own making, on whatever transport; each with what it does otherwise. */
export const sessionDeviations: Readonly<Record<string, string>> = {
  "reports an unknown agent": unknownFails,
  "reports an unknown agent of a stream": unknownFails,
};
