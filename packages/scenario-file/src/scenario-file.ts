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
import { withoutAliases } from "./aliases.ts";
import { rowsOf } from "./data.ts";
import { environmentOf, filledIn, type Variables } from "./environment.ts";
import type { Names } from "./expression.ts";
import { loadOf, stretched } from "./loads.ts";
import { requireActions } from "./require-actions.ts";
import type { Compiling } from "./running.ts";
import { type RawLoad, type RawScenario, scenarioSchema } from "./scenario-schema.ts";
import { type Path, type Source, YamlSource } from "./source.ts";
import { stepsOf } from "./steps.ts";
import { thresholdsOf } from "./thresholds.ts";
import { msOf } from "./units.ts";
import { atOnce, type RawUser, type Surroundings, type User, userOf } from "./users.ts";
import { validated } from "./validate.ts";
import { lawful, nameOf, type RowByLaw } from "./workload-table.ts";

/** What a scenario file says: a scenario, and what a run of it is unless flags say otherwise. */
export interface Written {
  readonly scenario: Scenario;
  /** Null where the file names none. */
  readonly bindings: readonly string[] | null;
  readonly target: string | null;
  readonly pid: number | null;
  readonly warmUpMs: number;
  /** Its table of workloads; empty where it has none. */
  readonly rows: readonly RowByLaw[];
  /** A Failure of kind `usage` with where something is written. */
  failure(path: Path, sentence: string): Failure;
}

const usualWarmUp = "1s";

/**
 * YAML → what it says. `path` is where it lies, which its data files are beside and its messages name. Throws `usage` with line and
 * column, what was expected and the nearest right word.
 */
export function scenarioOf(text: string, path: string, variables: Variables): Written {
  const source = new YamlSource(text, path);
  const env = environmentOf(source, variables);
  const aliased = withoutAliases(filledIn(source, env));
  requireActions(aliased, source);
  const raw = validated(scenarioSchema, aliased, source);
  const file = path.split("/").at(-1) ?? path;
  const about = compilingOf(raw, env, source);
  const parts = partsOf(raw, source);
  const rows = rowsOf(raw.data, source, path);
  const { workloads, around } = workloadsOf(raw, parts, { env, rows }, about);
  const once = onceOf(raw, around, about);
  const thresholds = thresholdsOf(
    raw.thresholds,
    { steps: [...about.steps], workloads, metrics: about.metrics },
    source,
  );
  const scenario: Scenario = {
    name: raw.name ?? file.replace(/\.[^.]*$/, ""),
    shows: raw.shows ?? `what ${file} says`,
    needs: about.needs,
    steps: [...about.steps],
    view: "general",
    metrics: about.metrics,
    points: (profile) => [pointOf({ workloads, thresholds, ...once }, profile)],
  };
  return {
    scenario,
    bindings: raw.binding === undefined ? null : [raw.binding].flat(),
    target: raw.target ?? null,
    pid: raw.pid ?? null,
    warmUpMs: msOf(raw.warmUp ?? usualWarmUp),
    failure: (path, sentence) => source.failure(path, sentence),
    rows: (raw.workload ?? []).map((row, n) => lawful(row, n, source)),
  };
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

function compilingOf(raw: RawScenario, env: Readonly<Record<string, string>>, source: Source): Compiling {
  const own = Object.entries(raw.metrics ?? {}).map(([name, type]): OwnMetric => ({ name, type }));
  const overridden = Object.values(raw.scenarios ?? {}).flatMap((one) => Object.keys(one.env ?? {}));
  const names: Names = {
    env: [...Object.keys(env), ...overridden],
    data: Object.keys(raw.data ?? {}),
    vars: savedIn(raw),
  };
  return { source, names, metrics: own, steps: new Set(), needs: new Set<Need>() };
}

/** Every name that a `save` gives, wherever it is. */
function savedIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(savedIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === "save" && typeof one === "object" && one !== null ? Object.keys(one) : savedIn(one),
  );
}

/** Users and loads as the file has them, whether at its top, by name, or in a table. */
interface Parts {
  readonly users: readonly {
    readonly name: string;
    readonly raw: RawUser;
    readonly path: readonly (string | number)[];
  }[];
  readonly loads: readonly {
    readonly name: string;
    readonly raw: RawLoad;
    readonly path: readonly (string | number)[];
  }[];
}

function partsOf(raw: RawScenario, source: Source): Parts {
  const table = tableOf(raw, source);
  const users = [...usersOf(raw, source), ...table.users];
  if (users.length === 0) throw source.failure([], "expected `tasks`, `users` or `workload`: who does what");
  return { users, loads: [...loadsOf(raw, table.loads.length === 0, source), ...table.loads] };
}

function usersOf(raw: RawScenario, source: Source): Parts["users"] {
  const { tasks, onStart, wait, connections, users } = raw;
  const flat = (["tasks", "onStart", "wait", "connections"] as const).find((key) => raw[key] !== undefined);
  if (users !== undefined && flat !== undefined)
    throw source.failure([flat], `expected \`${flat}\` within one of \`users\`, since there are some`, { key: true });
  if (users !== undefined)
    return Object.entries(users).map(([name, one]) => ({ name, raw: one, path: ["users", name] }));
  if (tasks === undefined) return [];
  const given = { ...(onStart && { onStart }), ...(wait && { wait }), ...(connections && { connections }) };
  return [{ name: "default", raw: { ...given, tasks }, path: [] }];
}

function loadsOf(raw: RawScenario, alone: boolean, source: Source): Parts["loads"] {
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

/** Each row of a table as a user and its load. */
function tableOf({ workload = [], duration }: RawScenario, source: Source): Parts {
  if (workload.length > 0 && duration === undefined)
    throw source.failure(["workload"], "expected a `duration` beside `workload`: how long its users go on", {
      key: true,
    });
  const rows = workload.map((row, n) => ({ row, name: nameOf(row, n), path: ["workload", n] }));
  const twice = rows.find(({ name }, n) => rows.findIndex((one) => one.name === name) !== n);
  if (twice !== undefined)
    throw source.failure(twice.path, `expected a \`name\` of its own, since another row is ${twice.name} too`);
  return {
    users: rows.map(({ row, name, path }) => {
      const { call, body, size, thinkTime } = row;
      const sent = { ...(body === undefined ? {} : { body }), ...(size === undefined ? {} : { size }) };
      return { name, raw: { wait: thinkTime, tasks: [{ call, name, ...sent }] }, path };
    }),
    loads: rows.map(({ row: { users }, name, path }) => ({
      ...{ name, path },
      raw: { executor: "constant-vus", vus: users, duration: duration ?? "", user: name },
    })),
  };
}

function workloadsOf(
  { env: _ }: RawScenario,
  { users, loads }: Parts,
  around: Surroundings,
  about: Compiling,
): { readonly workloads: readonly Workload[]; readonly around: Surroundings } {
  const { source } = about;
  const known = new Map<string, User>(users.map(({ name, raw, path }) => [name, userOf(raw, path, about)]));
  const workloads = loads.map(({ name, raw, path }): Workload => {
    const user = userNamed(raw.user, known, source, path);
    const load = loadOf(raw, user.sessionsPerVU, source, path);
    const own = { ...around, env: { ...around.env, ...raw.env } };
    const tags = raw.tags === undefined ? {} : { tags: raw.tags };
    return { name, load, sessionsPerVU: user.sessionsPerVU, ...tags, ...user.of(own) };
  });
  return { workloads, around };
}

function userNamed(
  wanted: string | undefined,
  known: ReadonlyMap<string, User>,
  source: Source,
  path: Parts["loads"][number]["path"],
): User {
  const [only, ...others] = known.values();
  if (wanted === undefined) {
    if (only !== undefined && others.length === 0) return only;
    throw source.failure(path, `expected \`user\`, which is missing: one of ${[...known.keys()].join(", ")}`);
  }
  const user = known.get(wanted);
  if (user === undefined) throw source.failure([...path, "user"], unknownWord("user", wanted, [...known.keys()]));
  return user;
}

function onceOf(
  { setup, teardown }: RawScenario,
  around: Surroundings,
  about: Compiling,
): Pick<Point, "setup" | "teardown"> {
  return {
    ...(setup === undefined ? {} : { setup: atOnce(stepsOf(setup, ["setup"], about), around) }),
    ...(teardown === undefined ? {} : { teardown: atOnce(stepsOf(teardown, ["teardown"], about), around) }),
  };
}
