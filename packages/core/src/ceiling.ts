import type { BindingIdentity, ClientKind } from "./binding.ts";
import type { CellId } from "./cell.ts";
import { carriers } from "./transport.ts";

/** What one load generator process can do at most, against a server that does nothing; measured at the start of a run. */
export interface Ceiling {
  /** The carrier of the transports that it holds for, as {@link carriers} names it. */
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

/** The ceiling that holds for a cell of a run with these bindings; null when it was not measured. */
export function ceilingOf(
  { ceilings, bindings }: { readonly ceilings: readonly Ceiling[]; readonly bindings: RunBindings },
  { binding, client }: Pick<CellId, "binding" | "client">,
): Ceiling | null {
  const transport = bindings[binding]?.transport;
  if (transport === undefined) return null;
  const carrier = carriers[transport];
  return ceilings.find((ceiling) => ceiling.transport === carrier && ceiling.client === client) ?? null;
}

type RunBindings = Readonly<Record<string, Pick<BindingIdentity, "transport">>>;
