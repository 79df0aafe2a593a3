import type { Agents } from "./agents/agents.ts";
import type { GrpcDoor } from "./grpc-listener.ts";
import type { HttpDoor } from "./http-listener.ts";

interface Address {
  readonly binding: string;
  /** The course's own port for it. */
  readonly port: number;
  readonly scheme: "http" | "ws" | "tcp";
  /** Path of the URL a client is given; `{agent}` stands for the agent's name. */
  readonly path: string;
}

/** Where to listen: `loopback` is 127.0.0.1 and, for a fixed port, ::1; port 0 lets the system choose. */
export interface Place {
  readonly port: number;
  readonly host: string;
}

/** A server that listens. */
export interface Opened {
  readonly port: number;
  /** Refuses new connections, ends idle ones and waits a moment for the rest. */
  close(): Promise<void>;
}

/** One binding's server side, loaded only when it is opened. Doors of one listener kind and port share a process. */
export type Door =
  | (Address & { readonly listener: "http"; open(agents: Agents): Promise<HttpDoor> })
  | (Address & { readonly listener: "grpc"; open(agents: Agents): Promise<GrpcDoor> })
  | (Address & {
      /** Brings its own server; shares its port with no other door. */
      readonly listener: "own";
      serve(agents: Agents, at: Place): Promise<Opened>;
      /** What serves where it is an SDK, with versions: "@a2a-js/sdk 1.3.0 on express 5.1.0". */
      sdk?(): string;
      /** The packages it is made of, as npm is asked for them: "express@5". */
      readonly packages?: readonly string[];
      /** Checks it fails by its own making, whatever we do, by name; each with what it does otherwise, as a sentence. */
      readonly deviations?: Readonly<Record<string, string>>;
    });

const onlySlimsOwn = "SLIM's messages pass through a node, and there is only SLIM's own: add --server sdk";

/** Bindings that only an SDK serves, and why, as a sentence for the table. */
export const withoutReference: Readonly<Record<string, string>> = {
  "slim/grpc": onlySlimsOwn,
  "slim/grpc@reliable": onlySlimsOwn,
  "slim/websocket": onlySlimsOwn,
  "slim/websocket@reliable": onlySlimsOwn,
};

/** One endpoint, which answers two revisions: whichever is asked for, both are opened. */
const mcpOnHttp = {
  listener: "http",
  port: 3000,
  scheme: "http",
  path: "/mcp",
  open: async (agents: Agents) => (await import("./mcp/jsonrpc.ts")).mcpJsonrpc(agents),
} as const;

/** Every door there is. Where two share a port the more specific path comes first. */
export const doors: readonly Door[] = [
  { binding: "mcp/jsonrpc", ...mcpOnHttp },
  { binding: "mcp/jsonrpc@2025-11-25", ...mcpOnHttp },
  {
    binding: "mcp/websocket",
    listener: "http",
    port: 3000,
    scheme: "ws",
    path: "/mcp",
    open: async (agents) => (await import("./mcp/websocket.ts")).mcpWebSocket(agents),
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
