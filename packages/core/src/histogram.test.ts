import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

function histogramOf(timesMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of timesMs) histogram.record(ms);
  return histogram;
}

/** The sample that so many percent of all samples do not exceed. */
function exactPercentile(timesMs: readonly number[], percent: number): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  // Whole numbers first: 99.9 / 100 * 1000 is more than 999 in floating point.
  const rank = Math.max(Math.ceil((Math.round(percent * 10) * sorted.length) / 1000), 1);
  return sorted[rank - 1] ?? Number.NaN;
}

/** From below a microsecond to a minute, all magnitudes alike. */
const timeMs = fc.double({ min: -4, max: 4.7, noNaN: true }).map((exponent) => 10 ** exponent);
const times = fc.array(timeMs, { minLength: 1, maxLength: 300 });
const percentiles = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 } as const;

describe("Histogram", () => {
  it("has no latency without samples", () => {
    expect(new Histogram().latency()).toBeNull();
  });

  it("keeps minimum, mean and maximum exactly", () => {
    fc.assert(
      fc.property(times, (samples) => {
        const latency = histogramOf(samples).latency();
        expect(latency?.min).toBe(Math.min(...samples));
        expect(latency?.max).toBe(Math.max(...samples));
        expect(latency?.mean).toBe(samples.reduce((sum, ms) => sum + ms, 0) / samples.length);
      }),
    );
  });

  it("gives percentiles within 0.1% or a microsecond of the exact ones", () => {
    fc.assert(
      fc.property(times, fc.constantFrom("p50", "p90", "p95", "p99", "p999"), (samples, key) => {
        const exact = exactPercentile(samples, percentiles[key]);
        const measured = histogramOf(samples).latency()?.[key] ?? Number.NaN;
        expect(Math.abs(measured - exact)).toBeLessThanOrEqual(Math.max(exact * 0.001, 0.001));
      }),
    );
  });

  it("records what took longer than ten minutes, with its exact maximum", () => {
    expect(histogramOf([1, 900_000]).latency()).toMatchObject({ min: 1, mean: 450_000.5, max: 900_000 });
  });

  it("survives storing", () => {
    fc.assert(
      fc.property(times, (samples) => {
        const histogram = histogramOf(samples);
        const stored = { histogram: histogram.encode(), latency: histogram.latency() };
        const restored = Histogram.merge([stored]);
        expect(restored.count).toBe(samples.length);
        expect(restored.encode()).toBe(stored.histogram);
      }),
    );
  });
});

describe("Histogram.merge", () => {
  it("equals recording all samples into one", () => {
    fc.assert(
      fc.property(fc.array(fc.array(timeMs, { maxLength: 100 }), { maxLength: 5 }), (rounds) => {
        const parts = rounds.map(histogramOf);
        const merged = Histogram.merge(parts.map((part) => ({ histogram: part.encode(), latency: part.latency() })));
        const whole = histogramOf(rounds.flat());
        expect(merged.count).toBe(whole.count);
        expect(merged.encode()).toBe(whole.encode());
        // Sums of floating point numbers depend on their order: the mean alone may differ in its last digits.
        const { mean = 0, ...others } = whole.latency() ?? {};
        expect(merged.latency() ?? {}).toMatchObject(others);
        expect(Math.abs((merged.latency()?.mean ?? 0) - mean)).toBeLessThanOrEqual(mean * 1e-9);
      }),
    );
  });

  it("does not average percentiles", () => {
    const fast = histogramOf(Array.from({ length: 99 }, () => 1));
    const slow = histogramOf([1000]);
    const parts = [fast, slow].map((part) => ({ histogram: part.encode(), latency: part.latency() }));
    expect(Histogram.merge(parts).latency()).toMatchObject({ p50: 1, p99: 1, max: 1000 });
  });

  it("names a text that is no histogram", () => {
    const latency = histogramOf([1]).latency();
    expect(() => Histogram.merge([{ histogram: "nonsense", latency }])).toThrow(
      /^\[protocol\] expected an HdrHistogram V2 in base64, got "nonsense"$/,
    );
  });
});

describe("countBetween", () => {
  it.each([
    [0, 100, 4],
    [1, 2, 2],
    [2.5, 39, 0],
    [39, 46, 1],
    [0, 0.5, 1],
  ])("counts from %d to %d ms", (low, high, expected) => {
    const histogram = new Histogram();
    for (const ms of [0.25, 1, 2, 40]) histogram.record(ms);
    expect(histogram.countBetween(low, high)).toBe(expected);
  });
});
