import type { Histogram } from "@apb/core/histogram";

/** Locust's percentiles, under its names for them. */
export const percentileNames = [
  "50%",
  "66%",
  "75%",
  "80%",
  "90%",
  "95%",
  "98%",
  "99%",
  "99.9%",
  "99.99%",
  "100%",
] as const;

/** Median, average, minimum and maximum, as Locust's columns of them; 0 without a request, as there. */
export function summaryOf(times: Histogram): readonly number[] {
  return [times.percentileMs(50), times.meanMs, times.percentileMs(0), times.percentileMs(100)].map((ms) =>
    rounded(ms ?? 0),
  );
}

/** The values of {@link percentileNames}; `N/A` without a request, as in Locust. */
export function percentilesOf(times: Histogram): readonly (number | string)[] {
  return percentileNames.map((name) => {
    const ms = times.percentileMs(Number.parseFloat(name));
    return ms === null ? "N/A" : rounded(ms);
  });
}

/** To a thousandth: a microsecond. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
