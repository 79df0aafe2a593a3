import type { Agents } from "./agents/agents.ts";
import type { GrpcDoor } from "./grpc-listener.ts";
import type { HttpDoor } from "./http-listener.ts";

interface Address {
  readonly binding: string;
  /** The course's own port for it. */
  readonly port: number;
  readonly scheme: "http" | "ws";
  /** Path of the URL a client is given; `{agent}` stands for the agent's name. */
  readonly path: string;
}

/** One binding's server side, loaded only when it is opened. Doors of one listener kind and port share a process. */
export type Door =
  | (Address & { readonly listener: "http"; open(agents: Agents): Promise<HttpDoor> })
  | (Address & { readonly listener: "grpc"; open(agents: Agents): Promise<GrpcDoor> });

/** Every door there is. Where two share a port the more specific path comes first. */
export const doors: readonly Door[] = [
  {
    binding: "mcp/jsonrpc",
    listener: "http",
    port: 3000,
    scheme: "http",
    path: "/mcp",
    open: async (agents) => (await import("./mcp/jsonrpc.ts")).mcpJsonrpc(agents),
  },
  {
    binding: "a2a/jsonrpc",
    listener: "http",
    port: 8000,
    scheme: "http",
    path: "/agents/{agent}/rpc",
    open: async (agents) => (await import("./a2a/jsonrpc.ts")).a2aJsonrpc(agents),
  },
  {
    binding: "a2a/rest",
    listener: "http",
    port: 8000,
    scheme: "http",
    path: "/agents/{agent}",
    open: async (agents) => (await import("./a2a/rest.ts")).a2aRest(agents),
  },
  {
    binding: "a2a/grpc",
    listener: "grpc",
    port: 50052,
    scheme: "http",
    path: "",
    open: async (agents) => (await import("./a2a/grpc.ts")).a2aGrpc(agents),
  },
  {
    binding: "agp/grpc",
    listener: "grpc",
    port: 50051,
    scheme: "http",
    path: "",
    open: async (agents) => (await import("./agp/grpc.ts")).agpGrpc(agents),
  },
  {
    binding: "acp/rest",
    listener: "http",
    port: 8001,
    scheme: "http",
    path: "",
    open: async (agents) => (await import("./acp/rest.ts")).acpRest(agents),
  },
  {
    binding: "acp/websocket",
    listener: "http",
    port: 8001,
    scheme: "ws",
    path: "/ws",
    open: async (agents) => (await import("./acp/websocket.ts")).acpWebSocket(agents),
  },
];
