import { Failure } from "./failure.ts";

/** What a metric gathers, in k6's words: times (trend), a sum (counter), the latest of something (gauge), a share (rate). */
export type MetricType = "trend" | "counter" | "gauge" | "rate";

/** What is compared with the limit; a percentile is from 0 to 100. */
export type Aggregation = "avg" | "min" | "max" | "med" | "count" | "rate" | "value" | { readonly percentile: number };

/** k6's operators; its `===` is `==`. */
export const operators = ["<", "<=", ">", ">=", "==", "!="] as const;

/** One of {@link operators}. */
export type Operator = (typeof operators)[number];

/** A limit on a metric, as k6 has it. */
export interface Threshold {
  /** The metric's key; an alias is resolved. */
  readonly metric: string;
  /** Only what has all of these tags counts. */
  readonly tags: Readonly<Record<string, string>>;
  readonly aggregation: Aggregation;
  readonly operator: Operator;
  /** In the metric's unit: milliseconds for times, 0 to 1 for the rate of a rate, per second for the rate of a counter. */
  readonly limit: number;
  /** The expression as it was written, `p(99)<5`. */
  readonly source: string;
  readonly abortOnFail: boolean;
  /** A crossed threshold aborts only after more than this since the load began. */
  readonly delayAbortEvalMs: number;
}

/** What a metric has gathered so far. `quantile` takes 0 to 1; `seconds` is how long was counted. */
export type Gathered =
  | {
      readonly type: "trend";
      readonly count: number;
      readonly mean: number;
      readonly min: number;
      readonly max: number;
      quantile(q: number): number;
    }
  | { readonly type: "counter"; readonly count: number; readonly seconds: number }
  | { readonly type: "gauge"; readonly value: number | null }
  | { readonly type: "rate"; readonly hits: number; readonly of: number };

/**
 * Compares what was gathered with the limit. `ok` is null when there is nothing to compare: no sample, or no time counted (a counter
 * of 0 after some time is 0). While a load runs that decides nothing; at its end it fails. Throws `internal` for a metric of another type.
 */
export function evaluate(
  threshold: Threshold,
  gathered: Gathered,
): { readonly ok: boolean | null; readonly value: number | null } {
  const value = aggregated(threshold.aggregation, gathered);
  if (value === undefined)
    throw new Failure("internal", `${thresholdText(threshold)}: not to be had of a ${gathered.type}`);
  return { ok: value === null ? null : holds(value, threshold.operator, threshold.limit), value };
}

/**
 * How far a value is from being allowed, in the metric's unit: more is worse, and what has no samples is the worst of all.
 * Only its order means something.
 */
export function excess({ operator, limit }: Pick<Threshold, "operator" | "limit">, value: number | null): number {
  if (value === null) return Number.POSITIVE_INFINITY;
  switch (operator) {
    case "<":
    case "<=":
      return value - limit;
    case ">":
    case ">=":
      return limit - value;
    case "==":
      return Math.abs(value - limit);
    case "!=":
      return -Math.abs(value - limit);
  }
}

/** A threshold on one line, `response{step:total}: p(99)<5`; parses to the same again. */
export function thresholdText(threshold: Pick<Threshold, "metric" | "tags" | "source">): string {
  return `${thresholdMetric(threshold)}: ${threshold.source}`;
}

/** Its metric and tags, `response{step:total}`. */
export function thresholdMetric({ metric, tags }: Pick<Threshold, "metric" | "tags">): string {
  const pairs = Object.entries(tags).map(([tag, value]) => `${tag}:${quoted(value)}`);
  return `${metric}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`}`;
}

/** What is compared with the limit, as k6 writes it: `p(99)`. */
export function aggregationText(aggregation: Aggregation): string {
  return typeof aggregation === "string" ? aggregation : `p(${aggregation.percentile})`;
}

/** In quotes where a bare value would be read otherwise. */
function quoted(value: string): string {
  if (value !== "" && value === value.trim() && !/,|^["']/.test(value)) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

/** Null: nothing gathered. Undefined: no such aggregation of this type. */
function aggregated(aggregation: Aggregation, gathered: Gathered): number | null | undefined {
  switch (gathered.type) {
    case "trend":
      return gathered.count === 0 ? null : ofTrend(aggregation, gathered);
    case "counter":
      if (aggregation !== "count" && aggregation !== "rate") return undefined;
      if (gathered.seconds <= 0) return null;
      return aggregation === "count" ? gathered.count : gathered.count / gathered.seconds;
    case "gauge":
      return aggregation === "value" ? gathered.value : undefined;
    case "rate":
      if (aggregation !== "rate") return undefined;
      return gathered.of === 0 ? null : gathered.hits / gathered.of;
  }
}

function ofTrend(aggregation: Aggregation, trend: Gathered & { type: "trend" }): number | undefined {
  if (typeof aggregation === "object") return trend.quantile(quantileOf(aggregation.percentile));
  switch (aggregation) {
    case "avg":
      return trend.mean;
    case "min":
      return trend.min;
    case "max":
      return trend.max;
    case "med":
      return trend.quantile(0.5);
    default:
      return undefined;
  }
}

/** Rounded, because 99.9 / 100 is 0.9990000000000001: in a thousand samples that is one rank too high. */
function quantileOf(percentile: number): number {
  return Number((percentile / 100).toPrecision(12));
}

function holds(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "==":
      return value === limit;
    case "!=":
      return value !== limit;
  }
}
