import { fileURLToPath } from "node:url";
import { agpGrpc } from "@apb/adapter-grpc/agp";
import { mcpJsonrpc } from "@apb/adapter-jsonrpc/mcp";
import { acpRest } from "@apb/adapter-rest/acp";
import { acpWebSocket } from "@apb/adapter-websocket/acp";
import type { Binding, ClientKind } from "@apb/core/binding";
import { type Carrier, carriers } from "@apb/core/transport";

/** The body of every message here. */
export const bodyBytes = 1024;

/** Users of a closed load, and connections of every load. */
export const users = 10;

/** The bindings measured here: the simplest envelope of each transport, and one with headers worth comparing. */
export const bindings: readonly Binding[] = [acpRest, agpGrpc, acpWebSocket, mcpJsonrpc];

/** A binding by one of the clients: all the code between the stopwatch and the kernel. */
export interface Path {
  readonly transport: Carrier;
  readonly binding: string;
  readonly client: ClientKind;
}

/** Both clients, the one that is used unless told otherwise first. */
const clients: readonly ClientKind[] = ["wire", "library"];

function byBothClients({ id, transport }: Binding): readonly Path[] {
  return clients.map((client) => ({ transport: carriers[transport], binding: id, client }));
}

/** Every transport by every client, in the order tables show them. */
export const paths: readonly Path[] = [
  ...byBothClients(acpRest),
  ...byBothClients(agpGrpc),
  ...byBothClients(acpWebSocket),
];

/** Entry files of the processes, by package.json's `imports`. */
export const files = {
  generator: fileURLToPath(import.meta.resolve("#ceiling-generator")),
  nullServer: fileURLToPath(import.meta.resolve("#null-server")),
  referenceServer: fileURLToPath(import.meta.resolve("#server")),
} as const;
