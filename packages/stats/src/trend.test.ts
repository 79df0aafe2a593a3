import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normals, orders, shareOf } from "./testing/draws.ts";
import { medianSlope, type Point, slopeInterval, trendP } from "./trend.ts";

/** Sen, Estimates of the Regression Coefficient Based on Kendall's Tau, JASA 63 (1968), §6; his list of slopes has misprints. */
const sen: readonly Point[] = [
  [1, 9],
  [2, 15],
  [3, 19],
  [4, 20],
  [10, 45],
  [12, 55],
  [18, 78],
];
/** Rain with cloud seeding over that without, in five years: Hollander and Wolfe, examples 9.1 to 9.3. */
const seeding = [1.26, 1.27, 1.12, 1.16, 1.03].map((ratio, year): Point => [year + 1, ratio]);

/** A permutation of 0 to n − 1 with so many pairs in falling order. */
function withInversions(n: number, inversions: number): readonly number[] {
  const rest = Array.from({ length: n }, (_, k) => k);
  let left = inversions;
  return Array.from({ length: n }, () => {
    const skip = Math.min(left, rest.length - 1);
    left -= skip;
    return rest.splice(skip, 1)[0] ?? Number.NaN;
  });
}

function sOf(values: readonly number[]): number {
  return values.reduce((s, a, n) => values.slice(n + 1).reduce((sum, b) => sum + Math.sign(b - a), s), 0);
}

describe("trendP", () => {
  it("is R's and the textbook's for Kendall's tau: Hollander and Wolfe 8.1, T = 26", () => {
    // Lightness of nine lots of tuna, and a panel's marks in the order of it.
    expect(trendP([2.5, 4, 2.6, 3.6, 2.8, 3.1, 5.2, 5, 3.8])).toBeCloseTo(0.1194, 4);
  });

  // Kendall's table of the probability that S is as large or larger: Gilbert, Statistical Methods for Environmental
  // Pollution Monitoring (1987), table A18, and Hollander and Wolfe, table A.30.
  it.each([
    [4, { 2: 0.375, 4: 0.167, 6: 0.042 }],
    [5, { 2: 0.408, 4: 0.242, 6: 0.117, 8: 0.042, 10: 0.0083 }],
    [6, { 3: 0.36, 5: 0.235, 7: 0.136, 9: 0.068, 11: 0.028, 13: 0.0083, 15: 0.0014 }],
    [7, { 5: 0.281, 9: 0.119, 13: 0.035, 15: 0.015, 17: 0.0054, 19: 0.0014, 21: 0.0002 }],
    [9, { 4: 0.381, 16: 0.06, 18: 0.038, 20: 0.022, 22: 0.012 }],
    [10, { 3: 0.431, 11: 0.19, 17: 0.078, 19: 0.054, 21: 0.036, 23: 0.023, 25: 0.014, 27: 0.0083 }],
  ])("of %d values has the published probabilities", (n, table) => {
    for (const [s, tail] of Object.entries(table)) {
      const rising = withInversions(n, (n * (n - 1)) / 4 - Number(s) / 2);
      expect(sOf(rising)).toBe(Number(s));
      expect(Math.abs(trendP(rising) - 2 * tail)).toBeLessThan(2 * (tail < 0.01 ? 0.00005 : 0.0005) + 1e-9);
      expect(trendP(rising.toReversed())).toBeCloseTo(trendP(rising), 12);
    }
  });

  it("is that of all orders, with ties too", () => {
    const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(values, (some) => {
        const all = orders(some).map(sOf);
        const seen = sOf(some);
        const share = (of: (s: number) => boolean): number => all.filter(of).length / all.length;
        const p = Math.min(
          1,
          2 *
            Math.min(
              share((s) => s <= seen),
              share((s) => s >= seen),
            ),
        );
        expect(trendP(some)).toBeCloseTo(p, 12);
      }),
      { numRuns: 50 },
    );
  });

  it("comes to the normal approximation with its correction for ties where there are many values", () => {
    const draw = normals(23);
    const values = Array.from({ length: 120 }, (_, n) => Math.round(2 * draw() + n / 60));
    const sizes = new Map<number, number>();
    for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
    const part = (t: number): number => t * (t - 1) * (2 * t + 5);
    const variance = (part(120) - [...sizes.values()].reduce((sum, t) => sum + part(t), 0)) / 18;
    const z = (Math.abs(sOf(values)) - 1) / Math.sqrt(variance);
    // Abramowitz and Stegun 26.2.19, to 7 digits.
    const powers = [0.049867347, 0.0211410061, 0.0032776263, 0.0000380036, 0.0000488906, 0.000005383];
    const normal = powers.reduce((sum, power, n) => sum + power * z ** (n + 1), 1) ** -16;
    expect(z).toBeGreaterThan(1);
    expect(trendP(values) / normal).toBeGreaterThan(0.97);
    expect(trendP(values) / normal).toBeLessThan(1.03);
  });

  it("is 1 where nothing rises or falls, and refuses what has no rank", () => {
    expect([trendP([]), trendP([3]), trendP([3, 3, 3, 3])]).toEqual([1, 1, 1]);
    expect(() => trendP([1, Number.POSITIVE_INFINITY])).toThrow("Infinity is not a finite number");
  });
});

describe("slopeInterval", () => {
  it("is between Sen's fifth and seventeenth slope at 93%, his N* being 11", () => {
    const { value, interval } = slopeInterval(sen, 0.92);
    expect(value).toBeCloseTo(4, 12);
    expect(interval?.low).toBeCloseTo((45 - 15) / (10 - 2), 12);
    expect(interval?.high).toBeCloseTo((55 - 9) / (12 - 1), 12);
    expect(interval?.confidence).toBeCloseTo(0.93, 2);
  });

  it("is the textbook's: Hollander and Wolfe, examples 9.2 and 9.3", () => {
    const { value, interval } = slopeInterval(seeding, 0.9);
    expect(value).toBeCloseTo(-0.05625, 12);
    expect(interval?.low).toBeCloseTo(-0.13, 12);
    expect(interval?.high).toBeCloseTo(0.01, 12);
    expect(interval?.confidence).toBeCloseTo(0.917, 3);
  });

  it("leaves out 0 exactly where the test finds a trend", () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 1_000 }), { minLength: 5, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.integer({ min: -200, max: 200 }), (noise, slope) => {
        const line = noise.map((y, x) => y + slope * x);
        fc.pre(new Set(line).size === line.length);
        const { interval } = slopeInterval(line.map((y, x) => [x, y]));
        const excluded = interval !== null && (interval.low > 0 || interval.high < 0);
        expect(excluded).toBe(trendP(line) <= 0.05);
      }),
    );
  });

  it("has none where two points have one x, or are few", () => {
    expect(slopeInterval([...sen, [1, 8]])).toMatchObject({ interval: null, missing: "two points have one x" });
    expect(slopeInterval(seeding.slice(1))).toMatchObject({ interval: null, missing: /^too few values.*91\.67%$/ });
    expect(slopeInterval([]).interval).toBeNull();
  });

  it("holds the true slope as often as it says", () => {
    const draw = normals(29);
    const held = shareOf(2_000, 10, draw, (noise) => {
      const { interval } = slopeInterval(noise.map((y, x) => [x, 3 * x + y]));
      return interval !== null && interval.low <= 3 && interval.high >= 3;
    });
    // 1 − 2 × 0.023: Kendall's table has S = 23 as the last that is left out.
    expect(Math.abs(held - 0.9536)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 2_000));
  });
});

const x = fc.integer({ min: -1000, max: 1000 });
const y = fc.integer({ min: -1_000_000, max: 1_000_000 });
const points = fc.array(fc.tuple(x, y), { maxLength: 40 });

describe("medianSlope", () => {
  it.each<[string, [number, number][], number]>([
    ["no points", [], 0],
    ["one point", [[1, 5]], 0],
    [
      "points of one moment",
      [
        [1, 5],
        [1, 9],
      ],
      0,
    ],
    [
      "two points",
      [
        [1, 5],
        [3, 9],
      ],
      2,
    ],
    [
      "an odd number of slopes",
      [
        [0, 0],
        [1, 1],
        [2, 5],
      ],
      2.5,
    ],
    [
      "an even number of slopes",
      [
        [0, 0],
        [1, 1],
        [2, 5],
        [3, 5],
      ],
      (5 / 3 + 2) / 2,
    ],
    [
      "an outlier",
      [
        [0, 0],
        [1, 1],
        [2, 1000],
        [3, 3],
        [4, 4],
      ],
      1,
    ],
  ])("of %s", (_, given, slope) => {
    expect(medianSlope(given)).toBeCloseTo(slope, 12);
  });

  it("is exact on a line, and does not change when a quarter of the points lie anywhere", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.array(y, { minLength: 2, maxLength: 40 }), (slope, wild) => {
        const line = Array.from({ length: wild.length * 4 }, (_, n) => [n, slope * n] as [number, number]);
        expect(medianSlope(line)).toBeCloseTo(slope, 12);
        wild.forEach((value, n) => {
          line[4 * n] = [4 * n, value];
        });
        expect(medianSlope(line)).toBeCloseTo(slope, 12);
      }),
    );
  });

  it("lies in the middle of all slopes", () => {
    fc.assert(
      fc.property(points, (given) => {
        const slopes = given.flatMap(([x1, y1], n) =>
          given.slice(n + 1).flatMap(([x2, y2]) => (x1 === x2 ? [] : [(y2 - y1) / (x2 - x1)])),
        );
        const slope = medianSlope(given);
        expect(slopes.filter((each) => each < slope).length).toBeLessThanOrEqual(slopes.length / 2);
        expect(slopes.filter((each) => each > slope).length).toBeLessThanOrEqual(slopes.length / 2);
      }),
    );
  });

  it("turns round with the points and does not depend on their order", () => {
    fc.assert(
      fc.property(points, (given) => {
        expect(medianSlope(given.map(([px, py]) => [px, -py]))).toBeCloseTo(-medianSlope(given), 6);
        expect(medianSlope(given.toReversed())).toBeCloseTo(medianSlope(given), 6);
      }),
    );
  });
});
