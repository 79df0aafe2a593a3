import { inversionMasses } from "./inversions.ts";
import { type Estimate, estimateOf, middleOf, requireFinite } from "./order-interval.ts";
import { twoSided } from "./ranks.ts";

/** A value `y` at a place `x`, most often a time. */
export type Point = readonly [x: number, y: number];

/**
 * The slope of Theil and Sen: the median of the slopes of all pairs with different x, so that up to 29% of outliers do
 * not move it. 0 without such a pair. 300 points have 44,850 pairs, which take some 10 ms.
 */
export function medianSlope(points: readonly Point[]): number {
  const slopes = slopesOf(points);
  return slopes.length === 0 ? 0 : middleOf(slopes);
}

/**
 * As {@link medianSlope}, with the interval of Kendall's test (Sen 1968). None where two points have one x, and at 95% from
 * five points on. Throws a RangeError where a slope is not finite.
 */
export function slopeInterval(points: readonly Point[], confidence = 0.95): Estimate {
  if (new Set(points.map(([x]) => x)).size < points.length)
    return { value: medianSlope(points), interval: null, missing: "two points have one x" };
  return estimateOf(slopesOf(points), inversionMasses(points.map(() => 1)), confidence);
}

/**
 * The trend test of Mann and Kendall: the two-sided p of values in the order of time if that order were by chance. Exact, also
 * where values are equal: their pairs count for neither side, and p is of all orders of just these values. Supposes that
 * each value is independent of the one before. Throws a RangeError where a value is not finite. 300 values take some 50 ms.
 */
export function trendP(values: readonly number[]): number {
  requireFinite(values);
  const sizes = new Map<number, number>();
  let falling = 0;
  values.forEach((value, n) => {
    sizes.set(value, (sizes.get(value) ?? 0) + 1);
    for (let m = 0; m < n; m++) if ((values[m] ?? 0) > value) falling++;
  });
  return twoSided(inversionMasses([...sizes.values()]), falling);
}

function slopesOf(points: readonly Point[]): Float64Array {
  const slopes: number[] = [];
  points.forEach(([x, y], n) => {
    for (const [otherX, otherY] of points.slice(n + 1)) if (otherX !== x) slopes.push((otherY - y) / (otherX - x));
  });
  return Float64Array.from(slopes).sort();
}
