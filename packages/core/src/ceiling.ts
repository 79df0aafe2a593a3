import type { ClientKind } from "./binding.ts";
import type { CellId } from "./cell.ts";

/** What one load generator process can do at most, against a server that does nothing; measured at the start of a run. */
export interface Ceiling {
  /** As {@link transportOf} names it. */
  readonly transport: string;
  readonly client: ClientKind;
  /** So many users, a connection each. */
  readonly users: number;
  /** The body, the same both ways. */
  readonly sizeBytes: number;
  /** On a core of the process's own. Null when it could not be measured. */
  readonly operationsPerSecond: number | null;
  /** Why it is null; null when it is not. */
  readonly missing: string | null;
}

/** Transports as tables name them, by the second part of a binding's id. */
const transports: Readonly<Record<string, string>> = {
  tcp: "TCP",
  http: "HTTP/1.1",
  jsonrpc: "HTTP/1.1",
  rest: "HTTP/1.1",
  grpc: "gRPC",
  websocket: "WebSocket",
};

/** The transport that carries a binding: of its id `protocol/transport@version`, what the middle stands for, or itself. */
export function transportOf(bindingId: string): string {
  const part = bindingId.slice(bindingId.indexOf("/") + 1).replace(/@.*/, "");
  return transports[part] ?? part;
}

/** The ceiling that holds for a cell; null when it was not measured. */
export function ceilingOf(
  ceilings: readonly Ceiling[],
  { binding, client }: Pick<CellId, "binding" | "client">,
): Ceiling | null {
  const transport = transportOf(binding);
  return ceilings.find((ceiling) => ceiling.transport === transport && ceiling.client === client) ?? null;
}
