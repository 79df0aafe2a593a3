import { Histogram } from "@apb/core/histogram";
import type { Second } from "@apb/core/series";
import { describe, expect, it } from "vitest";
import { conclusionText } from "./conclusion-text.ts";
import { type Conclusion, conclusionsOf, type Limit } from "./conclusions.ts";
import { sampleSecond } from "./testing/sample-run.ts";

/** So many seconds of a level, each alike but for what is said of a second by its number. */
interface Stretch {
  readonly seconds: number;
  readonly level: number;
  readonly perSecond: number;
  readonly p99Ms?: number | ((n: number) => number);
  readonly failures?: number;
}

function course(open: boolean, ...stretches: readonly Stretch[]): readonly Second[] {
  const each = stretches.flatMap((one) => Array.from({ length: one.seconds }, (_, n) => ({ ...one, n })));
  return each.map(({ level, perSecond, p99Ms = 10, failures = 0, n }, second) => {
    const p99 = typeof p99Ms === "number" ? p99Ms : p99Ms(n);
    const total = { count: perSecond, failures, meanMs: p99 / 2, p50Ms: p99 / 2, p99Ms: p99 };
    return sampleSecond(second, {
      ...{ durationMs: 1000, completed: perSecond, dropped: 0, steps: { total } },
      ...(open ? { vus: 3, begun: level } : { vus: level, begun: perSecond }),
    });
  });
}

/** With all of its samples as long as its slowest. */
function withHistogram(second: Second): Second {
  const { total } = second.steps;
  if (total === undefined) return second;
  const histogram = new Histogram();
  histogram.record(total.p99Ms ?? 0);
  return { ...second, steps: { total: { ...total, histogram: histogram.encodeCoarse() } } };
}

const staircase = (...perSecond: readonly number[]): readonly Second[] =>
  course(false, ...perSecond.map((value, n) => ({ seconds: 3, level: 10 * (n + 1), perSecond: value })));

const only = (seconds: readonly Second[], limits: readonly Limit[] = [], open = false): Conclusion | undefined =>
  conclusionsOf(seconds, open, limits)[0];

const limit = (text: string, aggregation: string, of: number, metric = "response"): Limit => ({
  ...{ metric, threshold: text, aggregation, operator: "<", limit: of },
});

describe("a staircase", () => {
  it.each<[name: string, perSecond: readonly number[], says: Partial<Extract<Conclusion, { kind: "breaking point" }>>]>(
    [
      [
        "that brings what it should",
        [100, 200, 300, 400],
        { at: null, after: 40, most: { perSecond: 400, level: 40 } },
      ],
      ["that is saturated at its third step", [100, 200, 240, 245], { at: 30, after: 20, gain: 0.4, limit: null }],
      ["that just brings half", [100, 200, 250, 300], { at: null }],
      ["that buckles", [100, 200, 210, 150], { at: 30, most: { perSecond: 210, level: 30 }, bucklesAt: 40 }],
      ["that is saturated from the first", [100, 100, 100], { at: 20, after: 10, gain: 0, bucklesAt: null }],
    ],
  )("%s has its breaking point there", (_name, perSecond, says) => {
    expect(only(staircase(...perSecond))).toMatchObject({ kind: "breaking point", ...says });
  });

  it("breaks where a limit does, though throughput still grows", () => {
    const slow = course(
      false,
      ...[
        { seconds: 3, level: 10, perSecond: 100 },
        { seconds: 3, level: 20, perSecond: 200 },
        { seconds: 3, level: 30, perSecond: 300, p99Ms: 60 },
      ],
    );
    const says = { at: 30, after: 20, limit: "response: p(99)<50" };
    expect(only(slow, [limit("p(99)<50", "p(99)", 50)])).toMatchObject(says);
    const told = slow.map(withHistogram);
    expect(only(told, [limit("p(95)<20", "p(95)", 20)])).toMatchObject({ at: 30 });
    expect(only(slow, [limit("p(95)<20", "p(95)", 20)])).toMatchObject({ at: null });
    expect(only(slow, [limit("p(99)<70", "p(99)", 70), limit("count>5", "count", 5, "sold")])).toMatchObject({
      at: null,
    });
  });

  it("is told by arrivals where the load is open, which differ by one from second to second", () => {
    const open = course(
      true,
      { seconds: 2, level: 50, perSecond: 50 },
      { seconds: 1, level: 51, perSecond: 51 },
      ...[
        { seconds: 3, level: 100, perSecond: 100 },
        { seconds: 3, level: 200, perSecond: 110 },
      ],
    );
    expect(only(open, [], true)).toMatchObject({ kind: "breaking point", at: 200, after: 100 });
  });

  it("is none with less than three steps, or with steps that are too short", () => {
    expect(only(staircase(100, 200))).toBeUndefined();
    const short = [1, 2, 3, 4].map((n) => ({ seconds: 1, level: 10 * n, perSecond: 10 }));
    expect(only(course(false, ...short))).toBeUndefined();
  });
});

describe("a spike", () => {
  const spiked = (after: Partial<Stretch>, p99Ms: Stretch["p99Ms"] = 10): Conclusion | undefined =>
    only(
      course(
        true,
        { seconds: 5, level: 50, perSecond: 50, p99Ms },
        { seconds: 5, level: 500, perSecond: 300, p99Ms: 900 },
        { seconds: 8, level: 50, perSecond: 50, ...after },
      ),
      [],
      true,
    );

  it("is recovered from when three seconds are as those before it", () => {
    expect(spiked({ p99Ms: (n) => (n < 2 ? 500 : 10.9) })).toEqual({ kind: "recovery", seconds: 2, watched: 8 });
    expect(spiked({ p99Ms: (n) => (n < 2 ? 500 : 10.9) }, (n) => 10 - n)).toMatchObject({ seconds: 2 });
    expect(spiked({ p99Ms: 11.1 }, (n) => 10 - n)).toMatchObject({ seconds: null });
    expect(spiked({ p99Ms: 9 })).toMatchObject({ seconds: 0 });
    expect(spiked({ p99Ms: (n) => (n % 3 === 2 ? 20 : 10) })).toMatchObject({ seconds: null });
    expect(spiked({ p99Ms: 10, failures: 1 })).toMatchObject({ seconds: null, watched: 8 });
  });
});

describe("a steady load", () => {
  const soak = (p99Ms: (n: number) => number, failures = 0): Conclusion | undefined =>
    only(course(false, { seconds: 60, level: 20, perSecond: 100, p99Ms, failures }));

  it("degrades by the ratio of its last third to its first, with the interval", () => {
    const grown = soak((n) => 10 + n / 10 + (n % 2));
    expect(grown).toMatchObject({ kind: "degradation", failed: { first: 0, last: 0 } });
    if (grown?.kind !== "degradation") throw new Error("no degradation");
    expect(grown.ratio).toBeCloseTo(15.45 / 11.45, 3);
    expect(grown.low).toBeGreaterThan(1.2);
    expect(grown.low * grown.high).toBeCloseTo(grown.ratio ** 2, 6);
  });

  it("does not where it only wavers, and says what failed", () => {
    const even = soak((n) => 10 + (n % 4), 1);
    if (even?.kind !== "degradation") throw new Error("no degradation");
    expect([even.low < 1, even.high > 1]).toEqual([true, true]);
    expect(even.failed.first).toBeCloseTo(1 / 101);
  });

  it("tells nothing when it is short", () => {
    expect(only(course(false, { seconds: 29, level: 20, perSecond: 100 }))).toBeUndefined();
  });
});

it.each<[conclusion: Conclusion, text: string]>([
  [
    {
      ...{ kind: "breaking point", at: 30, after: 20, limit: null, gain: 0.4 },
      ...{ most: { perSecond: 245, level: 40 }, bucklesAt: 50 },
    },
    "breaking point at 30 VUs: the added load brought 40.0% of what it should have, the knee between 20 and 30; the most is 245 iterations a second, at 40 VUs, and it buckles from 50 on",
  ],
  [
    {
      ...{ kind: "breaking point", at: null, after: 40, limit: null, gain: null },
      ...{ most: { perSecond: 400, level: 40 }, bucklesAt: null },
    },
    "no breaking point up to 40 VUs; the most is 400 iterations a second, at 40 VUs",
  ],
  [{ kind: "recovery", seconds: 2, watched: 8 }, "it was as before 2 s after the spike's end"],
  [
    { kind: "recovery", seconds: null, watched: 8 },
    "it had not recovered from the spike when the load ended, 8 s behind it",
  ],
  [
    { kind: "degradation", ratio: 1.2, low: 1.1, high: 1.31, failed: { first: 0, last: 0.5 } },
    "the last third was slower: 1.20× the mean of the first (95%: 1.10× to 1.31×); 0% failed in the first, 50.0% in the last",
  ],
])("%o reads: %s", (conclusion, text) => {
  expect(conclusionText(conclusion, "VUs")).toBe(text);
});
