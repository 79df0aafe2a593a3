import { median } from "./median.ts";

/** Values whose median stands for one of them: two on either side, and at an end the five that are nearest. */
const around = 5;
/** Standard deviations from that median: three in a thousand values of a normal series lie further out. */
const most = 3;

/**
 * A series in which a value that lies far from those around it, alone or with one beside it, is the median of the five around it:
 * Hampel's filter (Davies and Gather 1993). A step stays where it is, from its third value on. How far is far comes from the
 * median of the changes from one value to the next, which neither steps nor outliers move.
 */
export function withoutOutliers(series: readonly number[]): readonly number[] {
  if (series.length < around) return series;
  const changes = series.slice(1).map((value, n) => Math.abs(value - (series[n] ?? 0)));
  // A change has √2 times the deviation of a value, and the median of sizes is 0.6745 deviations.
  const deviation = median(changes) / 0.6745 / Math.SQRT2;
  return series.map((value, n) => {
    const from = Math.max(0, Math.min(n - (around - 1) / 2, series.length - around));
    const middle = median(series.slice(from, from + around));
    return Math.abs(value - middle) > most * deviation ? middle : value;
  });
}
