import type { Run } from "@apb/core/run";
import { changes, type Difference, differences } from "./comparability.ts";
import { doubtsAbout } from "./doubts.ts";
import { counted } from "./format.ts";
import { comparedMetrics, type ShownMetric } from "./metrics.ts";
import { inOrderOf } from "./order.ts";
import type { Quantity } from "./quantity.ts";
import { enoughRounds } from "./rounds.ts";
import { type MeasuredRow, type Row, type RowCell, rowKey } from "./row.ts";
import { rowsOf } from "./rows.ts";

/** An interval of the ratio candidate over baseline from the rounds' values of each; null when they are too few. */
export type Interval = (
  baseline: readonly number[],
  candidate: readonly number[],
) => { readonly low: number; readonly high: number } | null;

export interface CompareOptions {
  /** How much worse is a regression, as a fraction: 0.2 is 20%. How much better is an improvement, too. */
  readonly maxRegression: number;
  /** Compare although machine or task differ. */
  readonly force?: boolean;
  /** Where given, a change whose interval holds 1 is no change, whatever its size. */
  readonly interval?: Interval;
}

export type Judgement = "better" | "worse" | "same" | "not judged";

/** One metric of one row, before and after. */
export interface ComparedMetric {
  readonly metric: ShownMetric["key"];
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** As a fraction of the baseline; null where there is nothing to divide. */
  readonly change: number | null;
  readonly judgement: Judgement;
  /** Why it is not judged: findings of either side, or a value that is missing. Null when it is judged. */
  readonly reason: string | null;
}

/** One row of both runs. */
export interface ComparedRow {
  readonly cell: RowCell;
  /** What the cell as a whole lost: it fails now, or in more rounds than before. Null otherwise. */
  readonly loss: string | null;
  /** Why the row has no numbers to compare. Null when it has. */
  readonly unjudged: string | null;
  /** Empty where one of the sides has no numbers. */
  readonly metrics: readonly ComparedMetric[];
}

/** Two runs compared, or what forbids it. */
export type Comparison =
  | { readonly status: "refused"; readonly differences: readonly Difference[] }
  | {
      readonly status: "compared";
      readonly ids: { readonly baseline: string; readonly candidate: string };
      readonly maxRegression: number;
      /** What differs although the runs were compared; empty unless that was forced. */
      readonly differences: readonly Difference[];
      /** What may be the reason of a change. */
      readonly changes: readonly Difference[];
      readonly rows: readonly ComparedRow[];
      readonly counts: Readonly<Record<Judgement, number>>;
      /** Metrics judged worse, and cells lost. More than none is a failure. */
      readonly regressions: number;
      /** What weakens the comparison, a sentence each. */
      readonly warnings: readonly string[];
    };

/** What got worse, what got better, and what cannot be judged. Pure. */
export function compare(baseline: Run, candidate: Run, options: CompareOptions): Comparison {
  const apart = differences(baseline.info, candidate.info);
  if (apart.length > 0 && options.force !== true) return { status: "refused", differences: apart };
  const rows = [...compareRows(rowsOf(baseline), rowsOf(candidate), options)].sort(inOrderOf(candidate.info));
  const counts = { better: 0, worse: 0, same: 0, "not judged": 0 };
  for (const { judgement } of rows.flatMap((row) => row.metrics)) counts[judgement]++;
  return {
    status: "compared",
    ids: { baseline: baseline.info.id, candidate: candidate.info.id },
    maxRegression: options.maxRegression,
    differences: apart,
    changes: changes(baseline.info, candidate.info),
    rows,
    counts,
    regressions: counts.worse + rows.filter(({ loss }) => loss !== null).length,
    warnings: [...unjudgedWarning(rows), ...roundsWarning(baseline, candidate)],
  };
}

type Compared = (typeof comparedMetrics)[number];

function compareRows(before: readonly Row[], after: readonly Row[], options: CompareOptions): readonly ComparedRow[] {
  const known = new Map(before.map((row) => [rowKey(row.cell), row]));
  const found = new Set(after.map((row) => rowKey(row.cell)));
  return [
    ...after.map((row) => compareRow(known.get(rowKey(row.cell)), row, options)),
    ...before
      .filter((row) => !found.has(rowKey(row.cell)))
      .map(({ cell }) => ({ cell, loss: null, unjudged: "not in the candidate", metrics: [] })),
  ];
}

function compareRow(before: Row | undefined, after: Row, options: CompareOptions): ComparedRow {
  const { cell } = after;
  const loss = lossOf(before, after);
  if (before?.status !== "measured" || after.status !== "measured")
    return { cell, loss, unjudged: loss === null ? unjudgedBecause(before, after) : null, metrics: [] };
  return {
    cell,
    loss,
    unjudged: null,
    metrics: comparedMetrics.map((metric) => compareMetric(metric, before, after, options)),
  };
}

function lossOf(before: Row | undefined, after: Row): string | null {
  if (after.status === "failed") return before?.status === "failed" ? null : `fails now: ${after.reason}`;
  if (after.status !== "measured" || before?.status === "failed") return null;
  const failed = (row: Row | undefined): MeasuredRow["unmeasured"] =>
    row?.status === "measured" ? row.unmeasured.filter(({ status }) => status === "failed") : [];
  const [first] = failed(after);
  if (first === undefined || failed(after).length <= failed(before).length) return null;
  return `fails in ${counted(failed(after).length, "round")} now, ${failed(before).length} before: ${first.reason}`;
}

function unjudgedBecause(before: Row | undefined, after: Row): string {
  if (before === undefined) return "not in the baseline";
  if (before.status === after.status) return before.status === "failed" ? "failed in both" : before.status;
  return `${before.status} in the baseline, ${after.status} in the candidate`;
}

function compareMetric(
  metric: Compared,
  before: MeasuredRow,
  after: MeasuredRow,
  options: CompareOptions,
): ComparedMetric {
  const [baseline, candidate] = [metric.of(before), metric.of(after)];
  const by = fractionOf(baseline.value, candidate.value);
  const reason = obstacle(metric, before, after);
  const judgement = reason === null ? judge(metric, baseline, candidate, options) : "not judged";
  return { metric: metric.key, baseline: baseline.value, candidate: candidate.value, change: by, judgement, reason };
}

function fractionOf(before: number | null, after: number | null): number | null {
  if (before === null || after === null) return null;
  if (before === 0) return after === 0 ? 0 : null;
  return (after - before) / before;
}

function obstacle(metric: ShownMetric, before: MeasuredRow, after: MeasuredRow): string | null {
  const doubts = new Set([...doubtsAbout(metric, before), ...doubtsAbout(metric, after)]);
  if (doubts.size > 0) return [...doubts].join(", ");
  if (metric.of(before).value === null) return `no value in the baseline: ${metric.of(before).missing}`;
  if (metric.of(after).value === null) return `no value in the candidate: ${metric.of(after).missing}`;
  return null;
}

/** Beyond the noise floor, beyond the fraction allowed, and, where there is an interval, beyond that. */
function judge(metric: Compared, before: Quantity, after: Quantity, options: CompareOptions): Judgement {
  if (before.value === null || after.value === null) return "not judged";
  const difference = after.value - before.value;
  const size = Math.abs(difference);
  if (size <= metric.floor || size <= options.maxRegression * before.value) return "same";
  const interval = options.interval?.(before.rounds, after.rounds) ?? null;
  if (interval !== null && interval.low <= 1 && interval.high >= 1) return "same";
  return difference > 0 === (metric.better === "less") ? "worse" : "better";
}

function unjudgedWarning(rows: readonly ComparedRow[]): readonly string[] {
  const all = rows.flatMap((row) => row.metrics);
  const speedKeys = comparedMetrics.filter(({ aspect }) => aspect === "speed").map(({ key }) => key);
  const speed = all.filter(({ metric }) => speedKeys.includes(metric));
  const judged = (some: readonly ComparedMetric[]): boolean => some.some(({ reason }) => reason === null);
  const why = (some: readonly ComparedMetric[]): string =>
    [...new Set(some.map(({ reason }) => reason))].join("; ") || "no row has numbers in both runs";
  if (!judged(all)) return [`Nothing could be judged: ${why(all)}.`];
  if (!judged(speed))
    return [
      `No latency and no RPS could be judged: ${why(speed)}. Memory, CPU and failures were, where they are known.`,
    ];
  return [];
}

function roundsWarning(...runs: readonly Run[]): readonly string[] {
  const fewest = Math.min(...runs.map(({ info }) => info.profile.rounds));
  if (fewest >= enoughRounds) return [];
  return [
    `Too few rounds (${fewest}, of ${enoughRounds} at least) to tell a change from chance: changes are judged by their size alone.`,
  ];
}
