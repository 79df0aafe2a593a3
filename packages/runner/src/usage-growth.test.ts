import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growthOf } from "./usage-growth.ts";
import type { UsageSample } from "./usage-series.ts";

const mib = 1024 * 1024;

/** A reading every 100 ms, up to 30 ms off, of memory that goes this way over time in seconds. */
function readings(seconds: number, rssMib: (second: number) => number): UsageSample[] {
  return Array.from({ length: seconds * 10 + 1 }, (_, n) => {
    const atMs = n * 100 + ((n * 37) % 61) - 30;
    return { atMs, rssBytes: rssMib(atMs / 1000) * mib, cpuMs: 0 };
  });
}

/** A heap that fills up and is emptied. */
function sawtooth(periodSeconds: number, heightMib: number, phase = 0): (second: number) => number {
  return (second) => heightMib * ((second / periodSeconds + phase + 1) % 1);
}

/** Noise between 0 and 1, the same on every run. */
function noise(second: number): number {
  const x = Math.sin(second * 12_989.8) * 43_758.5453;
  return x - Math.floor(x);
}

function steady(seconds: number, rssMib: (second: number) => number, windowMs = seconds * 1000): boolean | undefined {
  return growthOf(readings(seconds, rssMib), 0, windowMs)?.steady;
}

describe("growthOf", () => {
  it.each<[string, number, (second: number) => number]>([
    ["a leak of 1 MiB a second", 10, (s) => 60 + s],
    ["a slow leak in a long window", 60, (s) => 60 + 0.2 * s],
    ["a leak below a sawtooth", 30, (s) => 60 + s + sawtooth(2.5, 30)(s)],
    ["a leak with noise", 20, (s) => 60 + s + 8 * noise(s)],
    ["a leak that slows down", 20, (s) => 60 + 30 * Math.sqrt(Math.max(0, s))],
    ["a leak in steps", 30, (s) => 60 + 4 * Math.floor(s)],
  ])("finds %s", (_, seconds, rssMib) => {
    expect(steady(seconds, rssMib)).toBe(true);
  });

  it.each<[string, number, (second: number) => number]>([
    ["memory that stays", 30, () => 60],
    ["memory that falls", 30, (s) => 200 - 2 * s],
    ["noise", 30, (s) => 60 + 40 * noise(s)],
    ["a sawtooth", 30, (s) => 60 + sawtooth(3, 200)(s)],
    ["a sawtooth faster than three readings", 30, (s) => 60 + sawtooth(0.27, 200)(s)],
    ["one that begins in the middle of a tooth", 12, (s) => 60 + sawtooth(3.7, 200, 0.5)(s)],
    ["a heap that widens once", 30, (s) => (s < 12 ? 60 : 160)],
    ["a heap that widens in the first seconds", 30, (s) => 60 + 40 * Math.min(1, s / 6)],
    ["a heap that widens in the last seconds", 30, (s) => 60 + 40 * Math.max(0, (s - 24) / 6)],
    ["a young heap's usual rise, a third of a MiB a second", 20, (s) => 60 + 0.34 * s],
    ["a fast leak in a short window", 9, (s) => 60 + 50 * s],
  ])("does not cry wolf over %s", (_, seconds, rssMib) => {
    expect(steady(seconds, rssMib)).toBe(false);
  });

  it("tells the slope of a long leak from a part of its readings", () => {
    const growth = growthOf(
      readings(500, (s) => 60 + 3 * s),
      0,
      500_000,
    );
    expect((growth?.bytesPerSecond ?? 0) / mib).toBeCloseTo(3, 6);
  });

  it("tells a leak's slope and total", () => {
    const growth = growthOf(
      readings(20, (s) => 60 + 2 * s),
      1000,
      19_000,
    );
    expect(growth?.bytesPerSecond).toBeCloseTo(2 * mib, 0);
    expect(growth?.growthBytes).toBeCloseTo(36 * mib, 0);
  });

  it.each<[string, UsageSample[], number, number]>([
    ["no samples", [], 0, 20_000],
    ["one sample", readings(0, () => 60), 0, 20_000],
    ["a window before them", readings(20, (s) => s), -20_000, -31],
    ["a window without length", readings(20, (s) => s), 5000, 5000],
  ])("is null for %s", (_, samples, fromMs, toMs) => {
    expect(growthOf(samples, fromMs, toMs)).toBeNull();
  });

  it("is not steady over a part of the window of which nothing is known", () => {
    const samples = readings(30, (s) => 60 + 4 * s).filter(({ atMs }) => atMs < 9000 || atMs > 21_000);
    expect(growthOf(samples, 0, 30_000)?.steady).toBe(false);
    expect(steady(9, (s) => 60 + 4 * s, 30_000)).toBe(false);
  });

  const leak = fc.record({
    seconds: fc.integer({ min: 10, max: 60 }),
    leakMib: fc.integer({ min: 9, max: 1000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    tooth: fc.double({ min: 0.1, max: 1, noNaN: true }),
  });

  it("finds every leak of 9 MiB or more that is not small beside its garbage", () => {
    fc.assert(
      fc.property(leak, ({ seconds, leakMib, share, tooth }) => {
        // Garbage up to half of the leak, over at most a sixth of the window.
        const garbage = sawtooth((seconds / 6) * tooth, (leakMib / 2) * share);
        const growth = growthOf(
          readings(seconds, (s) => 60 + (leakMib * s) / seconds + garbage(s)),
          0,
          seconds * 1000,
        );
        expect(growth?.growthBytes).toBeGreaterThan(0);
        if (share === 0) expect(growth?.steady).toBe(true);
        else if (growth !== null && growth.growthBytes >= 8 * mib) expect(growth.steady).toBe(true);
      }),
    );
  });

  it("does not take any sawtooth for a leak whose teeth are read 25 times or more and stand in each third", () => {
    const teeth = fc.record({
      seconds: fc.integer({ min: 12, max: 60 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      heightMib: fc.integer({ min: 0, max: 4000 }),
      phase: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(teeth, ({ seconds, part, heightMib, phase }) => {
        const period = 3.7 + part * (seconds / 3 - 3.7);
        expect(steady(seconds, (s) => 60 + sawtooth(period, heightMib, phase)(s))).toBe(false);
      }),
    );
  });

  it("takes nothing within 8 MiB for a leak, however it goes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(8 * mib - 1), { minLength: 2, maxLength: 60 }), (rss) => {
        const samples = rss.map((rssBytes, n) => ({ atMs: (n * 20_000) / (rss.length - 1), rssBytes, cpuMs: 0 }));
        expect(growthOf(samples, 0, 20_000)?.steady).toBe(false);
      }),
    );
  });
});
