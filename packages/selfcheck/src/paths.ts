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

/** Entry files of the processes. */
export const files = {
  generator: fileURLToPath(new URL("./generator.ts", import.meta.url)),
  nullServer: fileURLToPath(new URL("./null/server.ts", import.meta.url)),
  referenceServer: fileURLToPath(import.meta.resolve("@apb/reference-servers/main")),
} as const;
