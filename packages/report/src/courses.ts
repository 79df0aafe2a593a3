import type { RunInfo } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { type Conclusion, conclusionsOf } from "./conclusions.ts";
import { groupedBy } from "./order.ts";
import { type Row, rowKey } from "./row.ts";

/** A row, and the seconds of its first round that has some. */
export interface Course {
  readonly row: Row;
  readonly seconds: readonly Second[];
}

/** Of each row the seconds of its first round that has some. Pure. */
export function coursesOf(rows: readonly Row[], series: readonly Second[]): readonly Course[] {
  const byRow = new Map(groupedBy(series, ({ cell }) => rowKey(cell)).map((seconds) => [keyOf(seconds), seconds]));
  return rows.flatMap((row) => {
    const seconds = byRow.get(rowKey(row.cell)) ?? [];
    const first = Math.min(...seconds.map(({ cell }) => cell.round));
    return seconds.length === 0 ? [] : [{ row, seconds: seconds.filter(({ cell }) => cell.round === first) }];
  });
}

function keyOf([first]: readonly Second[]): string {
  return first === undefined ? "" : rowKey(first.cell);
}

/** What can be concluded of a row that has one load; of several that run side by side nothing. Pure. */
export function concluded({ row, seconds }: Course, { thresholds = [] }: RunInfo): readonly Conclusion[] {
  return row.cell.load.includes(": ") ? [] : conclusionsOf(seconds, row.load?.model === "open", thresholds);
}
