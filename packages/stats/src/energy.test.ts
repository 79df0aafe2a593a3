import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitter } from "./energy.ts";

/** Q by its definition: the values before a place, and those from it to an end. */
function energy(x: readonly number[], y: readonly number[]): number {
  const meanDistance = (a: readonly number[], b: readonly number[], pairs: number): number =>
    a.reduce((sum, one) => b.reduce((all, other) => all + Math.abs(one - other), sum), 0) / pairs;
  const [n, m] = [x.length, y.length];
  const within = meanDistance(x, x, n * (n - 1)) + meanDistance(y, y, m * (m - 1));
  return ((m * n) / (m + n)) * (2 * meanDistance(x, y, n * m) - within);
}

describe("splitter", () => {
  it("finds the split with the greatest distance of all, by its definition", () => {
    const value = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 16 }), fc.nat(4), fc.constantFrom(2, 3), (values, skip, least) => {
        const [from, to] = [Math.min(skip, values.length), values.length];
        const all: number[] = [];
        for (let at = from + least; at + least <= to; at++)
          for (let end = at + least; end <= to; end++) all.push(energy(values.slice(from, at), values.slice(at, end)));
        const found = splitter(values, least)(from, to);
        expect(found === null).toBe(all.length === 0);
        if (found === null) return;
        expect(found.distance).toBeCloseTo(Math.max(...all), 9);
        expect(found.distance).toBeCloseTo(energy(values.slice(from, found.at), values.slice(found.at, found.to)), 9);
      }),
    );
  });
});
