import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holm } from "./holm.ts";

describe("holm", () => {
  it.each([
    // Four tests at 5%: https://en.wikipedia.org/wiki/Holm–Bonferroni_method, example.
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
      [true, false, false, true],
    ],
    // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm").
    [
      [0.01, 0.02, 0.03, 0.04, 0.05],
      [0.05, 0.08, 0.09, 0.09, 0.09],
      [true, false, false, false, false],
    ],
    // No more than 1, and the larger of equal ones is the same.
    [
      [0.9, 0.8, 0.01],
      [1, 1, 0.03],
      [false, false, true],
    ],
    [
      [0.02, 0.02],
      [0.04, 0.04],
      [true, true],
    ],
    [[0.05], [0.05], [true]],
    [[], [], []],
  ])("of %j is %j", (given, adjusted, rejected) => {
    const corrected = holm(given);
    corrected.forEach((one, n) => {
      expect(one.adjusted).toBeCloseTo(adjusted[n] ?? Number.NaN, 12);
      expect(one.rejected).toBe(rejected[n]);
    });
    expect(corrected).toHaveLength(given.length);
  });

  it("rejects what stepping down from the smallest p rejects, and keeps the order of the tests", () => {
    const share = fc.integer({ min: 0, max: 200 }).map((n) => n / 1000);
    fc.assert(
      fc.property(fc.array(share, { maxLength: 12 }), fc.constantFrom(0.01, 0.05, 0.1), (given, alpha) => {
        const sorted = given.toSorted((a, b) => a - b);
        const first = sorted.findIndex((p, rank) => p > alpha / (given.length - rank));
        const rejected = first === -1 ? sorted : sorted.slice(0, first);
        const corrected = holm(given, alpha);
        const found = given.filter((_, n) => corrected[n]?.rejected).toSorted((a, b) => a - b);
        expect(found).toEqual(rejected);
      }),
    );
  });

  it.each([Number.NaN, -0.1, 1.1])("refuses %d", (p) => {
    expect(() => holm([0.5, p])).toThrow(`a p value lies from 0 to 1, not ${p}`);
  });
});
