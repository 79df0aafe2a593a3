import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rotaOf } from "./rota.ts";

describe("rotaOf", () => {
  it.each<[weights: readonly number[], rota: readonly number[]]>([
    [[1], [0]],
    [[5], [0]],
    [
      [1, 1],
      [0, 1],
    ],
    [
      [20, 10],
      [0, 1, 0],
    ],
    [[0, 2, 0], [1]],
    // The example of nginx's smooth weighted round robin.
    [
      [5, 1, 1],
      [0, 0, 1, 0, 2, 0, 0],
    ],
    [
      [3, 7],
      [1, 0, 1, 1, 0, 1, 1, 1, 0, 1],
    ],
  ])("of %j is %j", (weights, rota) => {
    expect(rotaOf(weights)).toEqual(rota);
  });

  it("gives every cycle to each task by its weight, wherever one begins to count", () => {
    const weights = fc.array(fc.nat(40), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.nat(1000), (some, start) => {
        fc.pre(some.some((weight) => weight > 0));
        const rota = rotaOf(some);
        const all = some.reduce((sum, weight) => sum + weight, 0);
        const counts = some.map(() => 0);
        for (let n = start; n < start + rota.length; n++) {
          const task = rota[n % rota.length] ?? -1;
          counts[task] = (counts[task] ?? 0) + 1;
        }
        expect(counts).toEqual(some.map((weight) => (weight * rota.length) / all));
      }),
    );
  });

  it("never lets a task get ahead of its weight, or behind, by a whole iteration of every task", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (a, b) => {
        let ofFirst = 0;
        rotaOf([a, b]).forEach((task, n) => {
          if (task === 0) ofFirst++;
          expect(Math.abs(ofFirst - ((n + 1) * a) / (a + b))).toBeLessThan(1);
        });
      }),
    );
  });

  it.each([
    [[1.5, 1], "[usage] expected weights to be whole numbers from 0, got 1.5"],
    [[1, -1], "[usage] expected weights to be whole numbers from 0, got -1"],
    [[0, 0], "[usage] expected a weight above 0, got none"],
    [[], "[usage] expected a weight above 0, got none"],
    [
      [1_000_000, 1],
      "[usage] weights 1000000, 1 repeat only after 1000001 iterations, expected at most 1000000; round them",
    ],
  ])("refuses %j", (weights, message) => {
    expect(() => rotaOf(weights)).toThrow(message);
  });
});
