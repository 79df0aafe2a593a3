import type { Footnotes } from "./footnotes.ts";
import { noValue, number, percent } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { loadText } from "./load-words.ts";
import { figureColumn } from "./metric-columns.ts";
import { ratio, sum } from "./quantity.ts";
import { latencyOf, type MeasuredRow, type Row, type StepRow } from "./row.ts";
import { occasionalMetrics, occasionalRemarks, ownSteps, rowColumns, rowSection } from "./row-section.ts";
import { type ColumnOf, plain, type Section, type Shown, shown } from "./section.ts";

/** Sessions that iterations open: each step of them, and what a server keeps of those that are left open. */
export function sessionView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const measured = rows.filter((row) => row.status === "measured");
  const steps = ownSteps(measured.flatMap((row) => Object.keys(row.steps)));
  const failing = steps.filter((step) => measured.some((row) => failedOf(row.steps[step]) > 0));
  const columns = [
    ...caseColumns(rows),
    ...loadColumns(rows),
    ...whoColumns(rows, ({ cell }) => cell),
    ...steps.flatMap((step) => (["p50", "p99"] as const).map((key) => timeColumn(step, key))),
    ...failing.map(failedColumn),
    ...rowColumns(2, ["errors", "cpuMsPerOperation"]),
    ...rowColumns(3, ["sessionsLeft", "heapRoseBytes", "heapPerSession", "rssRoseBytes", "rssPerSession"]),
    ...rowColumns(4, occasionalMetrics(rows)),
  ];
  const remarks = [
    "rose: what the server has more at the load's end than when its window opened, its garbage collected first where it is a bundled one; kept a session: the same for each session left open; heap: live objects alone; memory: resident, sockets and what V8 does not give back too, of which the rows with all sessions closed show how much that is",
    ...occasionalRemarks(rows),
  ];
  return [rowSection({ title: scenario, caption: loadText(rows), rows, notes, remarks }, columns)];
}

function timeColumn(step: string, key: "p50" | "p99"): ColumnOf<Row> {
  // A row's iterations may not have the step at all, as those that close nothing.
  const time = (row: MeasuredRow): Shown =>
    row.steps[step] === undefined ? plain(noValue) : shown(latencyOf(row, step, key), number);
  return figureColumn<Row>(1, `${step.replaceAll("_", " ")}\n${key}`, "ms", (row) => row, time);
}

function failedColumn(step: string): ColumnOf<Row> {
  return figureColumn<Row>(
    2,
    `${step.replaceAll("_", " ")}\nfailed`,
    "%",
    (row) => row,
    (row) => {
      const failed = failedOf(row.steps[step]);
      return plain(percent(ratio(failed, failed + (row.steps[step]?.count ?? 0)) ?? 0));
    },
  );
}

function failedOf(step: StepRow | undefined): number {
  return sum(Object.values(step?.failures ?? {}));
}
