const bars = "▁▂▃▄▅▆▇█";

/** What a series spans at least, as a part of its greatest value: noise of a few percent is to look like it. */
const leastSpan = 0.2;

/** Values as bars of eight heights, from the lowest to the highest of them, or over a fifth of the highest where they are closer; of many the last ones. */
export function sparkline(values: readonly number[], most = 30): string {
  const shown = values.slice(-most);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const span = Math.max(high - low, leastSpan * high);
  // Where they are closer their middle is at half height.
  const from = (low + high - span) / 2;
  return shown.map((value) => bars[heightOf(span === 0 ? 0.5 : (value - from) / span)] ?? "").join("");
}

function heightOf(share: number): number {
  // A hair below a step, as sums of fractions come out, is on it.
  return Math.min(bars.length - 1, Math.floor(share * bars.length + 1e-9));
}
