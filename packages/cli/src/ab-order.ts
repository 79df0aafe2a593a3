import { isOwnServer } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import { portPlace } from "@apb/core/url";
import type { ScenarioFile } from "@apb/scenario-file/open-file";
import { type BaseFlags, flagsOfSide, type SideFlags } from "./ab-settings.ts";
import { maskingOf, secretsOf } from "./discreet.ts";
import { flagsWithFile } from "./file-order.ts";
import { type Order, orderOf } from "./order.ts";
import { isStartedByClients, requireInstalled, withoutServer } from "./servers.ts";

/** The flags of `ab`. */
export interface ABFlags extends BaseFlags {
  readonly a?: SideFlags;
  readonly b?: SideFlags;
  readonly until?: number;
  readonly budget: number;
  readonly restarts?: number;
  readonly control: boolean;
  readonly confirm?: boolean;
}

/** One side: an ordinary order, and what no run has. */
export interface SideOrder {
  readonly label: string;
  readonly order: Order;
  /** The commit whose bundled servers answer; null for what runs here. */
  readonly ref: string | null;
  readonly nodeFlags: readonly string[];
}

/** What an A/B is to do. */
export interface ABOrder {
  readonly a: SideOrder;
  readonly b: SideOrder;
  /** Whether a second A takes turns with both. */
  readonly control: boolean;
  /** A half-width of the judged intervals, as a fraction, that is enough; null: the whole budget is spent. */
  readonly until: number | null;
  /** For each binding. */
  readonly budgetMs: number;
  /** So many restarts, whatever the budget; null: as many as it allows. */
  readonly restarts: number | null;
  readonly confirm: boolean;
}

/** A scenario file, and the flags that somebody gave, by their names. */
export interface GivenFile {
  readonly file: ScenarioFile | null;
  readonly flags: ReadonlySet<string>;
}

/** Flags → what is to be done. Pure; throws `usage` for what makes no sense, before anything is started. */
export function abOrderOf(flags: ABFlags, given: GivenFile): ABOrder {
  const { a, b, until, budget, restarts, control, confirm, ...common } = flags;
  if (a === undefined && b === undefined)
    throw new Failure("usage", "ab compares two sides; say how they differ, like --a server=reference --b server=sdk");
  // Message by message, unless somebody asks for more: each scenario takes its share of the budget.
  const base: BaseFlags = { ...common, ...(given.file === null && common.scenario === undefined ? usualScenario : {}) };
  const sides = { a: sideOf(base, a, given), b: sideOf(base, b, given) };
  const order = {
    // Of what runs already there is no second one.
    ...{ ...sides, control: control && isRestarted(sides.a), budgetMs: budget },
    ...{ until: until ?? null, restarts: restarts ?? null, confirm: confirm === true },
  };
  requireApart(order);
  return order;
}

const usualScenario = { scenario: ["message-size"] } as const;

function sideOf(base: BaseFlags, own: SideFlags | undefined, { file, flags: names }: GivenFile): SideOrder {
  const { flags, side } = flagsOfSide(base, own);
  const order = orderOf(file === null ? flags : flagsWithFile(flags, file, names), file ?? undefined);
  const [server, ...furtherServers] = order.servers;
  const [client, ...furtherClients] = order.clients;
  if (server === undefined || client === undefined || furtherServers.length + furtherClients.length > 0)
    throw new Failure(
      "usage",
      "a side is one server and one client, not both; name them as --a server=… and --b server=…",
    );
  for (const { id } of order.bindings) {
    const reason = withoutServer(server, id);
    if (reason !== null) throw new Failure("usage", `${id} has no side server=${server}: ${reason}`);
  }
  requireInstalled(order.servers, order.bindings);
  const deaf = order.bindings.find(({ id }) => isStartedByClients(id));
  if (deaf !== undefined && side.nodeFlags.length > 0)
    throw new Failure(
      "usage",
      `node-flag= is for servers that we start, and ${deaf.id} is started by its clients; leave it out`,
    );
  const label = maskingOf(secretsOf(order))(side.label ?? usualLabel(order));
  return { label, order, ref: side.ref, nodeFlags: side.nodeFlags };
}

/** Of a side that has no setting of its own. */
function usualLabel({ servers: [server], clients: [client], workMs, delayMs }: Order): string {
  return [
    `server=${server}`,
    ...(client === "library" ? ["client=library"] : []),
    ...(workMs > 0 ? [`work=${workMs}ms`] : []),
    ...(delayMs > 0 ? [`delay=${delayMs}ms`] : []),
  ].join(", ");
}

/** What runs already can neither be started anew nor be there twice. */
function requireApart({ a, b, control }: Pick<ABOrder, "a" | "b" | "control">): void {
  const [left, right] = [a.order.target, b.order.target];
  const [first] = [a, b].filter(({ order }) => order.command === null && order.target !== null);
  if (first !== undefined && first.order.bindings.length !== 1)
    throw new Failure("usage", "target= is one server, and it speaks one binding: add --binding with one");
  if (left !== null && right !== null && a.order.command === null && b.order.command === null && left.url === right.url)
    throw new Failure("usage", "both sides are the same server that runs already: name another target for one of them");
  if (left?.pid !== undefined && left.pid !== null && left.pid === right?.pid)
    throw new Failure(
      "usage",
      `both sides are the process ${left.pid}, whose CPU would be that of both: name each side's own`,
    );
  const [own, other] = [a.order.command, b.order.command];
  if (own !== null && hasFixedPort(own.url) && (control || own.url === other?.url))
    throw new Failure(
      "usage",
      "A, B and, without --no-control, a second A are up at once: write {port} into serve= and --target in place of a port's number",
    );
}

/** Whether a started server answers where only one can: a command over stdio answers nowhere. */
function hasFixedPort(url: string): boolean {
  return /^(https?|wss?):/i.test(url) && !url.includes(portPlace);
}

/** Whether a side's servers are started anew each time: of one that runs already nothing is known about its restarts. */
export function isRestarted({ order }: SideOrder): boolean {
  return order.command !== null || order.servers.every(isOwnServer);
}
