/** A place between values, and how far those before it lie from those after it, of all from one to before another. */
export interface Split {
  readonly from: number;
  readonly at: number;
  readonly to: number;
  /** Q of Matteson and James (2014): twice the mean distance across, less the mean distances within, by m n / (m + n). */
  readonly distance: number;
}

/**
 * For values, what finds among those from one to before another the split at which the ones before it and the ones after it,
 * up to any end, are furthest apart, with at least so many on either side; null where there is no room. In time that
 * grows with the square of their number.
 */
export function splitter(values: readonly number[], least: number): (from: number, to: number) => Split | null {
  const spread = spreads(values);
  return (from, to) => {
    let best: Split | null = null;
    for (let at = from + least; at + least <= to; at++)
      for (let end = at + least; end <= to; end++) {
        const [n, m] = [at - from, end - at];
        const [left, right] = [spread(from, at), spread(at, end)];
        const between = spread(from, end) - left - right;
        const distance = (2 / (m + n)) * (between - (m / (n - 1)) * left - (n / (m - 1)) * right);
        if (best === null || distance > best.distance) best = { from, at, to: end, distance };
      }
    return best;
  };
}

/** The sum of the distances of all pairs of values from one to before another. */
type Spread = (from: number, to: number) => number;

/** Each from that of one value fewer. */
function spreads(values: readonly number[]): Spread {
  const width = values.length + 1;
  const sums = new Float64Array(width * width);
  values.forEach((value, to) => {
    let toOthers = 0;
    for (let from = to - 1; from >= 0; from--) {
      toOthers += Math.abs(value - (values[from] ?? 0));
      sums[from * width + to + 1] = (sums[from * width + to] ?? 0) + toOthers;
    }
  });
  return (from, to) => sums[from * width + to] ?? 0;
}
