import { attemptsOf, type Measured, type TaskResult } from "@apb/core/cell";
import { median } from "@apb/stats/median";
import { stepOf } from "./fold-steps.ts";
import { groupedBy } from "./order.ts";
import { pooled, quantity, ratio, sum } from "./quantity.ts";
import type { TaskRow } from "./row.ts";

/** A task of one round, and how many iterations of its workload ended in it. */
interface Ran {
  readonly workload: string;
  readonly name: string;
  readonly task: TaskResult;
  readonly all: number;
}

/** Every task of every workload that has several, over all rounds, in their order. Throws `protocol` when a stored histogram cannot be read. */
export function tasksOf(rounds: readonly Measured[]): readonly TaskRow[] {
  const ran = rounds.flatMap(({ workloads }) =>
    Object.entries(workloads).flatMap(([workload, { tasks = {} }]) => {
      const all = sum(Object.values(tasks).map(endedOf));
      return Object.entries(tasks).map(([name, task]): Ran => ({ workload, name, task, all }));
    }),
  );
  return groupedBy(ran, ({ workload, name }) => `${workload}\n${name}`).map((same) => taskOf(same));
}

function taskOf(ran: readonly Ran[]): TaskRow {
  const [{ workload, name, task }] = ran as readonly [Ran];
  const results = ran.map((one) => one.task);
  const step = stepOf(results, `no ${name} succeeded`);
  const attempts = results.map((one) => attemptsOf(one));
  const failed = sum(attempts.map((one) => one.failed));
  const perSecond = (of: (task: TaskResult) => number) => quantity(results.map(of), median, "");
  return {
    ...{ workload, task: name, ...step, targetShare: task.targetShare },
    attainedShare: pooled(
      ratio(sum(results.map(endedOf)), sum(ran.map(({ all }) => all))),
      results.map(({ attainedShare }) => attainedShare),
      "no iteration ended in the window",
    ),
    interrupted: sum(results.map(({ interrupted }) => interrupted)),
    iterationsPerSecond: perSecond(({ iterationsPerSecond }) => iterationsPerSecond),
    operationsPerSecond: perSecond(({ operationsPerSecond }) => operationsPerSecond),
    failed: pooled(
      ratio(failed, sum(attempts.map(({ due }) => due))),
      attempts.map((one) => ratio(one.failed, one.due)),
      `no ${name} ended in the window`,
    ),
  };
}

function endedOf(task: TaskResult): number {
  return attemptsOf(task).due + task.interrupted;
}
