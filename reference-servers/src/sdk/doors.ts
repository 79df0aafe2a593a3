import { bareDoors } from "../bare/doors.ts";
import type { Door } from "../doors.ts";
import { installed } from "./installed.ts";
import { sessionDeviations } from "./mcp-session-deviations.ts";
import type { SlimScheme } from "./slim.ts";
import { slimBindingsVersion, withoutSlim } from "./slim-bindings.ts";
import { sdkStdioDoors } from "./stdio-doors.ts";

/** Those of a SLIM node, which is there where its bindings are installed. */
export const slimDoors: readonly Door[] = [
  slimDoor("slim/grpc", 46357, "http"),
  slimDoor("slim/grpc@reliable", 46359, "http"),
  slimDoor("slim/websocket", 46358, "ws"),
  slimDoor("slim/websocket@reliable", 46360, "ws"),
];

/** A node does not know how reliable its sessions are: the doors of one transport are the same. */
function slimDoor(binding: string, port: number, scheme: SlimScheme): Door {
  return {
    binding,
    listener: "own",
    port,
    scheme,
    path: "",
    sdk: slimBindingsVersion,
    serve: async (agents, at) => (await import("./slim.ts")).serveSlim(agents, at, scheme),
  };
}

/** The official SDKs as servers of the same agents. Each takes a port, and so a process, of its own. */
export const sdkDoors: readonly Door[] = [
  {
    binding: "mcp/jsonrpc",
    listener: "own",
    port: 3000,
    scheme: "http",
    path: "/mcp",
    sdk: () => `${installed("@modelcontextprotocol/server")} on ${installed("@modelcontextprotocol/node")}`,
    serve: async (agents, at) => (await import("./mcp.ts")).serveMcp(agents, at),
  },
  {
    binding: "mcp/jsonrpc@2025-11-25",
    listener: "own",
    port: 3001,
    scheme: "http",
    path: "/mcp",
    sdk: () => `${installed("@modelcontextprotocol/sdk")} on ${installed("express")}`,
    deviations: sessionDeviations,
    serve: async (agents, at) => (await import("./mcp-sessions.ts")).serveMcpSessions(agents, at),
  },
  {
    binding: "a2a/jsonrpc",
    listener: "own",
    port: 8000,
    scheme: "http",
    path: "/agents/{agent}/rpc",
    sdk: () => `${installed("@a2a-js/sdk")} on ${installed("express")}`,
    serve: async (agents, at) => (await import("./a2a-http.ts")).serveA2aJsonrpc(agents, at),
  },
  {
    binding: "a2a/rest",
    listener: "own",
    port: 8002,
    scheme: "http",
    path: "/agents/{agent}",
    sdk: () => `${installed("@a2a-js/sdk")} on ${installed("express")}`,
    serve: async (agents, at) => (await import("./a2a-http.ts")).serveA2aRest(agents, at),
  },
  {
    binding: "a2a/grpc",
    listener: "own",
    port: 50052,
    scheme: "http",
    path: "",
    sdk: () => `${installed("@a2a-js/sdk")} on ${installed("@grpc/grpc-js")}`,
    serve: async (agents, at) => (await import("./a2a-grpc.ts")).serveA2aGrpc(agents, at),
  },
  {
    binding: "agp/grpc",
    listener: "own",
    port: 50051,
    scheme: "http",
    path: "",
    sdk: () => `${installed("@grpc/grpc-js")} with ${installed("@grpc/proto-loader")}`,
    serve: async (agents, at) => (await import("./agp-grpc.ts")).serveAgpGrpc(agents, at),
  },
  ...slimDoors,
];

const slimIsMissing = withoutSlim();

const noAcpServer =
  "ACP's TypeScript SDK (acp-sdk 1.0.3, archived) has a client only; its official server is in Python";

/** Bindings no official SDK serves in TypeScript, and why, as a sentence for the table. */
export const withoutSdk: Readonly<Record<string, string>> = {
  "mcp/websocket": "MCP's SDKs for TypeScript have no WebSocket server, only a client in version 1",
  "acp/rest": noAcpServer,
  "acp/websocket": noAcpServer,
  ...Object.fromEntries(bareDoors.map(({ binding }) => [binding, "Where there is no protocol there is no SDK for it"])),
  ...(slimIsMissing === null ? {} : Object.fromEntries(slimDoors.map(({ binding }) => [binding, slimIsMissing]))),
};

/** What answers at a binding's SDK door, with versions: "@a2a-js/sdk 1.3.0 on express 5.1.0". Throws where there is none. */
export function sdkOf(binding: string): string {
  const onPipes = sdkStdioDoors.find((candidate) => candidate.binding === binding);
  const door = onPipes ?? sdkDoors.find((candidate) => candidate.binding === binding && candidate.listener === "own");
  if (door === undefined || !("sdk" in door) || door.sdk === undefined)
    throw new Error(`there is no SDK server for ${binding}`);
  return door.sdk();
}
