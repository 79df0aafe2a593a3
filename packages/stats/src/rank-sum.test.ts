import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asRatio } from "./order-interval.ts";
import { rankSumP, shiftInterval } from "./rank-sum.ts";
import { choices, normals, shareOf } from "./testing/draws.ts";

/** Permeability of the chorioamnion at term and at 12 to 26 weeks: Hollander and Wolfe, example 4.1; R: example(wilcox.test). */
const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const early = [1.15, 0.88, 0.9, 0.74, 1.21];

/** Two samples without ties, whose U, the pairs in which the second is the smaller, is this. */
function withU(m: number, n: number, u: number): readonly [number[], number[]] {
  const first = Array.from({ length: m }, (_, k) => k);
  const second = Array.from({ length: n }, (_, k) => m - 0.5 - Math.min(m, Math.max(0, u - k * m)) + k / 1000);
  return [first, second];
}

/** By the definition, over every way to deal out the values: U counts a tie as a half. */
function enumeratedP(base: readonly number[], other: readonly number[]): number {
  const all = [...base, ...other];
  const uOf = (chosen: readonly number[]): number => {
    const rest = all.map((_, n) => n).filter((n) => !chosen.includes(n));
    const pairs = chosen.flatMap((a) => rest.map((b) => [all[a] ?? 0, all[b] ?? 0] as const));
    return pairs.reduce((u, [a, b]) => u + (a > b ? 1 : a === b ? 0.5 : 0), 0);
  };
  const places = all.map((_, n) => n);
  const us = choices(places, base.length).map(uOf);
  const seen = uOf(places.slice(0, base.length));
  const share = (of: (u: number) => boolean): number => us.filter(of).length / us.length;
  return Math.min(
    1,
    2 *
      Math.min(
        share((u) => u <= seen),
        share((u) => u >= seen),
      ),
  );
}

const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 });

describe("rankSumP", () => {
  it("is R's and the textbook's: Hollander and Wolfe 4.1, W = 35", () => {
    expect(rankSumP(term, early)).toBeCloseTo(2 * 0.1272, 4);
  });

  // Mann and Whitney's critical values, two-sided, as in most textbooks' tables: the largest U that is significant.
  it.each([
    [
      0.05,
      [
        [4, 4, 0],
        [5, 5, 2],
        [6, 6, 5],
        [7, 7, 8],
        [8, 8, 13],
        [9, 9, 17],
        [10, 10, 23],
        [5, 8, 6],
        [20, 20, 127],
      ],
    ],
    [
      0.01,
      [
        [5, 5, 0],
        [6, 6, 2],
        [8, 8, 7],
        [10, 10, 16],
        [20, 20, 105],
      ],
    ],
  ] as const)("has the published critical values at %d", (alpha, table) => {
    for (const [m, n, u] of table) {
      expect(rankSumP(...withU(m, n, u))).toBeLessThanOrEqual(alpha);
      expect(rankSumP(...withU(m, n, u + 1))).toBeGreaterThan(alpha);
    }
  });

  it.each([
    [4, 0.029],
    [5, 0.0079],
    [6, 0.0022],
  ])("of %d and %d apart is %d, as benchstat's", (n, p) => {
    expect(rankSumP(...withU(n, n, 0))).toBeCloseTo(p, 3);
  });

  it("is that of all ways to deal out the values, with ties too", () => {
    fc.assert(
      fc.property(sample, sample, (base, other) => {
        expect(rankSumP(base, other)).toBeCloseTo(enumeratedP(base, other), 12);
      }),
      { numRuns: 50 },
    );
  });

  it("does not change with the order, the side or the scale", () => {
    fc.assert(
      fc.property(sample, sample, (base, other) => {
        const p = rankSumP(base, other);
        expect(rankSumP(other, base)).toBeCloseTo(p, 12);
        expect(rankSumP(base.toReversed(), other)).toBeCloseTo(p, 12);
        expect(rankSumP(base.map(Math.exp), other.map(Math.exp))).toBeCloseTo(p, 12);
      }),
    );
  });

  it("is 1 where there is nothing to tell apart, and refuses what has no rank", () => {
    expect(rankSumP([], [1, 2])).toBe(1);
    expect(rankSumP([1, 2], [])).toBe(1);
    expect(rankSumP([3, 3, 3, 3, 3, 3], [3, 3, 3, 3, 3, 3])).toBe(1);
    expect(() => rankSumP([1], [Number.NaN])).toThrow("NaN is not a finite number");
  });
});

describe("shiftInterval", () => {
  it("is the textbook's: Hollander and Wolfe, examples 4.3 and 4.4", () => {
    const { value, interval } = shiftInterval(early, term);
    expect(value).toBeCloseTo(0.305, 10);
    expect(interval?.low).toBeCloseTo(-0.15, 10);
    expect(interval?.high).toBeCloseTo(0.76, 10);
    expect(interval?.confidence).toBeCloseTo(0.96, 3);
  });

  it("leaves out 0 exactly where the test finds a difference", () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 8, maxLength: 16 });
    fc.assert(
      fc.property(values, fc.integer({ min: 4, max: 7 }), fc.integer({ min: 0, max: 8_000 }), (all, m, by) => {
        const [base, other] = [all.slice(0, Math.min(m, all.length - 4)), all.slice(Math.min(m, all.length - 4))];
        const moved = other.map((value) => value + by + 0.5);
        const { interval } = shiftInterval(base, moved);
        const excluded = interval !== null && (interval.low > 0 || interval.high < 0);
        expect(excluded).toBe(rankSumP(base, moved) <= 0.05);
      }),
    );
  });

  it("speaks in ratios of logarithms, and has none of three and three values at 95%", () => {
    const logs = [10, 11, 12, 13].map(Math.log);
    const doubled = asRatio(
      shiftInterval(
        logs,
        logs.map((log) => log + Math.LN2),
      ),
    );
    expect(doubled.value).toBeCloseTo(2, 12);
    expect(doubled.interval?.low).toBeCloseTo(20 / 13, 12);
    expect(shiftInterval([1, 2, 3], [4, 5, 6])).toMatchObject({ value: 3, interval: null, missing: /one of 90%$/ });
  });

  it("holds the true shift as often as it says", () => {
    const draw = normals(17);
    const held = shareOf(2_000, 11, draw, (values) => {
      const { interval } = shiftInterval(values.slice(0, 6), values.slice(6));
      return interval !== null && interval.low <= 0 && interval.high >= 0;
    });
    const { interval } = shiftInterval([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5]);
    expect(Math.abs(held - (interval?.confidence ?? 0))).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 2_000));
  });
});
