import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { UsageReading } from "./usage.ts";
import { cpuMsAt, machineMs, rssBytesAt, type UsageSample, usageBetween, watchUsage } from "./usage-series.ts";

function sample(atMs: number, rssBytes: number, cpuMs: number): UsageSample {
  return { atMs, rssBytes, cpuMs };
}

const three = [sample(1000, 100, 10), sample(2000, 300, 20), sample(4000, 200, 80)];

describe("reading a series at a moment", () => {
  it.each<[string, number, number, number]>([
    ["before the first", 0, 10, 100],
    ["at the first", 1000, 10, 100],
    ["between two", 1500, 15, 200],
    ["at one", 2000, 20, 300],
    ["nearer to the next", 3500, 65, 225],
    ["at the last", 4000, 80, 200],
    ["after the last", 9000, 80, 200],
  ])("%s", (_, atMs, cpuMs, rssBytes) => {
    expect(cpuMsAt(three, atMs)).toBe(cpuMs);
    expect(rssBytesAt(three, atMs)).toBe(rssBytes);
  });

  it("is null without samples, and is the one of one", () => {
    expect(cpuMsAt([], 5)).toBeNull();
    expect(rssBytesAt([], 5)).toBeNull();
    expect([0, 7, 9].map((atMs) => cpuMsAt([sample(7, 1, 2)], atMs))).toEqual([2, 2, 2]);
  });

  it("takes the later of two of one moment", () => {
    expect(cpuMsAt([sample(1, 1, 1), sample(5, 1, 3), sample(5, 1, 4), sample(9, 1, 8)], 5)).toBe(4);
  });
});

describe("usageBetween", () => {
  it.each<[string, UsageSample[], number, number, ReturnType<typeof usageBetween>]>([
    ["the whole series", three, 1000, 4000, { cpuMs: 70, rssPeakBytes: 300, rssMeanBytes: 700 / 3, rssPoints: 2 }],
    ["a part between readings", three, 2500, 3500, { cpuMs: 30, rssPeakBytes: 275, rssMeanBytes: 250, rssPoints: 0 }],
    [
      "a part with one reading",
      three,
      1500,
      3000,
      { cpuMs: 35, rssPeakBytes: 300, rssMeanBytes: 800 / 3, rssPoints: 1 },
    ],
    ["more than the series", three, 0, 5000, { cpuMs: 70, rssPeakBytes: 300, rssMeanBytes: 200, rssPoints: 3 }],
    ["no samples", [], 0, 5000, null],
    ["one sample", [sample(1000, 1, 1)], 0, 5000, null],
    ["a time before", three, 0, 1000, null],
    ["a time after", three, 4000, 5000, null],
    ["no time", three, 2000, 2000, null],
    ["a time backwards", three, 3000, 2000, null],
  ])("of %s", (_, samples, fromMs, toMs, expected) => {
    const usage = usageBetween(samples, fromMs, toMs);
    if (expected === null || usage === null) expect(usage).toBe(expected);
    else {
      expect(usage.rssMeanBytes).toBeCloseTo(expected.rssMeanBytes, 9);
      expect({ ...usage, rssMeanBytes: expected.rssMeanBytes }).toEqual(expected);
    }
  });
});

describe("usageBetween, second by second", () => {
  it.each([
    [0, undefined, undefined],
    [1, 200, 10],
    [2, 275, 30],
    [3, 225, 30],
    [4, undefined, undefined],
  ])("has in second %i a mean of %s bytes and %s ms, and nothing where nothing was read", (second, bytes, cpuMs) => {
    const usage = usageBetween(three, 1000 * second, 1000 * (second + 1));
    expect([usage?.rssMeanBytes, usage?.cpuMs]).toEqual([bytes, cpuMs]);
  });
});

/** Readings about 100 ms apart of a process whose CPU time never falls. */
const series = fc
  .array(fc.record({ gapMs: fc.integer({ min: 1, max: 400 }), rssBytes: fc.nat(1e9), burntMs: fc.nat(400) }), {
    minLength: 2,
    maxLength: 60,
  })
  .map((steps) => {
    let last = sample(0, 0, 0);
    return steps.map(({ gapMs, rssBytes, burntMs }) => {
      last = sample(last.atMs + gapMs, rssBytes, last.cpuMs + burntMs);
      return last;
    });
  });
const moment = fc.integer({ min: -1000, max: 25_000 });

describe("any series", () => {
  it("passes through its samples, and never leaves the two around a moment", () => {
    fc.assert(
      fc.property(series, moment, (samples, atMs) => {
        for (const each of samples) expect(cpuMsAt(samples, each.atMs)).toBe(each.cpuMs);
        const before = samples.findLast((each) => each.atMs <= atMs) ?? samples[0];
        const after = samples.find((each) => each.atMs > atMs) ?? samples.at(-1);
        const ends = [before?.rssBytes ?? 0, after?.rssBytes ?? 0];
        expect(rssBytesAt(samples, atMs)).toBeGreaterThanOrEqual(Math.min(...ends) - 1e-6);
        expect(rssBytesAt(samples, atMs)).toBeLessThanOrEqual(Math.max(...ends) + 1e-6);
      }),
    );
  });

  it("has CPU time that never falls and adds up over any cut, and a mean that does", () => {
    fc.assert(
      fc.property(series, fc.tuple(moment, moment, moment), (samples, moments) => {
        const [from, cut, to] = moments.toSorted((a, b) => a - b) as [number, number, number];
        const whole = usageBetween(samples, from, to);
        const parts = [usageBetween(samples, from, cut), usageBetween(samples, cut, to)];
        if (whole === null) {
          expect(parts).toEqual([null, null]);
          return;
        }
        expect(whole.cpuMs).toBeGreaterThanOrEqual(0);
        if (parts[0] == null || parts[1] == null) return;
        const [left, right] = parts;
        expect(left.cpuMs + right.cpuMs).toBeCloseTo(whole.cpuMs, 6);
        expect(left.rssPoints + right.rssPoints).toBe(whole.rssPoints);
        expect(Math.max(left.rssPeakBytes, right.rssPeakBytes)).toBeCloseTo(whole.rssPeakBytes, 3);
        const area = left.rssMeanBytes * (cut - from) + right.rssMeanBytes * (to - cut);
        expect(area / (to - from)).toBeCloseTo(whole.rssMeanBytes, 3);
      }),
    );
  });

  it("has a mean between its lowest and its peak", () => {
    fc.assert(
      fc.property(series, moment, moment, (samples, fromMs, toMs) => {
        const usage = usageBetween(samples, fromMs, toMs);
        if (usage === null) return;
        expect(usage.rssMeanBytes).toBeLessThanOrEqual(usage.rssPeakBytes + 1e-3);
        expect(usage.rssMeanBytes).toBeGreaterThanOrEqual(Math.min(...samples.map(({ rssBytes }) => rssBytes)) - 1e-3);
      }),
    );
  });

  it("has seconds that add up to the whole", () => {
    fc.assert(
      fc.property(series, moment, fc.integer({ min: 1, max: 20 }), (samples, fromMs, seconds) => {
        let cpuMs = 0;
        for (let second = 0; second < seconds; second++) {
          cpuMs += usageBetween(samples, fromMs + 1000 * second, fromMs + 1000 * (second + 1))?.cpuMs ?? 0;
        }
        expect(cpuMs).toBeCloseTo(usageBetween(samples, fromMs, fromMs + 1000 * seconds)?.cpuMs ?? 0, 6);
      }),
    );
  });
});

/** Readings that are answered when the test says so. */
function slowReader() {
  const answers: ((reading: UsageReading) => void)[] = [];
  const read = (): Promise<UsageReading> => new Promise((resolve) => answers.push(resolve));
  return { answers, read };
}

describe("watchUsage", () => {
  let clockMs = 0;
  const now = (): number => clockMs;
  beforeEach(() => {
    clockMs = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Reads 1, 2, 3…, and takes 4 ms for it. */
  function counting(resolutionMs = 0) {
    let reads = 0;
    return async (): Promise<UsageReading> => {
      reads++;
      clockMs += 4;
      return { rssBytes: reads, cpuMs: 10 * reads, resolutionMs };
    };
  }

  async function pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    for (let n = 0; n < ms; n += 50) {
      clockMs += 50;
      await vi.advanceTimersByTimeAsync(50);
    }
  }

  it("reads at once and then every so often, at the middle of each reading", async () => {
    const watch = watchUsage(counting(), { everyMs: 100, now });
    await pass(200);
    await watch[Symbol.asyncDispose]();
    expect(watch.samples).toEqual([sample(2, 1, 10), sample(106, 2, 20), sample(210, 3, 30)]);
    await pass(500);
    expect(watch.samples).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tells in which steps CPU time is counted", async () => {
    await using exact = watchUsage(counting(0), { now });
    await using ticks = watchUsage(counting(10), { now });
    await Promise.all([exact.sample(), ticks.sample()]);
    expect([exact.resolutionMs, ticks.resolutionMs]).toEqual([0, 10]);
  });

  it("leaves ticks out while a reading takes long, and never has two at a time", async () => {
    const { answers, read } = slowReader();
    const watch = watchUsage(read, { everyMs: 100, now });
    await pass(350);
    expect(answers).toHaveLength(1);
    answers[0]?.({ rssBytes: 1, cpuMs: 1, resolutionMs: 0 });
    await pass(50);
    expect(answers).toHaveLength(2);
    expect(watch.samples).toEqual([sample(175, 1, 1)]);
    answers[1]?.({ rssBytes: 2, cpuMs: 2, resolutionMs: 0 });
    await watch[Symbol.asyncDispose]();
    expect(watch.samples).toHaveLength(2);
  });

  it("reads once more when told to, after the reading under way and not instead of it", async () => {
    const { answers, read } = slowReader();
    await using watch = watchUsage(read, { now });
    const forced = watch.sample();
    await pass(50);
    expect(answers).toHaveLength(1);
    answers[0]?.({ rssBytes: 1, cpuMs: 1, resolutionMs: 0 });
    await pass(0);
    expect(answers).toHaveLength(2);
    answers[1]?.({ rssBytes: 2, cpuMs: 2, resolutionMs: 0 });
    expect(await forced).toEqual(sample(50, 2, 2));
    expect(watch.samples.map(({ cpuMs }) => cpuMs)).toEqual([1, 2]);
  });

  it("keeps the last reading of a process that ended, and says so only when asked", async () => {
    let ended = false;
    const count = counting();
    const watch = watchUsage(() => (ended ? Promise.reject(new Error("no such process")) : count()), { now });
    await pass(100);
    ended = true;
    await pass(300);
    await expect(watch.sample()).rejects.toThrow("no such process");
    ended = false;
    await watch.sample();
    await watch[Symbol.asyncDispose]();
    expect(watch.samples.map(({ cpuMs }) => cpuMs)).toEqual([10, 20, 30]);
    expect(cpuMsAt(watch.samples.slice(0, 2), 10_000)).toBe(20);
  });
});

describe("machineMs", () => {
  it("is the clock of process.hrtime", () => {
    const before = process.hrtime.bigint();
    const ms = machineMs();
    const after = process.hrtime.bigint();
    expect(ms).toBeGreaterThanOrEqual(Number(before) / 1e6);
    expect(ms).toBeLessThanOrEqual(Number(after) / 1e6);
  });
});
