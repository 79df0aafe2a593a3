import type { Need } from "@apb/core/binding";
import type { Point } from "@apb/core/scenario";
import { withoutAliases } from "./aliases.ts";
import { assembled, metricsOf, type NamedLoad, type Written } from "./assemble.ts";
import { type DataSets, dataOf } from "./data.ts";
import { environmentOf, filledIn, type Variables } from "./environment.ts";
import type { Names } from "./expression.ts";
import { requireActions } from "./require-actions.ts";
import type { Compiling } from "./running.ts";
import { type RawScenario, scenarioSchema } from "./scenario-schema.ts";
import { discretionOf } from "./secrets.ts";
import { type Path, type Source, YamlSource } from "./source.ts";
import { stepsOf } from "./steps.ts";
import { atOnce, type RawUser, type Surroundings, userOf } from "./users.ts";
import { validated } from "./validate.ts";
import { lawful, nameOf } from "./workload-table.ts";

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
  const data = dataOf(raw.data, source, path);
  const about = compilingOf(raw, env, data, source);
  const around = { env, rows: data.rows };
  const table = tableOf(raw, source);
  const users = [...usersOf(raw, source), ...table.users];
  if (users.length === 0) throw source.failure([], "expected `tasks`, `users` or `workload`: who does what");
  const known = new Map(users.map(({ name, raw, path }) => [name, userOf(raw, path, about)]));
  const once = onceOf(raw, around, about);
  const rows = (raw.workload ?? []).map((row, n) => lawful(row, n, source));
  const { steps, needs, agents } = about;
  return assembled(
    { raw, users: known, loads: table.loads, rows, around, once, steps: [...steps], needs, agents },
    source,
    path,
  );
}

function compilingOf(
  raw: RawScenario,
  env: Readonly<Record<string, string>>,
  data: DataSets,
  source: Source,
): Compiling {
  const overridden = Object.values(raw.scenarios ?? {}).flatMap((one) => Object.keys(one.env ?? {}));
  const names: Names = {
    env: [...Object.keys(env), ...overridden],
    data: data.names,
    vars: savedIn(raw),
  };
  const discretion = discretionOf(raw.secrets ?? [], names, source);
  return {
    source,
    names,
    discretion,
    metrics: metricsOf(raw),
    steps: new Set(),
    needs: new Set<Need>(),
    agents: new Map(),
  };
}

/** Every name that a `save` gives, wherever it is. */
function savedIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(savedIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === "save" && typeof one === "object" && one !== null ? Object.keys(one) : savedIn(one),
  );
}

/** A kind of user as it is written, by its name. */
interface NamedUser {
  readonly name: string;
  readonly raw: RawUser;
  readonly path: Path;
}

function usersOf(raw: RawScenario, source: Source): readonly NamedUser[] {
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

/** Each row of a table as a user and its load. */
function tableOf(
  { workload = [], duration }: RawScenario,
  source: Source,
): { readonly users: readonly NamedUser[]; readonly loads: readonly NamedLoad[] } {
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
