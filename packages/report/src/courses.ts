import type { RunInfo } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { type Conclusion, conclusionsOf, type Limit } from "./conclusions.ts";
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

/** A conclusion, and of which of several loads that ran side by side; null where there is one. */
export interface Concluded {
  readonly workload: string | null;
  /** Whether its levels are arrivals a second. */
  readonly open: boolean;
  readonly conclusion: Conclusion;
}

/** What can be concluded of a row's load, or of each of several by itself. Pure. */
export function concluded({ row, seconds }: Course, { thresholds = [] }: RunInfo): readonly Concluded[] {
  const names = row.cell.load.includes(": ")
    ? row.cell.load.split("; ").map((label) => label.split(": ")[0] ?? "")
    : [];
  const executors = row.load?.executor.split(",") ?? [];
  const parts =
    names.length === 0
      ? [{ workload: null, open: row.load?.model === "open", seconds, limits: thresholds }]
      : names.map((workload, n) => ({
          workload,
          open: executors[n]?.endsWith("arrival-rate") === true,
          seconds: secondsOf(workload, seconds),
          limits: limitsOf(workload, thresholds),
        }));
  return parts.flatMap(({ workload, open, seconds: own, limits }) =>
    conclusionsOf(own, open, limits).map((conclusion) => ({ workload, open, conclusion })),
  );
}

/** The seconds of one of several loads, from its first to its last. */
function secondsOf(workload: string, seconds: readonly Second[]): readonly Second[] {
  const own = seconds.flatMap((second): readonly Second[] => {
    const part = second.workloads?.[workload];
    if (part === undefined) return [];
    const { total, ...counts } = part;
    return [{ ...second, ...counts, steps: total === null ? {} : { total } }];
  });
  const isActive = ({ vus, begun, dropped }: Second): boolean => vus + begun + dropped > 0;
  return own.slice(Math.max(0, own.findIndex(isActive)), own.findLastIndex(isActive) + 1);
}

/** Those on it alone, as limits of a load that is alone. */
function limitsOf(workload: string, thresholds: NonNullable<RunInfo["thresholds"]>): readonly Limit[] {
  return thresholds.flatMap((limit) => {
    const [, metric = "", tags = ""] = /^(\w+)\{(.*)\}$/.exec(limit.metric) ?? [];
    const each = tags.split(",");
    const others = each.filter((tag) => tag !== `workload:${workload}`);
    if (others.length === each.length) return [];
    return [{ ...limit, metric: others.length === 0 ? metric : `${metric}{${others.join(",")}}` }];
  });
}
