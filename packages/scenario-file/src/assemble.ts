import { basename, extname } from "node:path";
import type { Need } from "@apb/core/binding";
import type { Failure } from "@apb/core/failure";
import { durationOf } from "@apb/core/load";
import { unknownWord } from "@apb/core/nearest";
import {
  type OwnMetric,
  type Point,
  type Profile,
  loadOf as profileLoad,
  type Scenario,
  type Workload,
} from "@apb/core/scenario";
import type { Threshold } from "@apb/core/threshold";
import { loadOf, stretched } from "./loads.ts";
import type { RawLoad, RawScenario } from "./scenario-schema.ts";
import type { Path, Source } from "./source.ts";
import { thresholdsOf } from "./thresholds.ts";
import { msOf } from "./units.ts";
import type { Surroundings, User } from "./users.ts";
import type { RowByLaw } from "./workload-table.ts";

/** What a scenario file says: a scenario, and what a run of it is unless flags say otherwise. */
export interface Written {
  readonly scenario: Scenario;
  /** What it expects, in sentences. */
  readonly expect: readonly string[];
  /** Null where the file names none. */
  readonly bindings: readonly string[] | null;
  readonly target: string | null;
  /** What every request carries, by name. Mostly secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number | null;
  readonly warmUpMs: number;
  /** Agents that it calls by a name which is always the same, and where that is first written; code has none that are known. */
  readonly agents: ReadonlyMap<string, Path>;
  /** Its table of workloads; empty where it has none. */
  readonly rows: readonly RowByLaw[];
  /** A Failure of kind `usage` with where something is written. */
  failure(path: Path, sentence: string): Failure;
}

/** A load as it is written, by its name. */
export interface NamedLoad {
  readonly name: string;
  readonly raw: RawLoad;
  readonly path: Path;
}

/** Everything that a file says, in whatever language its users are written. */
export interface Parts {
  readonly raw: Omit<RawScenario, "users" | "tasks" | "onStart" | "setup" | "teardown">;
  readonly users: ReadonlyMap<string, User>;
  /** Loads beside the file's `scenarios`. */
  readonly loads: readonly NamedLoad[];
  readonly rows: readonly RowByLaw[];
  readonly around: Surroundings;
  readonly once: Pick<Point, "setup" | "teardown">;
  readonly steps: readonly string[];
  readonly needs: ReadonlySet<Need>;
  readonly agents: ReadonlyMap<string, Path>;
}

const usualWarmUp = "1s";

/** A file's parts as a scenario and what a run of it is. Throws `usage`, with the place, for what does not fit together. */
export function assembled(parts: Parts, source: Source, path: string): Written {
  const { raw, once, steps, needs, agents, rows } = parts;
  const file = basename(path);
  const metrics = metricsOf(raw);
  const workloads = workloadsOf(parts, source);
  const thresholds = thresholdsOf(raw.thresholds, { steps, workloads, metrics }, source);
  const scenario: Scenario = {
    name: raw.name ?? basename(path, extname(path)).replace(/[^\w-]+/g, "-"),
    shows: raw.shows ?? `what ${file} says`,
    ...{ needs, steps, view: "general", metrics },
    points: (profile) => [pointOf({ workloads, thresholds, ...once }, profile)],
  };
  return {
    scenario,
    expect: [raw.expect ?? []].flat(),
    bindings: raw.binding === undefined ? null : [raw.binding].flat(),
    target: raw.target ?? null,
    headers: raw.headers ?? {},
    pid: raw.pid ?? null,
    warmUpMs: msOf(raw.warmUp ?? usualWarmUp),
    agents,
    rows,
    failure: (path, sentence) => source.failure(path, sentence),
  };
}

/** The metrics of a file's own. */
export function metricsOf({ metrics = {} }: Pick<RawScenario, "metrics">): readonly OwnMetric[] {
  return Object.entries(metrics).map(([name, type]) => ({ name, type }));
}

/** A file's point under a profile: its own loads stretched, or the profile's own executor in their place. */
function pointOf(written: Omit<Point, "params">, profile: Profile): Point {
  const { timeScale = 1, executor } = profile;
  const workloads = written.workloads.map((workload): Workload => {
    const { load, sessionsPerVU } = workload;
    const other =
      executor === undefined ? stretched(load, timeScale) : profileLoad(profile, profile.vus, sessionsPerVU);
    return { ...workload, load: other };
  });
  const thresholds = written.thresholds.map(
    (one): Threshold => ({ ...one, delayAbortEvalMs: one.delayAbortEvalMs * timeScale }),
  );
  return { ...written, params: {}, workloads, thresholds };
}

/** How long all loads take together under a profile, in milliseconds; of iterations, the most they may. */
export function windowMsOf(scenario: Scenario, profile: Profile): number {
  const loads = scenario.points(profile).flatMap(({ workloads }) => workloads.map(({ load }) => load));
  return Math.max(...loads.map((load) => load.startTimeMs + durationOf(load)));
}

function workloadsOf({ raw, users, loads, around }: Parts, source: Source): readonly Workload[] {
  return [...loadsOf(raw, loads.length === 0, source), ...loads].map(({ name, raw: load, path }): Workload => {
    const user = userNamed(load.user, users, source, path);
    const own = { ...around, env: { ...around.env, ...load.env } };
    const tags = load.tags === undefined ? {} : { tags: load.tags };
    const { sessionsPerVU } = user;
    return { name, load: loadOf(load, sessionsPerVU, source, path), sessionsPerVU, ...tags, ...user.of(own) };
  });
}

function loadsOf(raw: Parts["raw"], alone: boolean, source: Source): readonly NamedLoad[] {
  const { scenarios } = raw;
  const flat = (["vus", "stages", "iterations"] as const).find((key) => raw[key] !== undefined);
  if (scenarios !== undefined && flat !== undefined)
    throw source.failure([flat], `expected \`${flat}\` within one of \`scenarios\`, since there are some`, {
      key: true,
    });
  if (scenarios !== undefined)
    return Object.entries(scenarios).map(([name, one]) => ({ name, raw: one, path: ["scenarios", name] }));
  if (!alone) return [];
  return [{ name: "default", raw: shorthand(raw), path: [flat ?? "duration"] }];
}

/** k6's shorthand at the top of a file. */
function shorthand({
  vus = 1,
  duration,
  stages,
  iterations,
}: Pick<RawScenario, "vus" | "duration" | "stages" | "iterations">): RawLoad {
  if (stages !== undefined) return { executor: "ramping-vus", startVUs: vus, stages };
  if (duration !== undefined && iterations === undefined) return { executor: "constant-vus", vus, duration };
  const most = duration === undefined ? {} : { maxDuration: duration };
  return { executor: "shared-iterations", vus, iterations: iterations ?? vus, ...most };
}

function userNamed(wanted: string | undefined, known: ReadonlyMap<string, User>, source: Source, path: Path): User {
  const [only, ...others] = known.values();
  if (wanted === undefined) {
    if (only !== undefined && others.length === 0) return only;
    throw source.failure(path, `expected \`user\`, which is missing: one of ${[...known.keys()].join(", ")}`);
  }
  const user = known.get(wanted);
  if (user === undefined) throw source.failure([...path, "user"], unknownWord("user", wanted, [...known.keys()]));
  return user;
}
