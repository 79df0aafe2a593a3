/** Where the true value lies. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** How often such an interval holds the true value, 0 to 1: at least what was asked for. */
  readonly confidence: number;
}

/** What a sample says of a quantity. */
export interface Estimate {
  readonly value: number;
  /** Null where so few values allow no interval of the confidence asked for. */
  readonly interval: Interval | null;
  /** Why `interval` is null; null when it is not. */
  readonly missing: string | null;
}

/**
 * The middle of candidates for a value, and the interval that leaves out equally many at either end. Candidates are in
 * ascending order; `masses[k]` is the probability that just k of them lie below the true value, for k from 0 to their
 * number, and the same as that of k above it. Exact where no two values of the sample are equal, wider than need be
 * otherwise. (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd ed., §3.3, §3.6, §4.3, §9.3.)
 */
export function estimateOf(candidates: Float64Array, masses: Float64Array, confidence: number): Estimate {
  requireFinite(candidates);
  const value = middleOf(candidates);
  const most = (1 - requireConfidence(confidence)) / 2;
  let out = 0;
  let tail = 0;
  for (let next = masses[0] ?? 1; 2 * out < candidates.length && tail + next <= most; next = masses[out] ?? 1) {
    tail += next;
    out++;
  }
  if (out === 0) return { value, interval: null, missing: tooFew(confidence, 1 - 2 * (masses[0] ?? 1)) };
  const low = candidates[out - 1] ?? Number.NaN;
  const high = candidates[candidates.length - out] ?? Number.NaN;
  return { value, interval: { low, high, confidence: 1 - 2 * tail }, missing: null };
}

function tooFew(confidence: number, reached: number): string {
  const percent = (share: number): string => `${+(100 * share).toPrecision(4)}%`;
  return reached <= 0
    ? `too few values for an interval`
    : `too few values for an interval of ${percent(confidence)}: from their lowest to their highest is one of ${percent(reached)}`;
}

/** An estimate on the scale of logarithms as one of ratios. */
export function asRatio({ value, interval, missing }: Estimate): Estimate {
  if (interval === null) return { value: Math.exp(value), interval, missing };
  const { low, high, confidence } = interval;
  return { value: Math.exp(value), interval: { low: Math.exp(low), high: Math.exp(high), confidence }, missing };
}

/** The middle of values in ascending order; the mean of the two middle ones when their number is even. NaN for none. */
export function middleOf(sorted: Float64Array): number {
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Throws a RangeError where a value is not a finite number: it has no rank among others. */
export function requireFinite(values: Iterable<number>): void {
  for (const value of values) if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
}

/** The confidence itself; throws a RangeError where it is not above 0 and below 1. */
export function requireConfidence(confidence: number): number {
  if (confidence > 0 && confidence < 1) return confidence;
  throw new RangeError(`a confidence lies between 0 and 1, not ${confidence}`);
}
