import { attemptsOf, type TaskResult, type WorkloadResult } from "@apb/core/cell";
import type { Workload } from "@apb/core/scenario";
import { TaskTotals, type Totals } from "@apb/core/totals";

/** What became of a workload's tasks, in their order, where it has several. Pure. */
export function tasksOf(
  { name, tasks }: Pick<Workload, "name" | "tasks">,
  totals: Totals,
): Pick<WorkloadResult, "tasks"> {
  if (tasks.length < 2) return {};
  const ran = totals.tasksOf(name);
  const weights = tasks.reduce((sum, { weight }) => sum + weight, 0);
  const all = [...ran.values()].reduce((sum, task) => sum + endedOf(task), 0);
  const perSecond = 1000 / totals.windowMs;
  const resultOf = (task: string): TaskResult => {
    const own = ran.get(task) ?? new TaskTotals();
    const weight = tasks.reduce((sum, one) => sum + (one.name === task ? one.weight : 0), 0);
    return {
      ...own.result(),
      targetShare: weight / weights,
      attainedShare: all === 0 ? null : endedOf(own) / all,
      interrupted: own.interrupted,
      iterationsPerSecond: own.completed * perSecond,
      operationsPerSecond: own.operations * perSecond,
    };
  };
  return { tasks: Object.fromEntries(tasks.map((task) => [task.name, resultOf(task.name)])) };
}

/** Iterations that began in the window, however they ended. */
function endedOf(task: TaskTotals): number {
  return attemptsOf(task.counts()).due + task.interrupted;
}
