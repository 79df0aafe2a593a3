import type { CellResult, FindingKind } from "@apb/core/cell";
import type { Aspect } from "@apb/core/metrics";
import { asRatio } from "@apb/stats/order-interval";
import { shiftInterval } from "@apb/stats/rank-sum";
import { doubtsAbout } from "./doubts.ts";
import { counted } from "./format.ts";
import { comparedMetrics, type MetricKey } from "./metrics.ts";
import { absent, type Quantity } from "./quantity.ts";
import { enoughRounds } from "./rounds.ts";
import type { MeasuredRow, Row, RowCell } from "./row.ts";
import { fold } from "./rows.ts";
import { reachOf, type Spread, type SpreadOf } from "./spread.ts";

/**
 * What is made of a change. `same`: no difference is shown, or none that counts. `within spread`: the rounds show one, and
 * equal runs may differ by as much.
 */
export type Judgement = "better" | "worse" | "same" | "within spread" | "not judged";

/** Candidate over baseline, by the rounds. */
export interface RoundsRatio {
  /** The estimate of Hodges and Lehmann with its exact 95% interval, of two samples that are no pairs. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The factor by which two equal runs may lie apart, from 1 on, and the interval widened by it. */
  readonly apart: number;
  /** How many runs that is known from, as in Spread; null where it is as far as was ever seen, here or elsewhere. */
  readonly runs: number | null;
  readonly widened: { readonly low: number; readonly high: number };
}

/** One metric of one row, before and after. */
export interface ComparedMetric {
  readonly metric: MetricKey;
  /** Over the rounds that it is judged by. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** As a fraction of the baseline; null where there is nothing to divide. */
  readonly change: number | null;
  /** Null for shares, which are compared by their difference, and for what the rounds are too few for. */
  readonly ratio: RoundsRatio | null;
  readonly judgement: Judgement;
  /** Why it is not judged. Null when it is. */
  readonly reason: string | null;
}

/** A round that some metrics are not judged by. */
export interface SetAside {
  readonly side: "baseline" | "candidate";
  readonly round: number;
  readonly findings: readonly FindingKind[];
}

/** One row of both runs. */
export interface ComparedRow {
  readonly cell: RowCell;
  /** What the cell as a whole lost: it fails now, or in more rounds than before. Null otherwise. */
  readonly loss: string | null;
  /** What of it the baseline has and the candidate has not: all, or some rounds. Null otherwise. */
  readonly missing: string | null;
  /** Why the row has no numbers to compare, and that is no loss. Null when it has, or is one. */
  readonly unjudged: string | null;
  /** Rounds that some or all metrics are not judged by. */
  readonly setAside: readonly SetAside[];
  /** Empty where one of the sides has no numbers. */
  readonly metrics: readonly ComparedMetric[];
}

/** What a run has of one row. */
export interface Side {
  readonly name: SetAside["side"];
  /** Of all its rounds. */
  readonly row: Row;
  readonly results: readonly CellResult[];
  readonly setAside: readonly SetAside[];
  /** The rounds that a metric of this aspect is judged by, as one row; null where none is left. */
  readonly sound: Readonly<Record<Aspect, MeasuredRow | null>>;
}

/** The rounds of one cell, the doubtful ones told from the others. Throws `protocol` when a stored histogram cannot be read. */
export function sideOf(name: Side["name"], results: readonly CellResult[], loads: Parameters<typeof fold>[1]): Side {
  const rounds = [...results].sort((a, b) => a.cell.round - b.cell.round);
  const row = fold(rounds, loads);
  const alone = rounds.flatMap((result) => {
    const one = fold([result], loads);
    return one.status === "measured" ? [{ result, row: one }] : [];
  });
  const doubts = (one: MeasuredRow, aspect: Aspect): readonly FindingKind[] => doubtsAbout({ aspect }, one);
  const soundBy = (aspect: Aspect): MeasuredRow | null => {
    const left = alone.filter((one) => doubts(one.row, aspect).length === 0);
    if (left.length === 0) return null;
    const whole = left.length === alone.length ? row : fold(resultsOf(left), loads);
    return whole.status === "measured" ? whole : null;
  };
  const setAside = alone.flatMap((one) => {
    const findings = [...new Set(aspects.flatMap((aspect) => doubts(one.row, aspect)))];
    return findings.length === 0 ? [] : [{ side: name, round: one.result.cell.round, findings }];
  });
  const sound = { speed: soundBy("speed"), cost: soundBy("cost"), failures: soundBy("failures") };
  return { name, row, results: rounds, setAside, sound };
}

const aspects: readonly Aspect[] = ["speed", "cost", "failures"];

function resultsOf(rounds: readonly { readonly result: CellResult }[]): readonly CellResult[] {
  return rounds.map(({ result }) => result);
}

type Compared = (typeof comparedMetrics)[number];

/** A metric as the rounds of both sides tell it, before it is known how many are judged beside it. */
export interface Estimated {
  readonly metric: Compared;
  readonly before: Quantity;
  readonly after: Quantity;
  readonly ratio: Pick<RoundsRatio, "value" | "low" | "high"> | null;
  readonly spread: Spread | null;
  readonly reason: string | null;
}

/** Every metric that two measured sides are compared by. */
export function estimated(before: Side, after: Side, spreadOf: SpreadOf | undefined): readonly Estimated[] {
  return comparedMetrics.map((metric) => {
    const [was, is] = [shownOf(before, metric), shownOf(after, metric)];
    const spread = spreadOf?.(after.row.cell, metric.key) ?? null;
    const own = { metric, before: was, after: is, spread, ratio: null };
    const reason = obstacle(metric, [before, was], [after, is]);
    if (reason !== null || metric.aspect === "failures") return { ...own, reason };
    const logs = ({ rounds }: Quantity): readonly number[] => rounds.map(Math.log);
    const { value, interval, missing } = asRatio(shiftInterval(logs(was), logs(is)));
    return {
      ...own,
      ratio: interval === null ? null : { value, low: interval.low, high: interval.high },
      reason: missing,
    };
  });
}

/** By the rounds that judge it; where none is left, by all, for a reader. */
function shownOf({ sound, row }: Side, metric: Compared): Quantity {
  const telling = sound[metric.aspect] ?? row;
  return telling.status === "measured" ? metric.of(telling) : absent(telling.reason);
}

type Of = readonly [side: Side, quantity: Quantity];

function obstacle(metric: Compared, ...both: readonly [Of, Of]): string | null {
  const without = both.find(([, { value }]) => value === null);
  if (without !== undefined) {
    const [{ name }, { missing }] = without;
    return `no value in the ${name}: ${missing}`;
  }
  // What is counted needs no interval: any round will do.
  const least = metric.aspect === "failures" ? 1 : enoughRounds;
  const left = ([{ sound }, { rounds }]: Of): number => {
    if (sound[metric.aspect] === null) return 0;
    return metric.aspect === "failures" ? least : rounds.length;
  };
  const few = both.filter((one) => left(one) < least);
  if (few.length > 0) return few.map((one) => fewOf(one[0], left(one), least)).join("; ");
  if (metric.aspect === "failures") return null;
  const still = both.find(([, { rounds }]) => rounds.some((value) => value <= 0));
  return still === undefined
    ? null
    : `a round of the ${still[0].name} has a value of 0, and nothing is a multiple of it`;
}

/** `candidate: 5 of 6 rounds (impossible)`. */
function fewOf({ name, setAside, results }: Side, left: number, least: number): string {
  const kinds = new Set(setAside.flatMap(({ findings }) => findings));
  const because = left === results.length || kinds.size === 0 ? "" : ` (${[...kinds].join(", ")})`;
  return `${name}: ${left} of ${counted(least, "round")}${because}`;
}

/** What is made of a metric that so many are judged beside by a known spread. */
export function judged(one: Estimated, maxRegression: number, beside: number): ComparedMetric {
  const { metric, before, after, reason } = one;
  const ratio =
    one.ratio === null
      ? null
      : widened(one.ratio, { reach: reachOf(metric.key, one.spread, beside), runs: one.spread?.runs ?? null });
  const own = { metric: metric.key, baseline: before.value, candidate: after.value, ratio, reason };
  const by = { ...own, change: fractionOf(before.value, after.value) };
  if (reason !== null || before.value === null || after.value === null) return { ...by, judgement: "not judged" };
  const difference = after.value - before.value;
  const counts = Math.abs(difference) > Math.max(metric.floor, maxRegression * before.value);
  const isBeyond = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
    difference > 0 ? low > 1 : high < 1;
  if (!counts || (ratio !== null && !isBeyond(ratio))) return { ...by, judgement: "same" };
  if (ratio !== null && !isBeyond(ratio.widened)) return { ...by, judgement: "within spread" };
  return { ...by, judgement: difference > 0 === (metric.better === "less") ? "worse" : "better" };
}

/** What the rounds of a run miss by, and what the run as a whole does, have nothing to do with each other: their squares add up. */
function widened(
  { value, low, high }: Pick<RoundsRatio, "value" | "low" | "high">,
  { reach, runs }: { readonly reach: number; readonly runs: number | null },
): RoundsRatio {
  const to = (bound: number): number => Math.hypot(Math.log(bound / value), reach);
  const wide = { low: value * Math.exp(-to(low)), high: value * Math.exp(to(high)) };
  return { value, low, high, apart: Math.exp(reach), runs, widened: wide };
}

function fractionOf(before: number | null, after: number | null): number | null {
  if (before === null || after === null) return null;
  if (before === 0) return after === 0 ? 0 : null;
  return (after - before) / before;
}
