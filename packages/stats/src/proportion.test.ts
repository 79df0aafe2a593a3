import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proportionInterval } from "./proportion.ts";

describe("proportionInterval", () => {
  // R: binom.test(yes, answers)$conf.int; Clopper and Pearson, Biometrika 26 (1934), in most textbooks' tables.
  it.each([
    [0, 10, 0, 0.3085],
    [1, 10, 0.0025, 0.445],
    [5, 10, 0.1871, 0.8129],
    [10, 10, 0.6915, 1],
    [10, 100, 0.049, 0.1762],
    [0, 40, 0, 0.0881],
    [1, 1, 0.025, 1],
  ])("of %d in %d is from %d to %d", (yes, answers, low, high) => {
    const { value, interval } = proportionInterval(yes, answers);
    expect(value).toBe(yes / answers);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  it("leaves 2.5% to either side, mirrors, and widens with confidence", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), (answers, some) => {
        const yes = some % (answers + 1);
        const { interval } = proportionInterval(yes, answers);
        const mirrored = proportionInterval(answers - yes, answers).interval;
        expect(mirrored?.low).toBeCloseTo(1 - (interval?.high ?? 0), 10);
        const surer = proportionInterval(yes, answers, 0.99).interval;
        expect(surer?.low).toBeLessThanOrEqual(interval?.low ?? 0);
        expect(surer?.high).toBeGreaterThanOrEqual(interval?.high ?? 1);
      }),
    );
    // Of none in n, the share at which that happens in 2.5% of cases.
    expect((1 - (proportionInterval(0, 25).interval?.high ?? 1)) ** 25).toBeCloseTo(0.025, 10);
  });

  it.each([1, 3, 10, 40])("holds every true share at least as often as it says, of %d answers", (answers) => {
    const intervals = Array.from({ length: answers + 1 }, (_, yes) => proportionInterval(yes, answers).interval);
    for (let share = 0.01; share < 1; share += 0.01) {
      let mass = (1 - share) ** answers;
      let held = 0;
      intervals.forEach((interval, yes) => {
        if (interval !== null && interval.low <= share && interval.high >= share) held += mass;
        mass *= ((answers - yes) / (yes + 1)) * (share / (1 - share));
      });
      expect(held).toBeGreaterThanOrEqual(0.95 - 1e-9);
    }
  });

  it("has none without an answer, and refuses what is no share", () => {
    expect(proportionInterval(0, 0)).toEqual({ value: Number.NaN, interval: null, missing: "there is no answer" });
    expect(() => proportionInterval(3, 2)).toThrow("3 of 2 is no proportion");
    expect(() => proportionInterval(-1, 2)).toThrow("-1 of 2 is no proportion");
  });
});
