import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationOf, type Executor, endOf, isCounted, isOpen, type Load, partOf, scaled, whole } from "./load.ts";
import { closedLoads, generators, loads, openLoads, plain, sharesOf, vuRamp } from "./testing/loads.ts";
import { vusAt } from "./vus.ts";

describe("partOf", () => {
  it("deals out a number one by one", () => {
    expect(sharesOf(3).map((share) => partOf(10, share))).toEqual([4, 3, 3]);
    expect(sharesOf(3).map((share) => partOf(2, share))).toEqual([1, 1, 0]);
    expect(sharesOf(3).map((share) => partOf(0, share))).toEqual([0, 0, 0]);
    expect(partOf(7, whole)).toBe(7);
  });

  it("is how many numbers below it are the share's", () => {
    fc.assert(
      fc.property(fc.nat(500), generators, fc.nat(), (count, of, some) => {
        const index = some % of;
        const own = Array.from({ length: count }, (_, n) => n).filter((n) => n % of === index);
        expect(partOf(count, { index, of })).toBe(own.length);
      }),
    );
  });
});

describe("durationOf", () => {
  it.each<[load: Load, ms: number]>([
    [{ ...plain, executor: "constant-vus", vus: 1, durationMs: 5 }, 5],
    [{ ...plain, executor: "constant-arrival-rate", perSecond: 1, durationMs: 5, maxInFlight: 1 }, 5],
    [{ ...plain, executor: "per-vu-iterations", vus: 1, iterations: 1, maxDurationMs: 7 }, 7],
    [{ ...plain, executor: "shared-iterations", vus: 1, iterations: 1, maxDurationMs: 7 }, 7],
    [vuRamp(1, [1, 5], [0, 3], [2, 9]), 3000],
  ])("of load %# is %d ms", (load, ms) => {
    expect(durationOf(load)).toBe(ms);
    expect(endOf({ ...load, startTimeMs: 100 })).toBe(100 + ms);
  });
});

describe("isOpen", () => {
  it("is true of the arrival rates alone", () => {
    fc.assert(fc.property(openLoads, isOpen));
    fc.assert(fc.property(closedLoads, (load) => !isOpen(load)));
  });
});

describe("isCounted", () => {
  it("is true of the loads that have iterations alone", () => {
    fc.assert(fc.property(loads, (load) => isCounted(load) === "iterations" in load));
  });
});

describe("scaled", () => {
  it.each<[executor: Executor, half: Executor]>([
    [
      { executor: "constant-vus", vus: 4, durationMs: 5 },
      { executor: "constant-vus", vus: 4, durationMs: 2.5 },
    ],
    [
      { executor: "shared-iterations", vus: 4, iterations: 6, maxDurationMs: 10 },
      { executor: "shared-iterations", vus: 4, iterations: 6, maxDurationMs: 5 },
    ],
    [
      { executor: "ramping-vus", startVUs: 2, stages: [{ durationMs: 4, target: 8 }], gracefulRampDownMs: 6 },
      { executor: "ramping-vus", startVUs: 2, stages: [{ durationMs: 2, target: 8 }], gracefulRampDownMs: 3 },
    ],
    [
      { executor: "ramping-arrival-rate", startPerSecond: 2, stages: [{ durationMs: 4, target: 8 }], maxInFlight: 6 },
      { executor: "ramping-arrival-rate", startPerSecond: 2, stages: [{ durationMs: 2, target: 8 }], maxInFlight: 6 },
    ],
  ])("halves every duration of executor %# and nothing else", (executor, half) => {
    expect(scaled(executor, 0.5)).toEqual(half);
  });

  it("is the executor itself by 1", () => {
    fc.assert(
      fc.property(loads, (load) => {
        expect(scaled(load, 1)).toEqual(load);
      }),
    );
  });

  it("runs through the same VUs, faster", () => {
    fc.assert(
      fc.property(closedLoads, fc.nat(60_000), (load, ms) => {
        expect(vusAt({ ...load, ...scaled(load, 0.125) }, whole)(ms / 8)).toBe(vusAt(load, whole)(ms));
      }),
    );
  });
});
