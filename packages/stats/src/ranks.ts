import { requireFinite } from "./order-interval.ts";

/**
 * The rank of each value, from 1, times two: equal values share the mean of their ranks, which is a whole or a half.
 * Throws a RangeError where a value is not finite.
 */
export function doubledRanks(values: readonly number[]): readonly number[] {
  requireFinite(values);
  const sorted = Float64Array.from(values).sort();
  return values.map((value) => sorted.indexOf(value) + sorted.lastIndexOf(value) + 2);
}

/** Twice the smaller of the probabilities of at most and of at least `at`, and no more than 1: a two-sided p. */
export function twoSided(masses: Float64Array, at: number): number {
  const add = (total: number, mass: number): number => total + mass;
  return Math.min(1, 2 * Math.min(masses.subarray(0, at + 1).reduce(add, 0), masses.subarray(at).reduce(add, 0)));
}
