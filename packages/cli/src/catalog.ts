import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bareGrpc } from "@apb/adapter-bare/grpc";
import { bareHttp } from "@apb/adapter-bare/http";
import { bareTcp } from "@apb/adapter-bare/tcp";
import { bareWebSocket } from "@apb/adapter-bare/websocket";
import { a2aGrpc } from "@apb/adapter-grpc/a2a";
import { agpGrpc } from "@apb/adapter-grpc/agp";
import { a2aJsonrpc } from "@apb/adapter-jsonrpc/a2a";
import { mcpJsonrpc } from "@apb/adapter-jsonrpc/mcp";
import { mcpJsonrpcSession } from "@apb/adapter-jsonrpc/mcp-session";
import { a2aRest } from "@apb/adapter-rest/a2a";
import { acpRest } from "@apb/adapter-rest/acp";
import { slimGrpc, slimGrpcReliable, slimWebSocket, slimWebSocketReliable } from "@apb/adapter-slim/slim";
import { mcpStdio } from "@apb/adapter-stdio/mcp";
import { mcpStdioSession } from "@apb/adapter-stdio/mcp-session";
import { acpWebSocket } from "@apb/adapter-websocket/acp";
import { mcpWebSocket } from "@apb/adapter-websocket/mcp";
import { profiles } from "@apb/benchmarks/profiles";
import { scenarios, usualScenarios } from "@apb/benchmarks/scenarios";
import type { Binding } from "@apb/core/binding";
import type { Profile, Scenario } from "@apb/core/scenario";
import { isClone } from "./origin.ts";

/** Every binding there is, in the order tables show them. To add one: write its adapter and its door, and name it here. */
export const bindings: readonly Binding[] = [
  mcpJsonrpc,
  mcpJsonrpcSession,
  mcpWebSocket,
  mcpStdio,
  mcpStdioSession,
  a2aRest,
  a2aJsonrpc,
  a2aGrpc,
  agpGrpc,
  acpRest,
  acpWebSocket,
  slimGrpc,
  slimGrpcReliable,
  slimWebSocket,
  slimWebSocketReliable,
];

/**
 * What is under them: a plain socket, and each transport without a protocol. They are measured where they are named, and by
 * `--layers`; in `--binding all` they would be rows of a comparison that they are no part of.
 */
export const bareBindings: readonly Binding[] = [bareTcp, bareHttp, bareGrpc, bareWebSocket];

/** The bindings of a plain `bench`: each protocol through its most usual door, ACP through both of its. */
export const defaultBindings: readonly string[] = ["mcp/jsonrpc", "a2a/rest", "agp/grpc", "acp/rest", "acp/websocket"];

/** The bindings whose layers are told apart unless others are named: each protocol on each transport that its specification or the course has. */
export const layeredBindings: readonly string[] = [
  "mcp/jsonrpc",
  "a2a/jsonrpc",
  "a2a/rest",
  "a2a/grpc",
  "agp/grpc",
  "acp/rest",
  "acp/websocket",
];

/** The bindings' protocols. */
export const protocols: readonly string[] = [...new Set(bindings.map(({ protocol }) => protocol))];

export { profiles, scenarios, usualScenarios };

const root = fileURLToPath(new URL("../../../", import.meta.url));
const results = isClone ? join(root, "results/") : resolve("results");

/** Where things are; what package.json's `imports` name is elsewhere in the npm package, and there its own `imports` say where. */
export const files = {
  /** Entry of a server process. */
  server: fileURLToPath(import.meta.resolve("#server")),
  /** Entry of a server process that its client starts for one session. */
  sessionServer: fileURLToPath(import.meta.resolve("#session-server")),
  /** Entry of the load generator process. */
  generator: fileURLToPath(import.meta.resolve("#generator")),
  /** What the course expects of each protocol. */
  expectations: fileURLToPath(import.meta.resolve("#expectations")),
  /** Where runs go unless told otherwise: the clone's own folder, or `results` where the npm package's command is called. */
  results,
  /** Where the history is unless told otherwise. */
  history: join(results, "history"),
  /** The clone's top folder; nothing of the npm package is there. */
  root,
} as const;

export function findBinding(id: string): Binding | undefined {
  return [...bindings, ...bareBindings].find((binding) => binding.id === id);
}

export function findScenario(name: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.name === name);
}

export function findProfile(name: string): Profile | undefined {
  return profiles[name];
}
