/** One of several tests, corrected for their number. */
export interface Corrected {
  /** The p of the test, as it would be if it were the only one: at most `alpha` means rejected. */
  readonly adjusted: number;
  readonly rejected: boolean;
}

/**
 * Holm's correction (1979): with it the chance that any true hypothesis of all is rejected is at most `alpha`, however
 * the tests depend on each other. In the order of the p values given. Throws a RangeError where one is not from 0 to 1.
 */
export function holm(pValues: readonly number[], alpha = 0.05): readonly Corrected[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`a p value lies from 0 to 1, not ${wrong}`);
  const ascending = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Float64Array(pValues.length);
  let least = 0;
  ascending.forEach(({ p, index }, rank) => {
    least = Math.max(least, Math.min(1, (pValues.length - rank) * p));
    adjusted[index] = least;
  });
  return Array.from(adjusted, (p) => ({ adjusted: p, rejected: p <= alpha }));
}
