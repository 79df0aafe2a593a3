import { inversionMasses } from "./inversions.ts";
import { type Estimate, estimateOf } from "./order-interval.ts";
import { doubledRanks, twoSided } from "./ranks.ts";

/**
 * How far `other` lies above `base`, two samples that are no pairs (Hodges and Lehmann 1963): the median of all differences of one
 * and one, with the interval of the test of Mann and Whitney (Moses 1965). Supposes that the two distributions differ by a
 * shift alone; of logarithms, with asRatio, by a factor. At 95% from four and four values on. Throws a RangeError where
 * one is not finite.
 */
export function shiftInterval(base: readonly number[], other: readonly number[], confidence = 0.95): Estimate {
  const differences = Float64Array.from(other.flatMap((above) => base.map((below) => above - below)));
  return estimateOf(differences.sort(), inversionMasses([base.length, other.length]), confidence);
}

/**
 * The test of Mann and Whitney, Wilcoxon's of rank sums: the two-sided p of two samples if they were drawn from one
 * distribution. Equal values share the mean of their ranks, and p is exact for those too: of all ways to deal them out. 1
 * where a sample is empty. Throws a RangeError where a value is not finite. 50 and 50 values take some 60 ms, 1,000 are
 * too many.
 */
export function rankSumP(base: readonly number[], other: readonly number[]): number {
  const ranks = doubledRanks([...base, ...other]);
  const sum = ranks.slice(0, base.length).reduce((total, rank) => total + rank, 0);
  return twoSided(dealtMasses(ranks, base.length), sum);
}

/** The probability of each sum of so many ranks, dealt out at random: by counting, over the ranks taken so far. */
function dealtMasses(ranks: readonly number[], size: number): Float64Array {
  const most = ranks.reduce((total, rank) => total + rank, 0);
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  counts[0]?.fill(1, 0, 1);
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let taken = size; taken > 0; taken--) {
      const [into, from] = [counts[taken], counts[taken - 1]];
      if (into === undefined || from === undefined) continue;
      for (let sum = reached; sum >= rank; sum--) into[sum] = (into[sum] ?? 0) + (from[sum - rank] ?? 0);
    }
  }
  const ways = counts[size] ?? new Float64Array(0);
  const all = ways.reduce((total, count) => total + count, 0);
  return ways.map((count) => count / all);
}
