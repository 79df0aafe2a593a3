import fc from "fast-check";
import { encodeIntoCompressedBase64, Int32Histogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { Histogram, mergeTimes, noTimes, type Times } from "./histogram.ts";
import { timeMs, timesOf } from "./testing/times.ts";

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

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);
const times = fc.array(timeMs, { minLength: 1, maxLength: 300 });
const percentiles = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 } as const;

describe("Histogram", () => {
  it("has no latency without samples", () => {
    expect(new Histogram().latency()).toBeNull();
    expect(new Histogram().meanMs).toBeNull();
    expect(new Histogram().percentileMs(50)).toBeNull();
  });

  it("keeps minimum, mean, maximum and sum to the nanosecond", () => {
    fc.assert(
      fc.property(times, (samples) => {
        const histogram = histogramOf(samples);
        const ns = samples.map(nanoseconds);
        const sumNs = ns.reduce((sum, one) => sum + one, 0);
        expect(histogram.times()).toMatchObject({ sumNs, minNs: Math.min(...ns), maxNs: Math.max(...ns) });
        expect(histogram.latency()).toMatchObject({
          min: Math.min(...ns) / 1e6,
          mean: sumNs / ns.length / 1e6,
          max: Math.max(...ns) / 1e6,
        });
        expect(histogram.meanMs).toBe(sumNs / ns.length / 1e6);
        expect(histogram.sumMs).toBe(sumNs / 1e6);
      }),
    );
  });

  it("gives percentiles within 0.1% or a microsecond of the exact ones", () => {
    fc.assert(
      fc.property(times, fc.constantFrom("p50", "p90", "p95", "p99", "p999"), (samples, key) => {
        const exact = exactPercentile(samples, percentiles[key]);
        const histogram = histogramOf(samples);
        const measured = histogram.latency()?.[key] ?? Number.NaN;
        expect(Math.abs(measured - exact)).toBeLessThanOrEqual(Math.max(exact * 0.001, 0.001));
        expect(histogram.percentileMs(percentiles[key])).toBe(measured);
      }),
    );
  });

  it.each([
    [0, 1.0004],
    [100, 3.0006],
  ])("has the exact end at %d percent", (percent, ms) => {
    expect(histogramOf([2, 1.0004, 3.0006]).percentileMs(percent)).toBe(ms);
  });

  it("holds what the library would by itself, at every edge of its buckets too", () => {
    const edges = Array.from({ length: 29 }, (_, power) => 2 ** power).flatMap((edge) => [edge - 1, edge, edge + 1]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600_000_000 }), { maxLength: 100 }), (some) => {
        const library = new Int32Histogram(1, 600_000_000, 3);
        for (const microseconds of [...edges, ...some]) library.recordValue(microseconds);
        const own = histogramOf([...edges, ...some].map((microseconds) => microseconds / 1000));
        expect(own.encode()).toBe(encodeIntoCompressedBase64(library));
      }),
    );
  });

  it("takes what a clock set back would make negative for no time", () => {
    expect(histogramOf([-1]).latency()).toMatchObject({ min: 0, mean: 0, max: 0 });
  });

  it("records what took longer than ten minutes, with its exact maximum", () => {
    expect(histogramOf([1, 900_000]).latency()).toMatchObject({ min: 1, mean: 450_000.5, max: 900_000 });
  });

  it("survives storing alone, coarsely too, within the precision of its buckets", () => {
    fc.assert(
      fc.property(fc.array(timeMs, { minLength: 1, maxLength: 50 }), (timesMs) => {
        const histogram = histogramOf(timesMs);
        for (const [text, precision] of [
          [histogram.encode(), 0.002],
          [histogram.encodeCoarse(), 0.02],
        ] as const) {
          const decoded = Histogram.decode(text);
          expect(decoded.count).toBe(timesMs.length);
          for (const percent of [0, 50, 99, 100]) {
            const [stored, own] = [decoded, histogram].map((one) => one.percentileMs(percent) ?? Number.NaN) as [
              number,
              number,
            ];
            expect(Math.abs(stored - own)).toBeLessThanOrEqual(own * precision + 0.001);
          }
        }
      }),
      { numRuns: 20, examples: [[[0.0004, 1]]] },
    );
    expect(Histogram.decode(new Histogram().encodeCoarse()).latency()).toBeNull();
  });

  it("survives storing", () => {
    fc.assert(
      fc.property(times, (samples) => {
        const histogram = histogramOf(samples);
        const stored = { histogram: histogram.encode(), latency: histogram.latency() };
        const restored = Histogram.merge([stored]);
        expect(restored.encode()).toBe(stored.histogram);
        expect(restored.times()).toEqual(histogram.times());
      }),
    );
  });
});

describe("Times", () => {
  it("are all that a histogram holds", () => {
    fc.assert(
      fc.property(fc.array(timeMs, { maxLength: 300 }), (samples) => {
        const histogram = histogramOf(samples);
        const taken = histogram.times();
        const again = new Histogram();
        again.add(structuredClone(taken));
        expect(again.times()).toEqual(taken);
        expect(again.encode()).toBe(histogram.encode());
        expect(again.latency()).toEqual(histogram.latency());
        expect(again.count).toBe(samples.length);
      }),
    );
  });

  it("are whole numbers, their buckets in ascending order and as many as were recorded", () => {
    fc.assert(
      fc.property(times, (samples) => {
        const { count, sumNs, minNs, maxNs, buckets } = timesOf(...samples);
        expect([count, sumNs, minNs, maxNs, ...buckets].every(Number.isSafeInteger)).toBe(true);
        const values = buckets.filter((_, n) => n % 2 === 0);
        expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
        const counts = buckets.filter((_, n) => n % 2 === 1);
        expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count);
        expect(count).toBe(samples.length);
      }),
    );
  });

  it("are taken once, and leave a histogram as if it were new", () => {
    fc.assert(
      fc.property(times, times, (first, second) => {
        const histogram = histogramOf(first);
        expect(histogram.take()).toEqual(timesOf(...first));
        expect(histogram.take()).toEqual(noTimes);
        for (const ms of second) histogram.record(ms);
        expect(histogram.latency()).toEqual(histogramOf(second).latency());
        expect(histogram.take()).toEqual(timesOf(...second));
      }),
    );
  });

  it("merge to what one histogram of all would hold, in any order and grouping", () => {
    const some = fc.array(timeMs, { maxLength: 60 });
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        const [x, y, z] = [timesOf(...a), timesOf(...b), timesOf(...c)] as [Times, Times, Times];
        const all = timesOf(...a, ...b, ...c);
        expect(mergeTimes(mergeTimes(x, y), z)).toEqual(all);
        expect(mergeTimes(x, mergeTimes(y, z))).toEqual(all);
        expect(mergeTimes(mergeTimes(z, x), y)).toEqual(all);
        const added = new Histogram();
        for (const part of [z, x, y]) added.add(part);
        expect(added.times()).toEqual(all);
        expect(added.encode()).toBe(histogramOf([...a, ...b, ...c]).encode());
      }),
    );
  });

  it("of nothing change nothing", () => {
    expect(mergeTimes(noTimes, noTimes)).toEqual(noTimes);
    expect(mergeTimes(noTimes, timesOf(3))).toEqual(timesOf(3));
    expect(mergeTimes(timesOf(3), noTimes)).toEqual(timesOf(3));
  });
});

describe("Histogram.merge", () => {
  it("equals recording all samples into one", () => {
    fc.assert(
      fc.property(fc.array(fc.array(timeMs, { maxLength: 100 }), { maxLength: 5 }), (rounds) => {
        const parts = rounds.map(histogramOf);
        const merged = Histogram.merge(parts.map((part) => ({ histogram: part.encode(), latency: part.latency() })));
        const whole = histogramOf(rounds.flat());
        expect(merged.encode()).toBe(whole.encode());
        expect(merged.times()).toEqual(whole.times());
        expect(merged.latency()).toEqual(whole.latency());
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
    expect(histogramOf([0.25, 1, 2, 40]).countBetween(low, high)).toBe(expected);
  });
});
