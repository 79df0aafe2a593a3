import type { Histogram } from "./histogram.ts";
import type { Gathered } from "./threshold.ts";

/** Recorded times as what a threshold looks at; null is none. */
export function trend(histogram: Histogram | null): Gathered {
  const latency = histogram?.latency() ?? null;
  return {
    type: "trend",
    count: histogram?.count ?? 0,
    mean: latency?.mean ?? 0,
    min: latency?.min ?? 0,
    max: latency?.max ?? 0,
    quantile: (q) => histogram?.percentileMs(100 * q) ?? 0,
  };
}
