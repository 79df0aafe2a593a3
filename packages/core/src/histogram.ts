import * as hdr from "hdr-histogram-js";
import type { Latency } from "./cell.ts";
import { Failure } from "./failure.ts";

/** Ten minutes: what takes longer is recorded as this (its exact value still counts in mean and max). */
const highestMicroseconds = 600_000_000;

/** Times in a window: an HdrHistogram in whole microseconds, with exact minimum, maximum and sum beside it. Memory is bounded. */
export class Histogram {
  private readonly hdr = new hdr.Int32Histogram(1, highestMicroseconds, 3);
  private sumMs = 0;
  private minMs = Number.POSITIVE_INFINITY;
  private maxMs = 0;
  count = 0;

  record(ms: number): void {
    this.count++;
    this.sumMs += ms;
    if (ms < this.minMs) this.minMs = ms;
    if (ms > this.maxMs) this.maxMs = ms;
    this.hdr.recordValue(Math.min(Math.max(Math.round(ms * 1000), 0), highestMicroseconds));
  }

  /** Null when nothing was recorded. */
  latency(): Latency | null {
    if (this.count === 0) return null;
    const at = (percentile: number): number =>
      Math.min(Math.max(this.hdr.getValueAtPercentile(percentile) / 1000, this.minMs), this.maxMs);
    return {
      min: this.minMs,
      mean: this.sumMs / this.count,
      p50: at(50),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      max: this.maxMs,
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
      merged.sumMs += latency.mean * decoded.totalCount;
      merged.minMs = Math.min(merged.minMs, latency.min);
      merged.maxMs = Math.max(merged.maxMs, latency.max);
    }
    return merged;
  }
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
