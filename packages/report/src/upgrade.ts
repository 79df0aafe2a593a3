import type { BindingIdentity } from "@apb/core/binding";
import { type CellId, type CellResult, caseLabel, type Measured } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import { defaultMaxInFlight, type Executor, type Load } from "@apb/core/load";
import { loadLabel } from "@apb/core/load-text";
import { loadFacts } from "@apb/core/points";
import type { RunInfo } from "@apb/core/run";
import type { Profile, View } from "@apb/core/scenario";
import { transports } from "@apb/core/transport";
import type { CellV1, MeasuredV1, ProfileV1, RunV1 } from "./schema-v1.ts";

/** The one place that knows what a run of version 1 means in today's words. Pure. */
export function upgradeRun(
  info: RunV1,
  cells: readonly CellV1[],
): { readonly info: RunInfo; readonly results: readonly CellResult[] } {
  const loadOf = loadsIn(info.profile, cells);
  return { info: upgradeInfo(info, cells, loadOf), results: upgradeCells(info.profile, cells, loadOf) };
}

/** The load that a cell was to be measured under. */
type LoadOf = (cell: CellV1["cell"]) => Load;

function upgradeInfo(
  { selection, profile, bindings, ...rest }: RunV1,
  cells: readonly CellV1[],
  loadOf: LoadOf,
): RunInfo {
  const loads = cells.map(({ cell }) => loadOf(cell));
  const { servers, ...asked } = "server" in selection ? listed(selection) : selection;
  return {
    ...rest,
    schemaVersion: 2,
    selection: { ...asked, servers, thresholds: [] },
    profile: upgradeProfile(profile),
    loads: Object.fromEntries(loads.map((load) => [loadLabel(load), loadFacts([load])])),
    bindings: Object.fromEntries(Object.entries(bindings).map(([id, one]) => [id, { ...identityIn(id), ...one }])),
    views: Object.fromEntries(cells.map(({ cell }) => [cell.scenario, viewOf(cell.case)])),
  };
}

/** `protocol/transport@variant`: the only place that reads an id. Throws `protocol` for one that is none. */
function identityIn(id: string): BindingIdentity {
  const [, protocol, named, variant = null] = /^([^/]+)\/([^@]+)(?:@(.+))?$/.exec(id) ?? [];
  const transport = transports.find((one) => one === named);
  if (protocol === undefined || transport === undefined)
    throw new Failure("protocol", `expected a binding like protocol/transport in run.json, got ${id}`);
  return { protocol, transport, variant };
}

function listed<T extends { server: RunInfo["selection"]["servers"][number] }>({ server, ...rest }: T) {
  return { ...rest, servers: [server] };
}

function upgradeProfile({ users, perSecond, iterations, ...rest }: ProfileV1): Profile {
  const ownLoad = perSecond !== undefined || iterations !== undefined;
  const executor = executorOf({ users, perSecond, iterations, windowMs: rest.windowMs });
  return { ...rest, vus: users, ...(ownLoad ? { executor } : {}) };
}

/** Version 1 had scenarios of three kinds, each with a parameter of its own. */
function viewOf(params: CellId["case"]): View {
  if ("sizeBytes" in params) return "size";
  return "connections" in params ? "ladder" : "general";
}

/** Iterations were of all users together, and the window ended after them or after its time. */
interface LoadV1 {
  readonly users: number;
  readonly perSecond?: number | undefined;
  readonly iterations?: number | undefined;
  readonly windowMs: number;
}

function executorOf({ users, perSecond, iterations, windowMs }: LoadV1): Executor {
  if (perSecond !== undefined)
    return { executor: "constant-arrival-rate", perSecond, durationMs: windowMs, maxInFlight: defaultMaxInFlight };
  if (iterations !== undefined)
    return { executor: "shared-iterations", vus: users, iterations, maxDurationMs: windowMs };
  return { executor: "constant-vus", vus: users, durationMs: windowMs };
}

function todays(load: LoadV1, sessions: number): Load {
  return { ...executorOf(load), sessions, startTimeMs: 0, gracefulStopMs: 0 };
}

/** All cells of a point had one load, those without numbers too. */
function loadsIn(profile: ProfileV1, cells: readonly CellV1[]): LoadOf {
  const known = new Map<string, Load>();
  for (const cell of cells) if (cell.status === "measured") known.set(pointOf(cell.cell), askedOf(cell, profile));
  return (cell) => known.get(pointOf(cell)) ?? intended(cell.case, profile);
}

function upgradeCells(profile: ProfileV1, cells: readonly CellV1[], loadOf: LoadOf): readonly CellResult[] {
  return cells.map((stored) => {
    const load = loadLabel(loadOf(stored.cell));
    const cell: CellId = { ...stored.cell, case: upgradeCase(stored.cell.case), load, security: "plain" };
    return stored.status === "measured"
      ? upgradeMeasured(stored, cell, profile)
      : { ...stored, schemaVersion: 2, cell };
  });
}

function pointOf({ scenario, case: params }: CellV1["cell"]): string {
  return `${scenario} ${caseLabel(params)}`;
}

/** Version 1 had the users of a scenario among its parameters; they are part of the load's label. */
function upgradeCase({ users: _, ...params }: CellId["case"]): CellId["case"] {
  return params;
}

/** Stored were the users that ran, and those whose connections could not be opened did not: the label is of what was asked. */
function askedOf({ load, connections: { asked, held } }: MeasuredV1, profile: ProfileV1): Load {
  const users = Math.round(((load.users ?? 0) * asked) / Math.max(1, held));
  return todays({ ...profile, users, perSecond: load.perSecond ?? undefined }, asked);
}

function intended({ connections }: CellId["case"], profile: ProfileV1): Load {
  const { users, sessions = users } = profile;
  const rung = typeof connections === "number" ? connections : null;
  return todays({ ...profile, users: rung ?? users }, rung ?? sessions);
}

function upgradeMeasured(stored: MeasuredV1, cell: CellId, profile: ProfileV1): Measured {
  const { users, ...load } = stored.load;
  const { executor } = executorOf({ ...profile, users: users ?? 0, perSecond: load.perSecond ?? undefined });
  const { "load.users": noUsers, ...missing } = stored.missing;
  const noGrowth = { "server.rssGrowth": "the first version of these files did not store it" };
  return {
    ...stored,
    schemaVersion: 2,
    cell,
    partial: null,
    load: { ...load, executor, vus: users },
    workloads: {},
    interrupted: 0,
    checks: {},
    thresholds: [],
    server: stored.server === null ? null : { ...stored.server, rssGrowth: null },
    missing: {
      ...missing,
      ...(noUsers === undefined ? {} : { "load.vus": noUsers }),
      ...(stored.server === null ? {} : noGrowth),
    },
  };
}
