import type { Footnotes } from "./footnotes.ts";
import { metricColumn, sayingFailed } from "./metric-columns.ts";
import type { MetricKey } from "./metrics.ts";
import { byCase } from "./order.ts";
import { overloadRemarks } from "./overload.ts";
import type { Row } from "./row.ts";
import { type ColumnOf, type Section, sectionOf } from "./section.ts";

/** What {@link rowSection} needs beside columns. */
export interface RowSectionParts {
  readonly title: string;
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly notes: Footnotes;
  readonly remarks?: readonly string[];
}

/** A table with a line for each row, cases set apart. */
export function rowSection(
  { title, caption, rows, notes, remarks = [] }: RowSectionParts,
  columns: readonly ColumnOf<Row>[],
): Section {
  return sectionOf({
    ...{ title, caption, remarks },
    columns: sayingFailed(columns, (row) => row),
    groups: byCase(rows),
    footnotes: { notes, marks: (row) => notes.of(row) },
  });
}

/** Metrics of each line's row, side by side. */
export function rowColumns(part: number, keys: readonly MetricKey[]): readonly ColumnOf<Row>[] {
  return keys.map((key) => metricColumn<Row>(part, key, (row) => row));
}

/** What only some loads have, where any row has it: service times and waiting of open loads, and what was cut off. */
export function occasionalMetrics(rows: readonly Row[]): readonly MetricKey[] {
  const measured = rows.filter((row) => row.status === "measured");
  const open = measured.some(({ load }) => load.model === "open");
  return [
    ...(open ? (["serviceP50Ms", "serviceP99Ms"] as const) : []),
    ...(measured.some(({ steps }) => "wait" in steps) ? (["waitP50Ms", "waitP99Ms"] as const) : []),
    ...(measured.some(({ dropped }) => dropped > 0) ? (["dropped"] as const) : []),
    ...(measured.some(({ interrupted }) => interrupted > 0) ? (["interrupted"] as const) : []),
  ];
}

/** What the columns of {@link occasionalMetrics} are, and where a rate was too much. */
export function occasionalRemarks(rows: readonly Row[]): readonly string[] {
  const keys = occasionalMetrics(rows);
  return [
    ...overloadRemarks(rows),
    ...(keys.includes("serviceP50Ms")
      ? [
          "mean, p50, p90, p99, max: from when an arrival was due; service: from when it was sent; wait: for a free connection",
          "client CPU: an open load's generator spins for up to 0.3 ms before each arrival, so as not to be late",
        ]
      : []),
    ...(keys.includes("interrupted") ? ["interrupted: iterations cut off because their VU or the load ended"] : []),
  ];
}

/** What is timed beside a scenario's own steps. */
const commonSteps: readonly string[] = ["total", "connect", "wait"];

/** The scenario's own among these names of steps, each once, in the order of their first appearance. */
export function ownSteps(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => !commonSteps.includes(name));
}
