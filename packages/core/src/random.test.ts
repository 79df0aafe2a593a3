import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomOf, shuffled } from "./random.ts";

function draws(seed: number, count: number): number[] {
  return Array.from({ length: count }, randomOf(seed));
}

describe("randomOf", () => {
  it("is mulberry32", () => {
    expect(draws(1, 3)).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  });

  it("stays from 0 to below 1, and is the same again from the same seed", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const some = draws(seed, 50);
        expect(draws(seed, 50)).toEqual(some);
        expect(some.every((value) => value >= 0 && value < 1)).toBe(true);
      }),
    );
  });

  it("spreads evenly", () => {
    const mean = draws(7, 100_000).reduce((sum, value) => sum + value, 0) / 100_000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.005);
  });
});

describe("shuffled", () => {
  it("keeps all items, in an order that only the seed decides", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const result = shuffled(items, seed);
        expect(result).toEqual(shuffled(items, seed));
        expect(result.toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      }),
    );
  });

  it("finds every order of three", () => {
    const orders = new Set(Array.from({ length: 100 }, (_, seed) => shuffled(["a", "b", "c"], seed).join("")));
    expect(orders.size).toBe(6);
  });
});
