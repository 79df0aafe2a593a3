import { number, percent, whole } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import type { Row, RowCell, TaskRow } from "./row.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, shown, valueColumn } from "./section.ts";

/** A task of a row. */
interface TaskLine {
  readonly cell: RowCell;
  readonly task: TaskRow;
}

/** What became of each task of a scenario, a line each; none where its workloads have one task each. */
export function taskSections(scenario: string, rows: readonly Row[]): readonly Section[] {
  const groups = rows.flatMap((row) => {
    const tasks = row.status === "measured" ? row.tasks : [];
    return tasks.length === 0 ? [] : [tasks.map((task): TaskLine => ({ cell: row.cell, task }))];
  });
  const lines = groups.flat();
  if (lines.length === 0) return [];
  const several = new Set(lines.map(({ task: { workload } }) => workload)).size > 1;
  const keys = [
    ...caseColumns(lines),
    ...loadColumns(lines),
    ...whoColumns(lines, ({ cell }) => cell),
    ...(several ? [keyColumn<TaskLine>("workload", ({ task }) => task.workload)] : []),
    keyColumn<TaskLine>("task", ({ task }) => task.task),
  ];
  const caption = "whole iterations by what they did; target: its share by weight; RPS: while its workload ran";
  return [sectionOf({ title: `${scenario}: tasks`, caption, columns: [...keys, ...columns], groups })];
}

const columns: readonly ColumnOf<TaskLine>[] = [
  valueColumn(1, "target", "%", ({ task }) => plain(percent(task.targetShare))),
  valueColumn(1, "attained", "%", ({ task }) => shown(task.attainedShare, percent)),
  valueColumn(1, "count", "", ({ task }) => plain(whole(task.count))),
  valueColumn(1, "RPS", "1/s", ({ task }) => shown(task.operationsPerSecond, number)),
  valueColumn(2, "p50", "ms", ({ task }) => shown(task.latencyMs.p50, number)),
  valueColumn(2, "p95", "ms", ({ task }) => shown(task.latencyMs.p95, number)),
  valueColumn(2, "p99", "ms", ({ task }) => shown(task.latencyMs.p99, number)),
  valueColumn(2, "failed", "%", ({ task }) => shown(task.failed, percent)),
];
