import type { CellResult } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { changes, type Difference, differences } from "./comparability.ts";
import { failedInBoth, faultsOf, warningsOf } from "./faults.ts";
import { counted } from "./format.ts";
import { type ComparedRow, type Estimated, estimated, type Judgement, judged, type Side, sideOf } from "./judge.ts";
import type { MetricKey } from "./metrics.ts";
import { groupedBy, inOrderOf } from "./order.ts";
import { type RowCell, rowKey } from "./row.ts";
import type { SpreadOf } from "./spread.ts";

export interface CompareOptions {
  /** How much worse is a regression, as a fraction: 0.2 is 20%. How much better is an improvement, too. */
  readonly maxRegression: number;
  /** Compare although machine or task differ. */
  readonly force?: boolean;
  /** How much equal runs differ on this machine; without it, as much as was ever seen elsewhere. */
  readonly spreadOf?: SpreadOf;
  /** A row of the baseline that is not judged by one of these is a fault. */
  readonly requireJudged?: readonly MetricKey[];
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
      /** Metrics judged worse, and cells lost. */
      readonly regressions: number;
      /** Why the candidate cannot pass whatever its numbers are, a sentence each. */
      readonly faults: readonly string[];
      /** Whether there is neither a regression nor a fault. */
      readonly passed: boolean;
      /** What weakens the comparison, a sentence each. */
      readonly warnings: readonly string[];
    };

/** What got worse, what got better, and what cannot be judged. Pure; throws `protocol` when a stored histogram cannot be read. */
export function compare(baseline: Run, candidate: Run, options: CompareOptions): Comparison {
  const apart = differences(baseline.info, candidate.info);
  if (apart.length > 0 && options.force !== true) return { status: "refused", differences: apart };
  const pairs = pairsOf(baseline, candidate);
  const rows = decided(pairs, candidate, options).sort(inOrderOf(candidate.info));
  const counts = { better: 0, worse: 0, same: 0, "within spread": 0, "not judged": 0 };
  for (const { judgement } of rows.flatMap((row) => row.metrics)) counts[judgement]++;
  const regressions = counts.worse + rows.filter(({ loss }) => loss !== null).length;
  const faults = faultsOf(rows, candidate, options.requireJudged ?? []);
  return {
    status: "compared",
    ids: { baseline: baseline.info.id, candidate: candidate.info.id },
    maxRegression: options.maxRegression,
    differences: apart,
    changes: changes(baseline.info, candidate.info),
    rows,
    counts,
    regressions,
    faults,
    passed: regressions === 0 && faults.length === 0,
    warnings: warningsOf(rows, baseline),
  };
}

/** What the two runs have of one row. */
interface Pair {
  readonly cell: RowCell;
  readonly before: Side | undefined;
  readonly after: Side | undefined;
}

function pairsOf(baseline: Run, candidate: Run): readonly Pair[] {
  const [before, after] = [sidesOf("baseline", baseline), sidesOf("candidate", candidate)];
  return [...new Map([...after, ...before])].map(([key, { row }]) => ({
    cell: row.cell,
    before: before.get(key),
    after: after.get(key),
  }));
}

function sidesOf(name: Side["name"], { results, info }: Run): ReadonlyMap<string, Side> {
  const key = ({ cell }: CellResult): string => rowKey(cell);
  const grouped = groupedBy(results, key).map((own) => sideOf(name, own, info.loads));
  return new Map(grouped.map((side) => [rowKey(side.row.cell), side]));
}

/** All rows at once: the more metrics are judged by a spread, the further chance goes in one of them. */
function decided(pairs: readonly Pair[], candidate: Run, options: CompareOptions): ComparedRow[] {
  const told = pairs.map((pair) => ({ pair, metrics: estimatesOf(pair, options) }));
  const beside = told
    .flatMap(({ metrics }) => metrics)
    .filter(({ ratio, spread }) => ratio !== null && spread !== null).length;
  return told.map(({ pair, metrics }) => ({
    ...rowOf(pair, candidate.info.profile.rounds),
    metrics: metrics.map((one) => judged(one, options.maxRegression, beside)),
  }));
}

function estimatesOf({ before, after }: Pair, { spreadOf }: CompareOptions): readonly Estimated[] {
  if (before?.row.status !== "measured" || after?.row.status !== "measured") return [];
  return estimated(before, after, spreadOf);
}

function rowOf({ cell, before, after }: Pair, rounds: number): Omit<ComparedRow, "metrics"> {
  const [loss, missing] = [lossOf(before, after), missingOf(before, after, rounds)];
  const unjudged = loss === null && missing === null ? unjudgedBecause(before, after) : null;
  return { cell, loss, missing, unjudged, setAside: [...(before?.setAside ?? []), ...(after?.setAside ?? [])] };
}

function lossOf(before: Side | undefined, after: Side | undefined): string | null {
  if (after === undefined || after.row.status === "not-applicable" || before?.row.status === "failed") return null;
  if (after.row.status === "failed") return `fails now: ${after.row.reason}`;
  const [was, is] = [brokenIn(before), brokenIn(after)];
  const [first] = is;
  if (first === undefined || is.length <= was.length) return null;
  return `fails or ends early in ${counted(is.length, "round")} now, ${was.length} before: ${first}`;
}

/** What each round said that failed, or ended before its time. */
function brokenIn(side: Side | undefined): readonly string[] {
  return (side?.results ?? []).flatMap((result) => {
    if (result.status === "failed") return [result.reason];
    return result.status === "measured" && result.partial !== null ? [result.partial] : [];
  });
}

/** `rounds` are those that the candidate was to have. */
function missingOf(before: Side | undefined, after: Side | undefined, rounds: number): string | null {
  if (before?.row.status !== "measured") return null;
  if (after === undefined) return "missing in the candidate";
  if (after.row.status === "not-applicable") return `not applicable in the candidate: ${after.row.reason}`;
  const due = Math.min(before.results.length, rounds);
  const lacking = due - after.results.length;
  return lacking <= 0 ? null : `${lacking} of ${counted(due, "round")} missing in the candidate`;
}

function unjudgedBecause(before: Side | undefined, after: Side | undefined): string | null {
  if (before === undefined) return "not in the baseline";
  if (after === undefined) return "not in the candidate";
  const [was, is] = [before.row.status, after.row.status];
  if (was !== is) return `${was} in the baseline, ${is} in the candidate`;
  return was === "measured" ? null : was === "failed" ? failedInBoth : was;
}
