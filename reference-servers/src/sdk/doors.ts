import { bareDoors } from "../bare/doors.ts";
import type { Door } from "../doors.ts";
import { installed, notInstalled } from "./installed.ts";
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

/** The packages that an SDK's door is made of, as npm is asked for them; those in `under` are not worth naming in a table. */
function from(sdk: string, joint: "on" | "with", beside: string, ...under: readonly string[]) {
  return { packages: [sdk, beside, ...under], sdk: () => `${installed(sdk)} ${joint} ${installed(beside)}` };
}

/** The official SDKs as servers of the same agents. Each takes a port, and so a process, of its own. */
export const sdkDoors: readonly Door[] = [
  {
    binding: "mcp/jsonrpc",
    listener: "own",
    port: 3000,
    scheme: "http",
    path: "/mcp",
    ...from("@modelcontextprotocol/server@2", "on", "@modelcontextprotocol/node@2"),
    serve: async (agents, at) => (await import("./mcp.ts")).serveMcp(agents, at),
  },
  {
    binding: "mcp/jsonrpc@2025-11-25",
    listener: "own",
    port: 3001,
    scheme: "http",
    path: "/mcp",
    ...from("@modelcontextprotocol/sdk@1", "on", "express@5"),
    deviations: sessionDeviations,
    serve: async (agents, at) => (await import("./mcp-sessions.ts")).serveMcpSessions(agents, at),
  },
  {
    binding: "a2a/jsonrpc",
    listener: "own",
    port: 8000,
    scheme: "http",
    path: "/agents/{agent}/rpc",
    ...from("@a2a-js/sdk@1", "on", "express@5"),
    serve: async (agents, at) => (await import("./a2a-http.ts")).serveA2aJsonrpc(agents, at),
  },
  {
    binding: "a2a/rest",
    listener: "own",
    port: 8002,
    scheme: "http",
    path: "/agents/{agent}",
    ...from("@a2a-js/sdk@1", "on", "express@5"),
    serve: async (agents, at) => (await import("./a2a-http.ts")).serveA2aRest(agents, at),
  },
  {
    binding: "a2a/grpc",
    listener: "own",
    port: 50052,
    scheme: "http",
    path: "",
    ...from("@a2a-js/sdk@1", "on", "@grpc/grpc-js@1", "@bufbuild/protobuf@2"),
    serve: async (agents, at) => (await import("./a2a-grpc.ts")).serveA2aGrpc(agents, at),
  },
  {
    binding: "agp/grpc",
    listener: "own",
    port: 50051,
    scheme: "http",
    path: "",
    ...from("@grpc/grpc-js@1", "with", "@grpc/proto-loader@0.8"),
    serve: async (agents, at) => (await import("./agp-grpc.ts")).serveAgpGrpc(agents, at),
  },
  ...slimDoors,
];

/** What the SDK servers of these bindings need that is not installed here, and how it comes here, as a sentence; null when nothing. */
export function lacking(bindings: readonly string[]): string | null {
  const wanted = [...sdkDoors, ...sdkStdioDoors].filter(({ binding }) => bindings.includes(binding));
  const packages = wanted.flatMap((door) => ("packages" in door ? (door.packages ?? []) : []));
  const reasons = [
    notInstalled([...new Set(packages)]),
    slimDoors.some((door) => wanted.includes(door)) ? withoutSlim() : null,
  ];
  const found = reasons.filter((reason) => reason !== null);
  return found.length === 0 ? null : found.join("; ");
}

const noAcpServer =
  "ACP's TypeScript SDK (acp-sdk 1.0.3, archived) has a client only; its official server is in Python";

/** Bindings no official SDK serves in TypeScript, and why, as a sentence for the table. */
export const withoutSdk: Readonly<Record<string, string>> = {
  "mcp/websocket": "MCP's SDKs for TypeScript have no WebSocket server, only a client in version 1",
  "acp/rest": noAcpServer,
  "acp/websocket": noAcpServer,
  ...Object.fromEntries(bareDoors.map(({ binding }) => [binding, "Where there is no protocol there is no SDK for it"])),
  ...Object.fromEntries(
    [...sdkDoors, ...sdkStdioDoors]
      .map(({ binding }) => [binding, lacking([binding])])
      .filter(([, reason]) => reason !== null),
  ),
};

/** What answers at a binding's SDK door, with versions: "@a2a-js/sdk 1.3.0 on express 5.1.0". Throws where there is none. */
export function sdkOf(binding: string): string {
  const onPipes = sdkStdioDoors.find((candidate) => candidate.binding === binding);
  const door = onPipes ?? sdkDoors.find((candidate) => candidate.binding === binding && candidate.listener === "own");
  if (door === undefined || !("sdk" in door) || door.sdk === undefined)
    throw new Error(`there is no SDK server for ${binding}`);
  return door.sdk();
}
