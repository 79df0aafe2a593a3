import { asFailure } from "@apb/core/failure";
import { rotaOf } from "@apb/core/rota";
import type { Io, Task, VU, Workload } from "@apb/core/scenario";
import type { Think } from "@apb/core/think";
import type { Rows } from "./data.ts";
import type { Scope } from "./expression.ts";
import type { Compiling, Running, Step } from "./running.ts";
import type { RawScenario } from "./scenario-schema.ts";
import type { Path } from "./source.ts";
import type { RawStep, RawTask } from "./step-schema.ts";
import { actions } from "./step-schema.ts";
import { stepOf, stepsOf } from "./steps.ts";
import { msOf } from "./units.ts";

/** A kind of user as a file writes it. */
export type RawUser = NonNullable<RawScenario["users"]>[string];

/** What a user's steps can see beside what they save. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly rows: Rows;
}

/** A kind of user, to be put under a load. */
export interface User {
  readonly sessionsPerVU: number;
  of(around: Surroundings): Pick<Workload, "think" | "onStart" | "opens" | "tasks">;
}

/** Compiles what a user does. Throws `usage`, with the place, for what cannot be meant. */
export function userOf(raw: RawUser, path: Path, about: Compiling): User {
  const tasks = raw.tasks.map((task, n) => ({
    ...taskOf(task, [...path, "tasks", n], about),
    weight: task.weight ?? 1,
  }));
  requireRota(raw, path, about);
  const twice = tasks.findIndex(({ name }, n) => tasks.findIndex((one) => one.name === name) !== n);
  if (twice !== -1)
    throw about.source.failure(
      [...path, "tasks", twice],
      `expected a \`name\` of its own, since another task is ${tasks[twice]?.name} too`,
    );
  const start = raw.onStart === undefined ? null : stepsOf(raw.onStart, [...path, "onStart"], about);
  const think = raw.wait === undefined ? {} : { think: thinkOf(raw.wait) };
  return {
    sessionsPerVU: raw.connections ?? mostAtOnce([...(raw.onStart ?? []), ...raw.tasks]),
    of: (around) => ({
      ...think,
      ...(start === null ? {} : { onStart: atOnce(start, around) }),
      tasks: tasks.map(({ name, weight, step }): Task => ({ name, weight, run: running(step, around) })),
    }),
  };
}

/** Steps that are done once, and whose replies are judged at once. */
export function atOnce(step: Step, around: Surroundings): (vu: VU, io: Io) => Promise<void> {
  const run = running(step, around);
  return async (vu, io) => (await run(vu, io))();
}

function running(step: Step, { env, rows }: Surroundings): Task["run"] {
  return async (vu, io) => {
    const scope: Scope = { env, vars: vu.vars, data: rows(vu), vu: vu.id, iteration: vu.iteration };
    const now: Running = { vu, io, base: 0, scope, later: [] };
    const count = (): void => {
      for (const later of now.later) later.count(io);
    };
    try {
      await step(now);
    } catch (error) {
      // What broke first is told, not what can no longer be worked out of it.
      await Promise.resolve()
        .then(count)
        .catch(() => undefined);
      throw error;
    }
    return () => {
      count();
      for (const later of now.later) later.require();
    };
  };
}

function taskOf(raw: RawTask, path: Path, about: Compiling): { readonly name: string; readonly step: Step } {
  if (raw.steps !== undefined && raw.group === undefined)
    return { name: raw.name ?? "default", step: stepsOf(raw.steps, [...path, "steps"], about) };
  const action = actions.find((one) => raw[one] !== undefined);
  const said = action === undefined ? undefined : raw[action];
  const name = raw.name ?? (typeof said === "string" ? said : (action ?? "default"));
  return { name, step: stepOf(raw, path, about) };
}

function requireRota({ tasks }: RawUser, path: Path, { source }: Compiling): void {
  try {
    rotaOf(tasks.map(({ weight = 1 }) => weight));
  } catch (error) {
    throw source.failure([...path, "tasks"], asFailure(error).sentence, { cause: error });
  }
}

/** How a user waits between iterations. */
export function thinkOf(raw: NonNullable<RawUser["wait"]>): Think {
  if (typeof raw === "string") return { constantMs: msOf(raw) };
  if ("constant" in raw) return { constantMs: msOf(raw.constant) };
  if ("pacing" in raw) return { pacingMs: msOf(raw.pacing) };
  if ("throughput" in raw) return { perSecond: raw.throughput };
  const [from, to] = raw.between;
  return { uniform: { fromMs: msOf(from), toMs: msOf(to) } };
}

/** How many connections steps use at the same time, or name. */
function mostAtOnce(steps: readonly RawStep[]): number {
  return Math.max(
    1,
    ...steps.map(({ parallel, steps: inner = [], connection = 0 }) => {
      const branches = (parallel ?? []).map((one) => mostAtOnce("length" in one ? one : [one]));
      return Math.max(branches.length, ...branches, mostAtOnceOf(inner), connection + 1);
    }),
  );
}

function mostAtOnceOf(steps: readonly RawStep[]): number {
  return steps.length === 0 ? 1 : mostAtOnce(steps);
}
