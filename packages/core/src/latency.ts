/** Milliseconds. Percentiles come from an HdrHistogram with three significant digits; min, mean and max are exact. */
export interface Latency {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
