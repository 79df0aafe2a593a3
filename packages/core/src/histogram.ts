import * as hdr from "hdr-histogram-js";
import { Failure } from "./failure.ts";
import type { Latency } from "./latency.ts";

/** Ten minutes: what takes longer is recorded as this (its exact value still counts in mean and max). */
const highestMicroseconds = 600_000_000;
/** With three digits values below this have a bucket each; above it every octave has half as many, all alike. */
const linearBuckets = 2048;

/**
 * Recorded times as plain data that crosses processes and adds up exactly: whole numbers throughout. `buckets` are pairs,
 * a time in microseconds and how often, in ascending order; times are the lower ends of an HdrHistogram's buckets.
 */
export interface Times {
  readonly count: number;
  readonly sumNs: number;
  readonly minNs: number;
  readonly maxNs: number;
  readonly buckets: readonly number[];
}

/** No times. */
export const noTimes: Times = { count: 0, sumNs: 0, minNs: 0, maxNs: 0, buckets: [] };

/** Both together: sums of whole numbers, so that order and grouping do not matter. */
export function mergeTimes(a: Times, b: Times): Times {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  return {
    count: a.count + b.count,
    sumNs: a.sumNs + b.sumNs,
    minNs: Math.min(a.minNs, b.minNs),
    maxNs: Math.max(a.maxNs, b.maxNs),
    buckets: mergeBuckets(a.buckets, b.buckets),
  };
}

function mergeBuckets(a: readonly number[], b: readonly number[]): number[] {
  const merged: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const [left, right] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY];
    const time = Math.min(left, right);
    let times = 0;
    if (left === time) times += a[i + 1] ?? 0;
    if (right === time) times += b[j + 1] ?? 0;
    if (left === time) i += 2;
    if (right === time) j += 2;
    merged.push(time, times);
  }
  return merged;
}

/** Times over a window: an HdrHistogram in whole microseconds, with minimum, maximum and sum to the nanosecond beside it. Memory is bounded. */
export class Histogram {
  private readonly hdr = new hdr.Int32Histogram(1, highestMicroseconds, 3);
  private sumNs = 0;
  private minNs = Number.POSITIVE_INFINITY;
  private maxNs = 0;
  count = 0;

  record(ms: number): void {
    const ns = Math.max(0, Math.round(ms * 1e6));
    this.count++;
    this.sumNs += ns;
    if (ns < this.minNs) this.minNs = ns;
    if (ns > this.maxNs) this.maxNs = ns;
    this.increment(microseconds(ns));
  }

  /** What `recordValue` does, in a third of its time: that takes a logarithm and two powers to find the bucket. */
  private increment(value: number): void {
    const { hdr } = this;
    const octave = Math.max(Math.clz32(linearBuckets) - Math.clz32(value) + 1, 0);
    hdr.incrementCountAtIndex(octave * (linearBuckets / 2) + (value >> octave));
    hdr.updateMinAndMax(value);
    hdr.incrementTotalCount();
  }

  /** All of these times too. */
  add({ count, sumNs, minNs, maxNs, buckets }: Times): void {
    if (count === 0) return;
    this.count += count;
    this.sumNs += sumNs;
    this.minNs = Math.min(this.minNs, minNs);
    this.maxNs = Math.max(this.maxNs, maxNs);
    for (let n = 0; n < buckets.length; n += 2)
      this.hdr.recordValueWithCount(buckets[n] as number, buckets[n + 1] as number);
  }

  /** What has been recorded, as data. */
  times(): Times {
    const { count, sumNs, minNs, maxNs } = this;
    if (count === 0) return noTimes;
    const buckets: number[] = [];
    const last = this.hdr.countsArrayIndex(microseconds(maxNs));
    for (let index = this.hdr.countsArrayIndex(microseconds(minNs)); index <= last; index++) {
      const times = this.hdr.getCountAtIndex(index);
      if (times > 0) buckets.push(this.hdr.valueFromIndex(index), times);
    }
    return { count, sumNs, minNs, maxNs, buckets };
  }

  /** What has been recorded since this was last called. */
  take(): Times {
    const times = this.times();
    if (times.count === 0) return times;
    this.hdr.reset();
    this.count = 0;
    this.sumNs = 0;
    this.minNs = Number.POSITIVE_INFINITY;
    this.maxNs = 0;
    return times;
  }

  /** In milliseconds; null when nothing was recorded. */
  get meanMs(): number | null {
    return this.count === 0 ? null : this.sumNs / this.count / 1e6;
  }

  /** Of all times together, in milliseconds. */
  get sumMs(): number {
    return this.sumNs / 1e6;
  }

  /** The time that so many percent do not exceed, in milliseconds; null when nothing was recorded. */
  percentileMs(percent: number): number | null {
    if (this.count === 0) return null;
    if (percent <= 0) return this.minNs / 1e6;
    const ms = this.hdr.getValueAtPercentile(percent) / 1000;
    return Math.min(Math.max(ms, this.minNs / 1e6), this.maxNs / 1e6);
  }

  /** Null when nothing was recorded. */
  latency(): Latency | null {
    if (this.count === 0) return null;
    const at = (percent: number): number => this.percentileMs(percent) ?? 0;
    return {
      min: this.minNs / 1e6,
      mean: this.sumNs / this.count / 1e6,
      p50: at(50),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      max: this.maxNs / 1e6,
    };
  }

  /** Recorded values from `lowMs` to `highMs`, both included, within the histogram's precision. */
  countBetween(lowMs: number, highMs: number): number {
    const last = this.hdr.countsArrayIndex(Math.min(highMs * 1000, highestMicroseconds));
    let count = 0;
    for (let index = this.hdr.countsArrayIndex(lowMs * 1000); index <= last; index++)
      count += this.hdr.getCountAtIndex(index);
    return count;
  }

  /** HdrHistogram V2, deflated, base64: readable by every HdrHistogram implementation. */
  encode(): string {
    return hdr.encodeIntoCompressedBase64(this.hdr);
  }

  /** The same with two significant digits, which is a fraction as long. */
  encodeCoarse(): string {
    const coarse = new hdr.Int32Histogram(1, highestMicroseconds, 2);
    coarse.add(this.hdr);
    return hdr.encodeIntoCompressedBase64(coarse);
  }

  /**
   * What was encoded, as its buckets tell it: minimum, mean and maximum are within their precision. Throws `protocol` when
   * the text is no histogram.
   */
  static decode(text: string): Histogram {
    const decoded = new Histogram();
    const stored = decode(text);
    if (stored.totalCount === 0) return decoded;
    decoded.hdr.add(stored);
    decoded.count = stored.totalCount;
    decoded.sumNs = Math.round(stored.mean * 1000 * stored.totalCount);
    // What took less than half a microsecond is in the bucket of none.
    decoded.minNs = stored.getCountAtIndex(0) > 0 ? 0 : stored.minNonZeroValue * 1000;
    decoded.maxNs = stored.maxValue * 1000;
    return decoded;
  }

  /**
   * One histogram from several stored ones, each with its exact latency: percentiles of the whole, never averages of percentiles.
   * Throws `protocol` when a stored text is no histogram.
   */
  static merge(parts: readonly { readonly histogram: string; readonly latency: Latency | null }[]): Histogram {
    const merged = new Histogram();
    for (const { histogram, latency } of parts) {
      if (latency === null) continue;
      const decoded = decode(histogram);
      merged.hdr.add(decoded);
      merged.count += decoded.totalCount;
      merged.sumNs += Math.round(latency.mean * 1e6 * decoded.totalCount);
      merged.minNs = Math.min(merged.minNs, Math.round(latency.min * 1e6));
      merged.maxNs = Math.max(merged.maxNs, Math.round(latency.max * 1e6));
    }
    return merged;
  }
}

function microseconds(ns: number): number {
  return Math.min(Math.round(ns / 1000), highestMicroseconds);
}

function decode(text: string): hdr.Int32Histogram {
  try {
    return hdr.decodeFromCompressedBase64(text, 32, false) as hdr.Int32Histogram;
  } catch (cause) {
    throw new Failure("protocol", `expected an HdrHistogram V2 in base64, got ${JSON.stringify(text.slice(0, 40))}`, {
      cause,
    });
  }
}
