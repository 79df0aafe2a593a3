import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivalsOf, dueAt } from "./arrivals.ts";
import { durationOf, isOpen, type Load, type Share, whole } from "./load.ts";
import { iterationsOf } from "./split.ts";
import { closedLoads, generators, openLoads, plain, rateRamp, sharesOf } from "./testing/loads.ts";

/** Everything that is due, with a look past it. */
function scheduleOf(load: Load, share: Share = whole): number[] {
  const due = dueAt(load, share);
  const count = iterationsOf(load, share);
  expect(due(count)).toBe(Number.POSITIVE_INFINITY);
  return Array.from({ length: count }, (_, n) => due(n));
}

function constantly(perSecond: number, durationMs: number): Load {
  return { ...plain, executor: "constant-arrival-rate", perSecond, durationMs, maxInFlight: 100 };
}

/** The area under the rate until a moment, stage by stage, by trapezia. */
function integralOf(load: Load, untilMs: number): number {
  if (load.executor === "constant-arrival-rate") return (load.perSecond * untilMs) / 1000;
  if (load.executor !== "ramping-arrival-rate") return 0;
  let [area, startMs, from] = [0, 0, load.startPerSecond];
  for (const { durationMs, target } of load.stages) {
    const ms = Math.min(Math.max(untilMs - startMs, 0), durationMs);
    const reached = durationMs === 0 ? target : from + ((target - from) * ms) / durationMs;
    area += ((from + reached) / 2) * (ms / 1000);
    [startMs, from] = [startMs + durationMs, target];
  }
  return area;
}

/** Up to 1/s, and down again: the table of k6's own test (ramping_arrival_rate_test.go), in the digits of its formula. */
const upAndDown = rateRamp(0, [5, 1], [1, 1], [5, 0]);
const upAndDownMs = [
  Math.sqrt(10) * 1000,
  Math.sqrt(20) * 1000,
  5500,
  11_000 - Math.sqrt(20) * 1000,
  11_000 - Math.sqrt(10) * 1000,
  11_000,
];

describe("dueAt on a ramp", () => {
  it.each<[name: string, load: Load, dueMs: readonly number[]]>([
    ["up and down", upAndDown, upAndDownMs],
    // 2/s for 4.9 s are 9.8: the tenth needs 0.2 more.
    [
      "a fraction carried into the next stage",
      rateRamp(2, [4.9, 2], [0.2, 2]),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n * 500),
    ],
    ["a fraction carried over a pause", rateRamp(1, [1.5, 1], [0, 0], [3, 0], [0, 1], [1, 1]), [1000, 5000]],
    ["a jump", rateRamp(0, [0, 2], [2, 2]), [500, 1000, 1500, 2000]],
    ["a jump at the end, which nobody sees", rateRamp(1, [2, 1], [0, 1000]), [1000, 2000]],
    ["a rate that is a fraction", rateRamp(0.5, [6, 0.5]), [2000, 4000, 6000]],
    ["a stage that only falls", rateRamp(2, [2, 0]), [2000 - Math.sqrt(2) * 1000, 2000]],
    ["a fall to 0 whose formula from the start is off by 66 ns", rateRamp(0.4, [5, 0]), [5000]],
    ["a last arrival for which a sum of rates is rounded too low", rateRamp(0.1, [2.5, 0.7]), [2500]],
    ["an almost level stage", rateRamp(1, [2, 1.000_000_001]), [999.999_999_75, 1999.999_999]],
  ])("knows %s", (_name, load, dueMs) => {
    const due = scheduleOf(load);
    expect(due).toHaveLength(dueMs.length);
    due.forEach((ms, n) => {
      expect(ms).toBeCloseTo(dueMs[n] ?? Number.NaN, 6);
    });
  });

  it("does not lose the last arrival of a fall to 0, where rounding makes the root that k6 takes one of a negative number", () => {
    expect(dueAt(rateRamp(2.8, [5, 0]), whole)(6)).toBe(5000);
  });

  it("does not put the last arrival of a rise past its end", () => {
    expect(dueAt(rateRamp(0.1, [0.2, 29.9]), whole)(2)).toBe(200);
  });

  it("gives each third of generators every third arrival, as k6's segments do", () => {
    const [first, second, third] = sharesOf(3).map((share) => scheduleOf(upAndDown, share).map(Math.round));
    expect([first, second, third]).toEqual([
      [3162, 6528],
      [4472, 7838],
      [5500, 11_000],
    ]);
  });

  it("is k6's for a time unit of a third of a second", () => {
    const k6 = [
      1825, 2581, 3162, 3651, 4082, 4472, 4830, 5166, 5499, 5833, 6169, 6527, 6917, 7348, 7837, 8418, 9174, 10_999,
    ];
    const due = scheduleOf(rateRamp(0, [5, 3], [1, 3], [5, 0]));
    expect(due).toHaveLength(k6.length);
    due.forEach((ms, n) => {
      expect(Math.abs(ms - (k6[n] ?? 0))).toBeLessThan(1.5);
    });
  });

  it("is k6's closed form, where that is exact", () => {
    const [from, to, seconds] = [10, 50, 4];
    const due = dueAt(rateRamp(from, [seconds, to]), whole);
    for (let i = 1; i <= 120; i++) {
      const root = Math.sqrt(seconds * (from * from * seconds + 2 * i * (to - from)));
      expect(due(i - 1)).toBeCloseTo((1000 * (from * seconds - root)) / (from - to), 6);
    }
  });

  it("puts each second's integral into that second", () => {
    const due = scheduleOf(rateRamp(10, [1, 10], [1, 50], [1, 50]));
    const counts = [0, 1, 2].map(
      (second) => due.filter((ms) => ms > second * 1000 && ms <= (second + 1) * 1000).length,
    );
    expect(counts).toEqual([10, 30, 50]);
  });
});

describe("dueAt at a constant rate", () => {
  it.each([
    [500, 0, 0],
    [500, 1, 2],
    [500, 499, 998],
    [500, 500, Number.POSITIVE_INFINITY],
    [0.5, 1, Number.POSITIVE_INFINITY],
    [3, 1, 1000 / 3],
    [20_000, 19_999, 999.95],
  ])("at %d/s for a second has arrival %d at %d ms", (perSecond, n, dueMs) => {
    expect(dueAt(constantly(perSecond, 1000), whole)(n)).toBeCloseTo(dueMs, 9);
  });

  it.each([
    [0, [0, 60, 120, 180]],
    [1, [20, 80, 140, 200]],
    [2, [40, 100, 160, 220]],
  ])("gives third %d of 50/s what k6 gives it", (index, dueMs) => {
    expect(scheduleOf(constantly(50, 5000), { index, of: 3 }).slice(0, 4)).toEqual(dueMs);
  });
});

describe("arrivalsOf", () => {
  it.each<[name: string, load: Load, arrivals: number]>([
    ["30/s for 30 s, which k6 makes 900 or 901", constantly(30, 30_000), 900],
    ["50/s for 5 s", constantly(50, 5000), 250],
    ["1.1/s for 10 s, whose product is rounded up", constantly(1.1, 10_000), 11],
    ["0.1/s for 30 s", constantly(0.1, 30_000), 3],
    ["a third each second for 3 s", constantly(1 / 3, 3000), 1],
    ["one arrival, at once", constantly(0.001, 1), 1],
    ["0.5/s for 3 s", constantly(0.5, 3000), 2],
    ["a ramp to 1000/s in 10 s", rateRamp(0, [10, 1000]), 5000],
    ["k6's 20 in 950 ms, up and down", rateRamp(0, [1, 20 / 0.95], [1, 0]), 21],
    ["a ramp whose stages are rounded", rateRamp(0.1, [10, 0.1], [10, 0.1], [10, 0.1]), 3],
    ["a ramp just below two", rateRamp(1, [1.999, 1]), 1],
    ["a ramp on which nothing arrives", rateRamp(0, [1, 1.9]), 0],
  ])("knows %s", (_name, load, arrivals) => {
    expect(arrivalsOf(load)).toBe(arrivals);
    expect(scheduleOf(load)).toHaveLength(arrivals);
  });

  it("is 0 in a closed load", () => {
    fc.assert(
      fc.property(closedLoads, generators, (load, of) => {
        expect(arrivalsOf(load)).toBe(0);
        expect(dueAt(load, { index: of - 1, of })(0)).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });
});

describe("the schedule of any open load", () => {
  it("never goes back and stays within the load", () => {
    fc.assert(
      fc.property(openLoads, (load) => {
        const due = scheduleOf(load);
        expect(due.find((ms, n) => ms < (due[n - 1] ?? 0) || ms > durationOf(load))).toBeUndefined();
      }),
    );
  });

  it("has each arrival where the integral of the rate reaches its number", () => {
    fc.assert(
      fc.property(openLoads, (load) => {
        const first = load.executor === "constant-arrival-rate" ? 0 : 1;
        const wrong = scheduleOf(load).find((ms, n) => Math.abs(integralOf(load, ms) - (n + first)) > 5e-8);
        expect(wrong).toBeUndefined();
      }),
    );
  });

  it("has as many arrivals as the whole integral", () => {
    fc.assert(
      fc.property(openLoads, (load) => {
        const area = integralOf(load, durationOf(load));
        const missing = load.executor === "constant-arrival-rate" ? arrivalsOf(load) - area : area - arrivalsOf(load);
        expect(missing).toBeGreaterThan(-1e-6);
        expect(missing).toBeLessThan(1);
      }),
    );
  });

  it("is the shares' schedules merged", () => {
    fc.assert(
      fc.property(openLoads, generators, (load, of) => {
        expect(isOpen(load)).toBe(true);
        const merged = sharesOf(of).flatMap((share) => scheduleOf(load, share));
        expect(merged.sort((a, b) => a - b)).toEqual(scheduleOf(load));
      }),
    );
  });

  it("interleaves the shares, one arrival of each in turn", () => {
    fc.assert(
      fc.property(openLoads, generators, fc.nat(300), (load, of, n) => {
        const { index, ...turn } = { index: n % of, of };
        expect(dueAt(load, { index, ...turn })(Math.floor(n / of))).toBe(dueAt(load, whole)(n));
      }),
    );
  });
});
