import { type Binding, type ClientKind, type Headers, usualMaxReplyBytes } from "@apb/core/binding";
import type { ServerKind } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import { vocabulary } from "@apb/core/metrics";
import { pointLoad } from "@apb/core/points";
import { requireLoad } from "@apb/core/require-load";
import type { Profile, Scenario } from "@apb/core/scenario";
import type { Threshold } from "@apb/core/threshold";
import { parseThresholdFlag, type Vocabulary } from "@apb/core/threshold-grammar";
import type { Command } from "@apb/runner/command";
import type { ScenarioFile } from "@apb/scenario-file/open-file";
import { callOf, headersOf } from "./call-flags.ts";
import { findProfile, profiles } from "./catalog.ts";
import { commandOf } from "./command-flags.ts";
import { fileProfile } from "./file-order.ts";
import type { Format, RunFlags } from "./flags.ts";
import { type LoadFlags, loadFlagNames, withLoad } from "./load-flags.ts";
import { expectOneOf, selectBindings, selectScenarios, selectServers } from "./selection.ts";
import { isStartedByClients } from "./servers.ts";

/** What a run is to do: everything that flags say, in the code's own types, and nothing that has happened yet. */
export interface Order {
  /** The file that says the scenario; null for bundled ones. */
  readonly file: ScenarioFile | null;
  readonly bindings: readonly Binding[];
  readonly scenarios: readonly Scenario[];
  readonly servers: readonly ServerKind[];
  readonly clients: readonly ClientKind[];
  readonly profile: Profile;
  readonly thresholds: readonly Threshold[];
  /** A server that is not ours, and where its memory and CPU are read, should that be known; null for the bundled servers. */
  readonly target: { readonly url: string; readonly pid: number | null } | null;
  /** What every request carries beside the protocol's own headers. */
  readonly headers: Headers;
  /** What starts the server at the target; null where it runs already, or is bundled. */
  readonly command: Command | null;
  readonly timeoutMs: number;
  readonly maxReplyBytes: number;
  readonly delayMs: number;
  readonly workMs: number;
  readonly generators: number;
  readonly seed: number;
  readonly layers: boolean;
  readonly format: Format;
  /** The folder of the run; null for a new one among the results. */
  readonly out: string | null;
  /** What the names of Locust's files begin with; null where none are to be written. */
  readonly csv: string | null;
  /** The run to compare with when done, and what is a regression. */
  readonly baseline: string | null;
  readonly maxRegression: number;
  readonly force: boolean;
}

/** Flags → what is to be done. Pure; throws `usage` for what makes no sense, before anything is measured. */
export function orderOf(flags: RunFlags, file: ScenarioFile | null = null): Order {
  requireSense(flags);
  const { target, pid, timeout, delay, work, generators, seed, format, maxRegression } = flags;
  const servers = selectServers(flags);
  const bindings = selectBindings(flags);
  const scenarios = file === null ? selectScenarios(flags) : [file.scenario];
  const profile = file === null ? selectProfile(flags) : fileProfile(flags, file);
  const headers = headersOf(flags);
  const deaf = bindings.find(({ id }) => isStartedByClients(id));
  if (deaf !== undefined && Object.keys(headers).length > 0)
    throw new Failure("usage", `${deaf.id} has no headers; give its server what it must know by --serve-env`);
  if (flags.goodput !== undefined && !scenarios.some(({ needs }) => needs.has("stream")))
    throw new Failure(
      "usage",
      "--goodput judges streams, and no scenario of this run streams; add --scenario streaming",
    );
  for (const { load } of pointsOf(scenarios, profile).flatMap(({ workloads }) => workloads)) requireLoad(load);
  const own = scenarios.flatMap(({ metrics = [] }) => metrics);
  const known = vocabulary(tagsOf({ bindings, scenarios, servers, clients: flags.client, profile }), own);
  return {
    ...{ file, bindings, scenarios, servers, profile, generators, seed, format, maxRegression },
    clients: flags.client,
    thresholds: (flags.threshold ?? []).flatMap((text) => parseThresholdFlag(text, known)),
    target: target === undefined ? null : { url: target, pid: pid ?? null },
    headers,
    command: commandOf(flags, bindings),
    timeoutMs: timeout,
    maxReplyBytes: flags.maxReply ?? usualMaxReplyBytes,
    delayMs: delay,
    workMs: work,
    layers: flags.layers === true,
    out: flags.out ?? null,
    csv: flags.csv ?? null,
    baseline: flags.baseline ?? null,
    force: flags.force === true,
  };
}

function pointsOf(scenarios: readonly Scenario[], profile: Profile) {
  return scenarios.flatMap((scenario) => scenario.points(profile));
}

/** For every tag that a threshold may have, the values there are in this run. */
function tagsOf({
  bindings,
  scenarios,
  servers,
  clients,
  profile,
}: Pick<Order, "bindings" | "scenarios" | "servers" | "clients" | "profile">): Vocabulary["tags"] {
  const points = pointsOf(scenarios, profile);
  const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];
  const params = unique(points.flatMap((point) => Object.keys(point.params)));
  return {
    ...Object.fromEntries(
      params.map((name) => [name, unique(points.flatMap((point) => String(point.params[name] ?? [])))]),
    ),
    step: unique(["total", "connect", "wait", ...scenarios.flatMap(({ steps }) => steps)]),
    workload: unique(points.flatMap(({ workloads }) => workloads.map(({ name }) => name))),
    scenario: scenarios.map(({ name }) => name),
    binding: bindings.map(({ id }) => id),
    load: unique(points.map(pointLoad)),
    server: servers,
    client: clients,
    security: ["plain"],
  };
}

/** The profile named, with the fields that flags overwrite. Throws `usage`. */
export function selectProfile(flags: RunFlags): Profile {
  expectOneOf("--profile", flags.profile, Object.keys(profiles));
  const named = findProfile(flags.profile) as Profile;
  const profile = withLoad(
    { ...named, warmUpMs: flags.warmUp ?? named.warmUpMs, primeMs: flags.warmUp ?? named.primeMs },
    flags,
  );
  const call = callOf(flags);
  const [first, ...others] = flags.connections ?? [];
  const shared = others.length > 0 ? undefined : first;
  return {
    ...profile,
    rounds: flags.rounds ?? profile.rounds,
    sizesBytes: flags.size ?? profile.sizesBytes,
    rungs: flags.connections ?? profile.rungs,
    ...(flags.ceiling === undefined ? {} : { ceilingMs: flags.ceiling }),
    ...(flags.events === undefined ? {} : { events: flags.events }),
    ...(flags.goodput === undefined ? {} : { goodput: flags.goodput }),
    ...(flags.phases === undefined ? {} : { phases: flags.phases }),
    ...(shared === undefined ? {} : { sessions: shared }),
    ...(call === null ? {} : { call }),
  };
}

/** Layers are told apart under a constant load of VUs on the bundled servers: --vus and --duration alone may say of it. */
function requireLayersAlone(flags: RunFlags): void {
  const fitting: readonly string[] = ["vus", "duration"] satisfies (keyof LoadFlags)[];
  const others = Object.entries(loadFlagNames).filter(([flag]) => !fitting.includes(flag));
  const given = [
    ["target", "--target"] as const,
    ["serve", "--serve"] as const,
    ["agent", "--agent"] as const,
    ...others,
  ]
    .filter(([flag]) => flags[flag as keyof RunFlags] !== undefined)
    .map(([, name]) => name);
  if (given.length === 0) return;
  throw new Failure(
    "usage",
    `--layers puts VUs on the bundled servers, one unless --vus says more, for --duration; leave ${given.join(", ")} out`,
  );
}

/** Refuses flags that would have no effect, rather than to measure something else than was meant. Throws `usage`. */
function requireSense(flags: RunFlags): void {
  const { pid, target, serve, delay, work, size, events, connections, scenario, layers } = flags;
  const without = (name: string): boolean => scenario !== undefined && !scenario.includes(name);
  if (pid !== undefined && target === undefined)
    throw new Failure("usage", "--pid says whose memory to read of a --target; without one, leave it out");
  const other = target !== undefined ? "--target" : "--serve";
  if ((target ?? serve) !== undefined && (delay > 0 || work > 0))
    throw new Failure(
      "usage",
      `--delay and --work are for the bundled agents, and ${other} has its own; leave them out`,
    );
  if (size !== undefined && flags.body !== undefined)
    throw new Failure("usage", "--body says how large a message is, and so does --size; leave one out");
  if (layers === true) requireLayersAlone(flags);
  if (layers === true && without("message-size"))
    throw new Failure("usage", "--layers are told apart in the scenario message-size, which --scenario leaves out");
  if (size !== undefined && without("message-size"))
    throw new Failure("usage", "--size is for the scenario message-size, which --scenario leaves out");
  if (events !== undefined && scenario?.includes("streaming") !== true)
    throw new Failure("usage", "--events is for the scenario streaming; add --scenario streaming");
  if ((connections?.length ?? 0) > 1 && without("concurrency-ladder"))
    throw new Failure(
      "usage",
      "several --connections are for the scenario concurrency-ladder, which --scenario leaves out",
    );
}
