import type { OwnResult } from "./cell.ts";
import { Failure } from "./failure.ts";
import { Histogram, mergeTimes, type Times } from "./histogram.ts";
import type { Gathered, MetricType } from "./threshold.ts";

/** What a scenario's own metric has gathered in a time: plain data that adds up in any order and any grouping. */
export type Own =
  | { readonly type: "counter"; readonly sum: number }
  /** The latest value and when it was added, on the generator's clock, with the extremes. */
  | {
      readonly type: "gauge";
      readonly value: number;
      readonly atMs: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly type: "rate"; readonly hits: number; readonly of: number }
  /** Values as times in milliseconds are: from 0, to three significant digits. */
  | { readonly type: "trend"; readonly values: Times };

/** Both together. Of one name there is one type: where there are two, the first is kept. */
export function mergeOwn(a: Own, b: Own): Own {
  if (a.type === "counter" && b.type === "counter") return { type: "counter", sum: a.sum + b.sum };
  if (a.type === "rate" && b.type === "rate") return { type: "rate", hits: a.hits + b.hits, of: a.of + b.of };
  if (a.type === "trend" && b.type === "trend") return { type: "trend", values: mergeTimes(a.values, b.values) };
  if (a.type !== "gauge" || b.type !== "gauge") return a;
  const later = a.atMs > b.atMs || (a.atMs === b.atMs && a.value >= b.value) ? a : b;
  return { ...later, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** What of it a threshold is held against; without a value nothing has been gathered. */
export function gatheredOwn(own: Own | undefined, seconds: number): Gathered {
  switch (own?.type) {
    case undefined:
      return { type: "trend", count: 0, mean: 0, min: 0, max: 0, quantile: () => 0 };
    case "counter":
      return { type: "counter", count: own.sum, seconds };
    case "gauge":
      return { type: "gauge", value: own.value };
    case "rate":
      return own;
    case "trend":
      return trendOf(own.values);
  }
}

/** What of it a cell stores; `seconds` is how long was counted. */
export function ownResult(own: Own, seconds: number): OwnResult {
  switch (own.type) {
    case "counter":
      return { type: "counter", count: own.sum, perSecond: own.sum / seconds };
    case "gauge":
      return { type: "gauge", value: own.value, min: own.min, max: own.max };
    case "rate":
      return own;
    case "trend": {
      const histogram = new Histogram();
      histogram.add(own.values);
      const none = { min: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0 };
      return {
        type: "trend",
        ...{ count: own.values.count, values: histogram.latency() ?? none, histogram: histogram.encode() },
      };
    }
  }
}

function trendOf(values: Times): Gathered {
  const histogram = new Histogram();
  histogram.add(values);
  return {
    ...{ type: "trend", count: values.count, mean: histogram.meanMs ?? 0 },
    ...{ min: values.minNs / 1e6, max: values.maxNs / 1e6 },
    quantile: (q) => histogram.percentileMs(q * 100) ?? 0,
  };
}

/** As many milliseconds as times are told apart to. */
const mostOfTrend = 600_000;

/** Gathers values of one metric until they are taken. */
export class OwnMeter {
  private readonly trend = new Histogram();
  private own: Own | null = null;
  private readonly type: MetricType;

  constructor(type: MetricType) {
    this.type = type;
  }

  /** Throws `mismatch` for a value of a trend that its histogram has no place for. */
  add(value: number, atMs: number): void {
    if (this.type === "trend") {
      if (!(value >= 0 && value <= mostOfTrend))
        throw new Failure("mismatch", `expected a value of a trend from 0 to ${mostOfTrend}, got ${value}; scale it`);
      this.trend.record(value);
    } else {
      const one = ownOf(this.type, value, atMs);
      this.own = this.own === null ? one : mergeOwn(this.own, one);
    }
  }

  /** What was gathered since it was last taken; null for nothing. */
  take(): Own | null {
    if (this.type === "trend") return this.trend.count === 0 ? null : { type: "trend", values: this.trend.take() };
    const { own } = this;
    this.own = null;
    return own;
  }
}

/** Gathers values of several metrics, by their names. */
export class OwnMeters {
  private readonly meters = new Map<string, OwnMeter>();

  add({ name, type }: { readonly name: string; readonly type: MetricType }, value: number, atMs: number): void {
    let meter = this.meters.get(name);
    if (meter === undefined) {
      meter = new OwnMeter(type);
      this.meters.set(name, meter);
    }
    meter.add(value, atMs);
  }

  /** What was gathered of each since it was last taken; nothing of those without values. */
  take(): Record<string, Own> {
    const taken = [...this.meters].flatMap(([name, meter]) => {
      const own = meter.take();
      return own === null ? [] : [[name, own] as const];
    });
    return Object.fromEntries(taken);
  }
}

/** A value of a rate is a hit unless it is 0, as in k6. */
function ownOf(type: Exclude<MetricType, "trend">, value: number, atMs: number): Own {
  switch (type) {
    case "counter":
      return { type, sum: value };
    case "gauge":
      return { type, value, atMs, min: value, max: value };
    case "rate":
      return { type, hits: value === 0 ? 0 : 1, of: 1 };
  }
}
