import type { Measured, OwnResult } from "@apb/core/cell";
import { Histogram } from "@apb/core/histogram";

/** A scenario's own metrics over all rounds, by name. Throws `protocol` when a stored histogram cannot be read. */
export function ownMetricsOf(rounds: readonly Measured[]): Readonly<Record<string, OwnResult>> {
  const names = new Set(rounds.flatMap(({ metrics = {} }) => Object.keys(metrics)));
  const seconds = rounds.map(({ load }) => load.durationMs / 1000);
  return Object.fromEntries(
    [...names].map((name) => {
      const each = rounds.flatMap(({ metrics = {} }) => metrics[name] ?? []);
      return [
        name,
        each.reduce((a, b) =>
          folded(
            a,
            b,
            seconds.reduce((sum, one) => sum + one, 0),
          ),
        ),
      ];
    }),
  );
}

function folded(a: OwnResult, b: OwnResult, seconds: number): OwnResult {
  if (a.type === "counter" && b.type === "counter") {
    const count = a.count + b.count;
    return { type: "counter", count, perSecond: count / seconds };
  }
  if (a.type === "gauge" && b.type === "gauge")
    return { type: "gauge", value: b.value, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  if (a.type === "rate" && b.type === "rate") return { type: "rate", hits: a.hits + b.hits, of: a.of + b.of };
  if (a.type !== "trend" || b.type !== "trend") return a;
  const both = Histogram.merge([a, b].map(({ histogram, values }) => ({ histogram, latency: values })));
  const values = both.latency() ?? a.values;
  return { type: "trend", count: a.count + b.count, values, histogram: both.encode() };
}
