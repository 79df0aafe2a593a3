import type { Binding } from "@apb/core/binding";
import { isOwnServer, type OwnServerKind, type ServerKind } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import { bareDoors } from "@apb/reference-servers/bare/doors";
import { type Door, doors, withoutReference } from "@apb/reference-servers/doors";
import { lacking, sdkDoors, sdkOf, withoutSdk } from "@apb/reference-servers/sdk/doors";
import { sdkStdioDoors } from "@apb/reference-servers/sdk/stdio-doors";
import { type StdioDoor, stdioDoors } from "@apb/reference-servers/stdio-doors";

/** Both kinds, in the order tables show them. */
export const ownServers: readonly OwnServerKind[] = ["reference", "sdk"];

/** What there is of each kind, and the reasons for what there is not. Code is loaded where a door is opened, never here. */
const offered: Readonly<Record<OwnServerKind, Offered>> = {
  reference: { doors, stdio: stdioDoors, without: withoutReference },
  sdk: { doors: sdkDoors, stdio: sdkStdioDoors, without: withoutSdk },
};

interface Offered {
  readonly doors: readonly Door[];
  readonly stdio: readonly StdioDoor[];
  readonly without: Readonly<Record<string, string>>;
}

/** Every door of a kind of server that has a usual port. */
export function doorsOf(kind: OwnServerKind): readonly Door[] {
  return offered[kind].doors;
}

/** Why a binding has no server of a kind, as a sentence a reader of the table can use; null when it has one, as who is not ours always does. */
export function withoutServer(kind: ServerKind, binding: string): string | null {
  if (!isOwnServer(kind)) return null;
  const reason = offered[kind].without[binding];
  if (reason !== undefined) return reason;
  if (isStartedByClients(binding)) return null;
  const doorsThere = kind === "reference" ? [...doors, ...bareDoors] : offered[kind].doors;
  return doorsThere.some((door) => door.binding === binding) ? null : `${binding} has no ${kind} server`;
}

/**
 * What is asked for must be here: throws `usage`, with how it comes here, where an SDK's server of one of these bindings
 * needs what is not installed. Of `--binding all`, what is not installed is a hole of the table.
 */
export function requireInstalled(
  kinds: readonly ServerKind[],
  bindings: readonly Binding[],
  named?: readonly string[],
): void {
  if (!kinds.includes("sdk") || named?.includes("all")) return;
  const reason = lacking(bindings.map(({ id }) => id));
  const otherwise = kinds.includes("reference") ? "; --server reference does without" : "";
  if (reason !== null) throw new Failure("usage", `--server sdk: ${reason}${otherwise}`);
}

/** Whether the server of a binding has no address: its clients start it, a process for each session. */
export function isStartedByClients(binding: string): boolean {
  return stdioDoors.some((door) => door.binding === binding);
}

/** Checks that a binding's server fails by its own making, by name, each with what it does otherwise. */
export function deviationsOf(kind: ServerKind, binding: string): Readonly<Record<string, string>> {
  if (!isOwnServer(kind)) return {};
  const { doors: listening, stdio } = offered[kind];
  const door = [...listening, ...stdio].find((one) => one.binding === binding);
  return (door !== undefined && "deviations" in door ? door.deviations : undefined) ?? {};
}

/** What serves each of these bindings that an SDK serves, with versions: "@a2a-js/sdk 1.3.0 on express 5.1.0". */
export function sdksOf(bindings: readonly string[]): Readonly<Record<string, string>> {
  const served = bindings.filter((binding) => withoutServer("sdk", binding) === null);
  return Object.fromEntries(served.map((binding) => [binding, sdkOf(binding)]));
}
