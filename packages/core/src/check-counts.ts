/** How often a check said yes and no. */
export interface CheckCounts {
  readonly passes: number;
  readonly fails: number;
  /** Why it could not be worked out, where it said no for that; of several reasons the first in the alphabet. */
  readonly said?: string;
}

/** Both together. Associative and commutative. */
export function mergeChecks(a: CheckCounts, b: CheckCounts): CheckCounts {
  const [said] = [a.said, b.said].filter((reason) => reason !== undefined).sort();
  const counts = { passes: a.passes + b.passes, fails: a.fails + b.fails };
  return said === undefined ? counts : { ...counts, said };
}
