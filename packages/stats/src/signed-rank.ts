import { asRatio, type Estimate, estimateOf } from "./order-interval.ts";
import { doubledRanks, twoSided } from "./ranks.ts";

/**
 * The centre of differences of pairs (Hodges and Lehmann 1963): the median of the means of all their pairs, each with
 * itself among them, with the interval of Wilcoxon's signed-rank test (Tukey 1949). Supposes that differences lie
 * evenly on both sides of their centre, not that they are normal. At 95% from six differences on. Throws a RangeError
 * where one is not finite. 200 differences take some 10 ms.
 */
export function pairedInterval(differences: readonly number[], confidence = 0.95): Estimate {
  const ranks = differences.map((_, n) => n + 1);
  return estimateOf(walshAverages(differences), positiveMasses(ranks), confidence);
}

/** As {@link pairedInterval}, of logarithms of ratios: the estimate and its interval are ratios. */
export function ratioInterval(logRatios: readonly number[], confidence = 0.95): Estimate {
  return asRatio(pairedInterval(logRatios, confidence));
}

/**
 * Wilcoxon's signed-rank test: the two-sided p of the differences of pairs if they had 0 in their middle. Zeros are left out
 * first, as Wilcoxon did; equal sizes share the mean of their ranks, and p is exact for those ranks too: of all ways to
 * give them signs. 1 where nothing is left. Throws a RangeError where a difference is not finite.
 */
export function signedRankP(differences: readonly number[]): number {
  const changed = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(changed.map(Math.abs));
  const positive = ranks.reduce((sum, rank, n) => ((changed[n] ?? 0) > 0 ? sum + rank : sum), 0);
  return twoSided(positiveMasses(ranks), positive);
}

function walshAverages(values: readonly number[]): Float64Array {
  const averages = new Float64Array((values.length * (values.length + 1)) / 2);
  let at = 0;
  values.forEach((value, n) => {
    for (let m = 0; m <= n; m++) averages[at++] = (value + (values[m] ?? 0)) / 2;
  });
  return averages.sort();
}

/** The probability of each sum of the positive ranks, where each has its sign by the throw of a coin. */
function positiveMasses(ranks: readonly number[]): Float64Array {
  const masses = new Float64Array(1 + ranks.reduce((sum, rank) => sum + rank, 0));
  masses[0] = 1;
  let most = 0;
  for (const rank of ranks) {
    most += rank;
    for (let sum = most; sum >= 0; sum--) masses[sum] = ((masses[sum] ?? 0) + (masses[sum - rank] ?? 0)) / 2;
  }
  return masses;
}
