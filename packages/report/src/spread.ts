import { studentQuantile } from "@apb/stats/student";
import { times, whole } from "./format.ts";
import { type MetricKey, metricOf, titleOf } from "./metrics.ts";
import type { RowCell } from "./row.ts";

/** How much equal runs of one row differ by a metric on the machine of the candidate. */
export interface Spread {
  /** The standard deviation of the logarithm of the ratio of two such runs: √2 of that of the logarithm of a run's value. */
  readonly sd: number;
  /**
   * How many runs a standard deviation would be known from as well as this is, more than one and perhaps a fraction: from
   * few, chance may go further.
   */
  readonly runs: number;
}

/** What is known of a machine's equal runs; null where nothing is. */
export type SpreadOf = (cell: RowCell, metric: MetricKey) => Spread | null;

/**
 * By how much the highest of six equal runs lay above the lowest, as a fraction, in the steadiest series and in the least
 * steady one. Measured with six rounds a run, one run after the other, on a virtual machine with two cores that others use.
 */
export const seenApart = {
  cpuMsPerOperation: { least: 0.03, most: 0.38 },
  operationsPerSecond: { least: 0.49, most: 1.21 },
  p50Ms: { least: 0.59, most: 1.72 },
  p99Ms: { least: 0.55, most: 1.34 },
} as const satisfies Readonly<Partial<Record<MetricKey, { readonly least: number; readonly most: number }>>>;

/** The metric whose figures stand for this one: a mean was not looked at, and is moved by what moves a median. */
function seenOf(key: MetricKey): { readonly least: number; readonly most: number } | null {
  const seen: Readonly<Partial<Record<MetricKey, { readonly least: number; readonly most: number }>>> = seenApart;
  return seen[key === "meanMs" ? "p50Ms" : key] ?? null;
}

/** How rarely all that a comparison judges by a known spread may raise one false alarm, together. */
const alarms = 0.05;

/**
 * How far apart equal runs may lie, as the logarithm of their ratio: by the spread known of them, corrected for so many
 * metrics that are judged by one (Bonferroni), and otherwise as far as six were ever seen to. 0 for what is counted rather
 * than timed, where no spread is known.
 */
export function reachOf(key: MetricKey, spread: Spread | null, judged: number): number {
  if (spread !== null) return spread.sd * studentQuantile(alarms / Math.max(1, judged), spread.runs - 1);
  return Math.log1p(seenOf(key)?.most ?? 0);
}

/** Whether a time is in it, so that two runs differ by it though nothing changed. */
export function isTimed(key: MetricKey): boolean {
  return seenOf(key) !== null;
}

/** What two runs at two times can show where nothing is known of this machine's equal runs; of the `rest` where of some it is. */
export function unknownSpread(rest: boolean): string {
  const figures = Object.entries(seenApart).map(
    ([key, { least, most }]) => `${titleOf(metricOf(key as MetricKey))} ${whole(100 * least)} to ${whole(100 * most)}%`,
  );
  const unknown = rest
    ? "Of other metrics and rows that is not known"
    : "How far equal runs lie apart on this machine is not known";
  return `${unknown}: on a shared machine with two cores six equal runs lay apart by ${figures.join(", ")}. ${less("than the larger figure ")}`;
}

/** The same where it is: the furthest of each metric, as a factor. */
export function knownSpread(furthest: ReadonlyMap<MetricKey, number>): string {
  const figures = [...furthest].map(([key, factor]) => `${titleOf(metricOf(key))} by ${times(factor)}`);
  return `Equal runs on this machine may lie apart by its history, and among as many metrics as are judged here: ${figures.join(", ")}. ${less("")}`;
}

function less(than: string): string {
  return `What differs by less ${than}may be the machine's (~), and is called neither worse nor better; bench ab tells smaller differences, since it measures both sides at one time.`;
}
