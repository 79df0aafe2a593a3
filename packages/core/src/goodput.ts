import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** What a stream can be limited in. */
export const goodputMetrics = ["first_event", "second_event", "event_gap", "mean_gap", "stream_duration"] as const;

/** One of {@link goodputMetrics}; `second_event` is from the first to there, `event_gap` is the longest one of a stream. */
export type GoodputMetric = (typeof goodputMetrics)[number];

/** A stream is good where none of its figures is above its limit. */
export interface GoodputLimit {
  readonly metric: GoodputMetric;
  readonly limitMs: number;
}

/** What one stream came to, in milliseconds; null where it had no, or no second, event. */
export type StreamFigures = Readonly<Record<GoodputMetric, number | null>>;

/** Iterations with streams that succeeded, and those of them that kept all limits; `inWindow` ended within the window, also where they began before it. */
export interface GoodputCounts {
  readonly of: number;
  readonly good: number;
  readonly inWindow: number;
}

/** What others call them, vLLM and AIPerf, though an event is no token: here and in thresholds. */
export const streamAliases: Readonly<Record<GoodputMetric, readonly string[]>> = {
  first_event: ["ttft", "time_to_first_token"],
  second_event: ["ttst", "time_to_second_token"],
  event_gap: ["itl", "inter_chunk_latency"],
  mean_gap: ["tpot", "time_per_output_token", "inter_token_latency"],
  stream_duration: ["e2el", "request_latency"],
};

/**
 * `first_event:200,mean_gap:50`, in milliseconds, with commas or spaces between; the names of other tools are understood.
 * Throws `usage` for an unknown name, a limit that is none, and a metric that is limited twice.
 */
export function parseGoodput(text: string): readonly GoodputLimit[] {
  const limits = text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map(limitOf);
  if (limits.length === 0) throw wrong(text, "expected limits like first_event:200,mean_gap:50");
  const twice = limits.find(({ metric }, n) => limits.findIndex((other) => other.metric === metric) < n);
  if (twice !== undefined) throw wrong(text, `${twice.metric} is limited twice`);
  return limits;
}

function limitOf(part: string): GoodputLimit {
  const [, name = "", number = ""] = /^([^:]*):(\d*\.?\d+)(?:ms)?$/.exec(part) ?? [];
  if (number === "") throw wrong(part, "expected NAME:MILLISECONDS, like first_event:200");
  const metric = goodputMetrics.find((known) => known === name || streamAliases[known].includes(name));
  if (metric !== undefined) return { metric, limitMs: Number(number) };
  const meant = nearest(name, [...goodputMetrics, ...Object.values(streamAliases).flat()]);
  const hint = meant === null ? "" : `; did you mean '${meant}'?`;
  throw wrong(part, `expected ${goodputMetrics.join(", ")}, got '${name}'${hint}`);
}

function wrong(given: string, sentence: string): Failure {
  return new Failure("usage", `goodput '${given}': ${sentence}`);
}

/** The limits as they are written: `first_event:200,mean_gap:50`. */
export function goodputText(limits: readonly GoodputLimit[]): string {
  return limits.map(({ metric, limitMs }) => `${metric}:${limitMs}`).join(",");
}

/** Whether a stream keeps all limits. One without an event keeps none of its first; one with a single event has no gap too long. */
export function isGood(figures: StreamFigures, limits: readonly GoodputLimit[]): boolean {
  return limits.every(({ metric, limitMs }) => {
    const value = figures[metric] ?? (metric === "first_event" ? Number.POSITIVE_INFINITY : 0);
    return value <= limitMs;
  });
}

/** Both counts; undefined where neither was counted. */
export function mergeGoodput(a: GoodputCounts | undefined, b: GoodputCounts | undefined): GoodputCounts | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { of: a.of + b.of, good: a.good + b.good, inWindow: a.inWindow + b.inWindow };
}
