import { type Estimate, estimateOf, middleOf } from "./order-interval.ts";

/** The middle value; the mean of the two middle ones when their number is even. NaN for none. */
export function median(values: readonly number[]): number {
  return middleOf(Float64Array.from(values).sort());
}

/**
 * The median with the interval between two of the values that holds the true one whatever the distribution: each value
 * lies below it with probability 1/2. At 95% from six values on. Throws a RangeError where a value is not finite.
 */
export function medianInterval(values: readonly number[], confidence = 0.95): Estimate {
  return estimateOf(Float64Array.from(values).sort(), coinMasses(values.length), confidence);
}

/** The probability of each number of heads in so many throws of a coin. */
function coinMasses(throws: number): Float64Array {
  let masses = Float64Array.of(1);
  for (let n = 1; n <= throws; n++)
    masses = Float64Array.from({ length: n + 1 }, (_, k) => ((masses[k] ?? 0) + (masses[k - 1] ?? 0)) / 2);
  return masses;
}
