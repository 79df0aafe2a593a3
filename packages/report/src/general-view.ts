import type { Footnotes } from "./footnotes.ts";
import { notApplicable, number, whole } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { loadText } from "./load-words.ts";
import { figureColumn } from "./metric-columns.ts";
import { ratio } from "./quantity.ts";
import { latencyOf, type MeasuredRow, type Row } from "./row.ts";
import { occasionalMetrics, occasionalRemarks, ownSteps, rowColumns, rowSection } from "./row-section.ts";
import { type ColumnOf, plain, type Section, type Shown } from "./section.ts";

/** Any scenario: whole iterations, and, where they have several, each step's part of them. */
export function generalView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const keys = [...caseColumns(rows), ...loadColumns(rows), ...whoColumns(rows, (row) => row.cell)];
  const [iterations, ...others] = rowColumns(1, [
    ...(["iterationsPerSecond", "operationsPerSecond", "meanMs", "p50Ms", "p99Ms", "maxMs", "errors"] as const),
  ]);
  const columns = [
    ...keys,
    ...(iterations === undefined ? [] : [{ ...iterations, header: `${scenario}s` }]),
    ...others,
    ...rowColumns(2, ["cpuMsPerOperation", "rssPeakBytes"]),
    ...rowColumns(3, occasionalMetrics(rows)),
  ];
  const caption = ["end to end", loadText(rows)].filter((part) => part !== "").join("; ");
  const remarks = [...operationsRemark(scenario, rows), ...occasionalRemarks(rows)];
  const steps = ownSteps(rows.flatMap((row) => (row.status === "measured" ? Object.keys(row.steps) : [])));
  return [
    rowSection({ title: scenario, caption, rows, notes, remarks }, columns),
    ...(steps.length < 2 ? [] : [stepSection(scenario, steps, rows, notes, keys)]),
  ];
}

function stepSection(
  scenario: string,
  steps: readonly string[],
  rows: readonly Row[],
  notes: Footnotes,
  keys: readonly ColumnOf<Row>[],
): Section {
  const columns = steps.map((step) =>
    figureColumn<Row>(
      1,
      step,
      "ms · share",
      (row) => row,
      (row) => stepShare(row, step),
    ),
  );
  const caption = "mean of each step, and its share of the whole";
  return rowSection({ title: `${scenario}: steps`, caption, rows, notes }, [...keys, ...columns]);
}

/** RPS are of protocol operations everywhere: how many of them an iteration has. */
function operationsRemark(scenario: string, rows: readonly Row[]): readonly string[] {
  const measured = rows.find((row) => row.status === "measured");
  const operations = ratio(measured?.operationsPerSecond.value ?? 0, measured?.iterationsPerSecond.value ?? 0);
  return operations === null ? [] : [`RPS: protocol operations, of which every ${scenario} has ${whole(operations)}`];
}

function stepShare(row: MeasuredRow, step: string): Shown {
  const mean = latencyOf(row, step, "mean");
  const total = latencyOf(row, "total", "mean");
  if (mean.value === null) return { text: notApplicable, missing: mean.missing };
  const counts = ratio(row.steps[step]?.count ?? 0, row.steps.total?.count ?? 0);
  if (total.value === null || counts === null) return plain(number(mean.value));
  const share = (100 * mean.value * counts) / total.value;
  return plain(`${number(mean.value)} · ${share < 1 ? "<1" : whole(share)}%`);
}
