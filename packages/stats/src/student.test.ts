import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incompleteBeta } from "./beta.ts";
import { momentsOf } from "./moments.ts";
import { pooledP, studentP, studentQuantile } from "./student.ts";
import { normals, shareOf } from "./testing/draws.ts";

/** The probability of at least `least` heads of `throws` where each has this one, by adding them up. */
function binomialTail(throws: number, least: number, share: number): number {
  let masses = [1];
  for (let n = 1; n <= throws; n++)
    masses = Array.from({ length: n + 1 }, (_, k) => (masses[k] ?? 0) * (1 - share) + (masses[k - 1] ?? 0) * share);
  return masses.slice(least).reduce((sum, mass) => sum + mass, 0);
}

describe("incompleteBeta", () => {
  it("is the binomial's tail", () => {
    const share = fc.integer({ min: 1, max: 99 }).map((n) => n / 100);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(199), share, (throws, some, each) => {
        const least = 1 + (some % throws);
        expect(incompleteBeta(each, least, throws - least + 1)).toBeCloseTo(binomialTail(throws, least, each), 10);
      }),
    );
  });

  it("is 0 and 1 at its ends, and mirrors", () => {
    expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
    expect(incompleteBeta(0.3, 2.5, 7)).toBeCloseTo(1 - incompleteBeta(0.7, 7, 2.5), 12);
    // Abramowitz and Stegun 26.5.18 with a = b = 1/2: the arcsine.
    expect(incompleteBeta(0.3, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(0.3)), 12);
    expect(incompleteBeta(0.5, 3_000, 3_000)).toBeCloseTo(0.5, 10);
  });
});

describe("studentP", () => {
  // Student's table, two-sided: Fisher and Yates, table III.
  it.each([
    [0.05, { 1: 12.706, 2: 4.303, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.98 }],
    [0.01, { 1: 63.657, 5: 4.032, 10: 3.169, 30: 2.75 }],
    [0.001, { 1: 636.619, 4: 8.61, 10: 4.587, 30: 3.646 }],
  ])("has the published quantiles at %d", (p, table) => {
    for (const [degrees, t] of Object.entries(table)) {
      expect(studentP(t - 0.0006, Number(degrees))).toBeGreaterThan(p);
      expect(studentP(-t - 0.0006, Number(degrees))).toBeLessThan(p);
    }
  });

  it("is what can be written down for one and two degrees", () => {
    for (const t of [0, 0.5, 1, 4, 40]) {
      expect(studentP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(studentP(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    }
  });
});

describe("studentQuantile", () => {
  it("is what studentP turns back, as in Fisher's and Yates's table III", () => {
    expect(studentQuantile(0.05, 5)).toBeCloseTo(2.571, 3);
    expect(studentQuantile(0.01, 30)).toBeCloseTo(2.75, 3);
    expect(studentQuantile(0.001, 4)).toBeCloseTo(8.61, 3);
    const p = fc.double({ min: 1e-6, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(p, fc.integer({ min: 1, max: 2_000 }), (wanted, degrees) => {
        expect(studentP(studentQuantile(wanted, degrees), degrees) / wanted).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe("pooledP", () => {
  it("is R's and Student's own: hours of sleep won by two drugs, t = -1.8608", () => {
    const first = momentsOf([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]);
    const second = momentsOf([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
    expect(first).toMatchObject({ n: 10, mean: expect.closeTo(0.75, 12), sd: expect.closeTo(1.78901, 5) });
    expect(pooledP(first, second)).toBeCloseTo(0.07919, 5);
  });

  it("of samples that do not vary tells whether they are equal, and nothing of too few values", () => {
    const [ones, twos] = [momentsOf([1, 1, 1]), momentsOf([2, 2, 2])];
    expect([pooledP(ones, ones), pooledP(ones, twos)]).toEqual([1, 0]);
    expect([pooledP(momentsOf([1]), momentsOf([2])), pooledP(momentsOf([]), twos)]).toEqual([1, 1]);
    expect(momentsOf([4])).toEqual({ n: 1, mean: 4, sd: 0 });
  });

  it("is at most 5% in 5% of equal samples", () => {
    const draw = normals(31);
    const rejected = shareOf(2_000, 9, draw, (some) => {
      return pooledP(momentsOf(some.slice(0, 3)), momentsOf(some.slice(3))) <= 0.05;
    });
    expect(Math.abs(rejected - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 2_000));
  });
});
