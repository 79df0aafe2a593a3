import { attemptsOf, type TaskResult, type WorkloadResult } from "@apb/core/cell";
import { endOf, type Load } from "@apb/core/load";
import type { Workload } from "@apb/core/scenario";
import { TaskTotals, type Totals } from "@apb/core/totals";

/** What became of a workload's tasks, in their order, where it has several; a second is one of its own load's. Pure. */
export function tasksOf(
  { name, tasks, load }: Pick<Workload, "name" | "tasks" | "load">,
  totals: Totals,
): Pick<WorkloadResult, "tasks"> {
  if (tasks.length < 2) return {};
  const ran = totals.tasksOf(name);
  const weights = tasks.reduce((sum, { weight }) => sum + weight, 0);
  const all = [...ran.values()].reduce((sum, task) => sum + endedOf(task), 0);
  const perSecond = 1000 / ownMs(load, totals.windowMs);
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

/** How much of the window a load was under way in; one that counts iterations, up to the window's end at most. */
function ownMs(load: Load, windowMs: number): number {
  const ms = Math.min(endOf(load), windowMs) - load.startTimeMs;
  return ms > 0 ? ms : windowMs;
}

/** Iterations that began in the window, however they ended. */
function endedOf(task: TaskTotals): number {
  return attemptsOf(task.counts()).due + task.interrupted;
}
