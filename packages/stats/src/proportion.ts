import { incompleteBeta } from "./beta.ts";
import { type Estimate, requireConfidence } from "./order-interval.ts";

/**
 * A share of yes among so many independent answers, with the interval of Clopper and Pearson (1934): from the binomial itself, so
 * that it holds the true share at least as often as asked for, and mostly more often. None without an answer. Throws a
 * RangeError where there are more yes than answers.
 */
export function proportionInterval(yes: number, answers: number, confidence = 0.95): Estimate {
  if (!(yes >= 0 && yes <= answers)) throw new RangeError(`${yes} of ${answers} is no proportion`);
  const outside = (1 - requireConfidence(confidence)) / 2;
  if (answers === 0) return { value: Number.NaN, interval: null, missing: "there is no answer" };
  const no = answers - yes;
  // A share at which this many yes, or more, are as rare as that; and one at which this many or fewer are.
  const low = yes === 0 ? 0 : shareWhere((share) => incompleteBeta(share, yes, no + 1) < outside);
  const high = no === 0 ? 1 : shareWhere((share) => incompleteBeta(share, yes + 1, no) < 1 - outside);
  return { value: yes / answers, interval: { low, high, confidence }, missing: null };
}

/** The share up to which something holds, by halving. */
function shareWhere(holds: (share: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
