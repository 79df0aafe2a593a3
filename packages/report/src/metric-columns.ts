import { failed, notApplicable, noValue } from "./format.ts";
import { type Figures, type MetricKey, metricOf, type ShownMetric } from "./metrics.ts";
import { absent } from "./quantity.ts";
import type { MeasuredRow, Row } from "./row.ts";
import { type ColumnOf, plain, type Shown, shown, valueColumn } from "./section.ts";

/** The row of a line that a column shows; null where there is none. */
export type RowOf<T> = (line: T) => Row | null;

/** A column that only rows with numbers can fill. */
export function figureColumn<T>(
  part: number,
  header: string,
  unit: string,
  rowOf: RowOf<T>,
  figure: (row: MeasuredRow) => Shown,
): ColumnOf<T> {
  return valueColumn(part, header, unit, (line) => {
    const row = rowOf(line);
    if (row?.status === "measured") return figure(row);
    return plain(row?.status === "not-applicable" ? notApplicable : noValue);
  });
}

/** A metric of a line's row, under its own title; `head` says before it which row that is. */
export function metricColumn<T>(part: number, key: MetricKey, rowOf: RowOf<T>, head = ""): ColumnOf<T> {
  const metric = metricOf(key);
  return figureColumn(part, headed(head, metric), metric.unit, rowOf, (row) => shown(metric.of(row), metric.format));
}

/** A metric that was worked out before. */
export function readyColumn<T>(part: number, key: MetricKey, figures: (line: T) => Figures, head = ""): ColumnOf<T> {
  const metric = metricOf(key);
  return valueColumn(part, headed(head, metric), metric.unit, (line) =>
    shown(figures(line)[key] ?? absent("nothing was measured"), metric.format),
  );
}

function headed(head: string, { title }: ShownMetric): string {
  return head === "" ? title : `${head}\n${title}`;
}

/** The same columns, of which the first says where a line's row failed: the word stands once in a line. */
export function sayingFailed<T>(columns: readonly ColumnOf<T>[], rowOf: RowOf<T>): readonly ColumnOf<T>[] {
  const first = columns.find(({ role }) => role === "value");
  return columns.map((column) =>
    column === first
      ? { ...column, show: (line) => (rowOf(line)?.status === "failed" ? plain(failed) : column.show(line)) }
      : column,
  );
}
