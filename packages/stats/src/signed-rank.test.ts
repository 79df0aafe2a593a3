import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairedInterval, ratioInterval, signedRankP } from "./signed-rank.ts";
import { normals, shareOf } from "./testing/draws.ts";

/** Hamilton's depression scale of nine patients before and after: Hollander and Wolfe, example 3.1. */
const hamilton = {
  before: [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3],
  after: [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
};
const fallen = hamilton.after.map((after, n) => after - (hamilton.before[n] ?? 0));

/** Darwin's maize, crossed less self-fertilised, in eighths of an inch (Fisher, The Design of Experiments, §III). */
const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

/** By the definition, over every way to give signs to the ranks. */
function enumeratedP(differences: readonly number[]): number {
  const changed = differences.filter((difference) => difference !== 0);
  const sizes = changed.map(Math.abs);
  const rankOf = (size: number): number =>
    sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2;
  const ranks = sizes.map(rankOf);
  const sumWhere = (positive: (n: number) => boolean): number =>
    ranks.reduce((sum, rank, n) => (positive(n) ? sum + rank : sum), 0);
  const seen = sumWhere((n) => (changed[n] ?? 0) > 0);
  const all = Array.from({ length: 2 ** ranks.length }, (_, signs) => sumWhere((n) => ((signs >> n) & 1) === 1));
  const share = (of: (sum: number) => boolean): number => all.filter(of).length / all.length;
  return Math.min(
    1,
    2 *
      Math.min(
        share((sum) => sum <= seen),
        share((sum) => sum >= seen),
      ),
  );
}

/** Differences whose ranks are 1 to n, of which those that are negative add up to `sum`. */
function withNegativeSum(n: number, sum: number): readonly number[] {
  const differences: number[] = [];
  let left = sum;
  for (let rank = n; rank >= 1; rank--) {
    const negative = rank <= left;
    if (negative) left -= rank;
    differences.push(negative ? -rank : rank);
  }
  return differences;
}

const differences = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 });
const distinct = fc
  .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 6, maxLength: 14 })
  .chain((sizes) => fc.tuple(...sizes.map((size) => fc.constantFrom(size, -size))));

describe("signedRankP", () => {
  it("is R's and the textbook's: Hollander and Wolfe 3.1 (V = 5), Darwin's maize (V = 96)", () => {
    expect(signedRankP(fallen)).toBeCloseTo(0.0390625, 12);
    expect(signedRankP(darwin)).toBeCloseTo(0.04126, 5);
  });

  // The largest sums that are significant, two-sided: McCornack 1965, as in most textbooks' tables.
  it.each([
    [0.05, { 6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 11: 10, 12: 13, 13: 17, 14: 21, 15: 25, 16: 29, 18: 40, 20: 52, 25: 89 }],
    [0.01, { 8: 0, 9: 1, 10: 3, 11: 5, 12: 7, 13: 9, 14: 12, 15: 15, 16: 19, 17: 23, 18: 27, 19: 32, 20: 37, 25: 68 }],
  ])("has the published critical values at %d", (alpha, table) => {
    for (const [n, sum] of Object.entries(table)) {
      expect(signedRankP(withNegativeSum(Number(n), sum))).toBeLessThanOrEqual(alpha);
      expect(signedRankP(withNegativeSum(Number(n), sum + 1))).toBeGreaterThan(alpha);
    }
  });

  it("is that of all signs, with ties and zeros too", () => {
    fc.assert(
      fc.property(differences, (some) => {
        expect(signedRankP(some)).toBeCloseTo(enumeratedP(some), 12);
      }),
    );
  });

  it("is 1 where nothing differs, and where nothing is", () => {
    expect(signedRankP([0, 0, 0])).toBe(1);
    expect(signedRankP([])).toBe(1);
  });

  it("does not change with the order, the sign or the scale", () => {
    fc.assert(
      fc.property(differences, fc.integer({ min: 1, max: 7 }), (some, scale) => {
        const p = signedRankP(some);
        expect(signedRankP(some.toReversed())).toBeCloseTo(p, 12);
        expect(signedRankP(some.map((one) => -scale * one))).toBeCloseTo(p, 12);
      }),
    );
  });

  it("refuses what has no rank", () => {
    expect(() => signedRankP([1, Number.NaN])).toThrow("NaN is not a finite number");
  });
});

describe("pairedInterval", () => {
  it("is the textbook's: Hollander and Wolfe, examples 3.3 and 3.4", () => {
    const { value, interval } = pairedInterval(fallen);
    expect(value).toBeCloseTo(-0.46, 10);
    expect(interval?.low).toBeCloseTo(-0.786, 10);
    expect(interval?.high).toBeCloseTo(-0.01, 10);
    expect(interval?.confidence).toBeCloseTo(0.961, 3);
  });

  // The numbers of Walsh averages left out at either end are the critical values of the test, and one more.
  it.each([
    [6, 0.95, 0.96875],
    [8, 0.95, 0.9609375],
    [10, 0.95, 0.951171875],
    [8, 0.99, 0.9921875],
    [6, 0.9, 0.90625],
  ])("of %d values at %d has a confidence of %d", (n, asked, had) => {
    expect(pairedInterval(darwin.slice(0, n), asked).interval?.confidence).toBe(had);
  });

  it("has none where no two values are far enough apart to be one, and says how near they are", () => {
    expect(pairedInterval([1, 2, 3, 4, 5])).toEqual({
      value: 3,
      interval: null,
      missing: "too few values for an interval of 95%: from their lowest to their highest is one of 93.75%",
    });
    expect(pairedInterval([1, 2, 3, 4, 5], 0.9).interval).toEqual({ low: 1, high: 5, confidence: 0.9375 });
    expect(pairedInterval([1, 2, 3, 4, 5, 6, 7, 8], 0.995).interval).toBeNull();
    expect(pairedInterval([7])).toEqual({ value: 7, interval: null, missing: "too few values for an interval" });
    expect(pairedInterval([]).interval).toBeNull();
  });

  it("leaves out 0 exactly where the test finds a difference", () => {
    fc.assert(
      fc.property(distinct, fc.constantFrom(0.9, 0.95, 0.99), (some, confidence) => {
        const { interval } = pairedInterval(some, confidence);
        const excluded = interval !== null && (interval.low > 0 || interval.high < 0);
        expect(excluded).toBe(signedRankP(some) <= 1 - confidence);
      }),
    );
  });

  it("moves and stretches with the values, and not with their order", () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: -50, max: 50 }), (some, by) => {
        const { value, interval } = pairedInterval(some);
        const moved = pairedInterval(some.toReversed().map((one) => 2 * one + by));
        expect(moved.value).toBeCloseTo(2 * value + by, 9);
        expect(moved.interval?.low).toBeCloseTo(2 * (interval?.low ?? 0) + by, 9);
        expect(moved.interval?.high).toBeCloseTo(2 * (interval?.high ?? 0) + by, 9);
      }),
    );
  });

  it("widens with confidence, and has at least what was asked for", () => {
    const widths = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map((confidence) => {
      const { interval } = pairedInterval(darwin, confidence);
      expect(interval?.confidence).toBeGreaterThanOrEqual(confidence);
      return (interval?.high ?? 0) - (interval?.low ?? 0);
    });
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
  });

  it("holds the true centre as often as it says", () => {
    const draw = normals(11);
    const held = shareOf(2_000, 8, draw, (sample) => {
      const { interval } = pairedInterval(sample);
      return interval !== null && interval.low <= 0 && interval.high >= 0;
    });
    // Four standard errors of a share of 2,000.
    expect(Math.abs(held - 0.9609375)).toBeLessThan(4 * Math.sqrt((0.961 * 0.039) / 2_000));
  });

  it("of 200 values is within three averages of what the normal approximation leaves out", () => {
    const draw = normals(3);
    const many = Array.from({ length: 200 }, draw);
    const { interval } = pairedInterval(many);
    expect(interval?.confidence).toBeCloseTo(0.95, 3);
    const sorted = many.flatMap((a, n) => many.slice(n).map((b) => (a + b) / 2)).sort((a, b) => a - b);
    const normal = 10_050 - 1.959964 * Math.sqrt((200 * 201 * 401) / 24);
    expect(Math.abs(sorted.indexOf(interval?.low ?? 0) - normal)).toBeLessThan(3);
  });

  it("refuses what has no rank, and a confidence in percent", () => {
    expect(() => pairedInterval([1, Number.NEGATIVE_INFINITY])).toThrow("-Infinity is not a finite number");
    expect(() => pairedInterval([1, 2], 95)).toThrow("a confidence lies between 0 and 1, not 95");
  });
});

describe("ratioInterval", () => {
  it("speaks in ratios, and the other way round in their inverses", () => {
    const logs = [1.02, 1.05, 1.06, 1.03, 1.08, 1.04, 1.01].map(Math.log);
    const { value, interval } = ratioInterval(logs);
    expect(value).toBeGreaterThan(1.03);
    expect(value).toBeLessThan(1.05);
    expect(interval?.low).toBeGreaterThan(1);
    const inverse = ratioInterval(logs.map((log) => -log));
    expect(inverse.value).toBeCloseTo(1 / value, 12);
    expect(inverse.interval?.high).toBeCloseTo(1 / (interval?.low ?? 0), 12);
    expect(ratioInterval(logs.slice(0, 5))).toMatchObject({ interval: null, missing: /^too few values/ });
  });
});
