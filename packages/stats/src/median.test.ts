import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, medianInterval } from "./median.ts";
import { shareOf, uniforms } from "./testing/draws.ts";

describe("median", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
    [[7], 7],
    [[-1, -2], -1.5],
  ])("of %j is %d", (values, middle) => expect(median(values)).toBe(middle));

  it("of nothing is no number", () => expect(median([])).toBeNaN());
});

describe("medianInterval", () => {
  // Which of the ordered values are its ends, and its confidence: Dixon and Massey, table A-25; Hollander and Wolfe, §3.6.
  it.each([
    [6, 0.95, 1, 0.96875],
    [8, 0.95, 1, 0.9921875],
    [9, 0.95, 2, 0.9609375],
    [10, 0.95, 2, 0.978515625],
    [12, 0.95, 3, 0.9614],
    [15, 0.95, 4, 0.9648],
    [20, 0.95, 6, 0.9586],
    [25, 0.95, 8, 0.9567],
    [10, 0.99, 1, 0.998],
    [15, 0.99, 3, 0.9926],
  ])("of %d values at %d lies between value %d and its mirror: %d", (n, asked, from, confidence) => {
    const { interval, value } = medianInterval(
      Array.from({ length: n }, (_, k) => n - k),
      asked,
    );
    expect(interval).toMatchObject({ low: from, high: n + 1 - from });
    expect(interval?.confidence).toBeCloseTo(confidence, 4);
    expect(value).toBe((n + 1) / 2);
  });

  it("has none below six values at 95%", () => {
    expect(medianInterval([1, 2, 3, 4, 5])).toMatchObject({ value: 3, interval: null, missing: /^too few values/ });
  });

  it("does not care for anything but order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 6, maxLength: 30 }), (values) => {
        const { interval } = medianInterval(values);
        const grown = medianInterval(values.toReversed().map((value) => value ** 3)).interval;
        expect(grown?.low).toBeCloseTo((interval?.low ?? 0) ** 3, 9);
        expect(grown?.high).toBeCloseTo((interval?.high ?? 0) ** 3, 9);
      }),
    );
  });

  it("holds the true median as often as it says, of a skewed distribution too", () => {
    const uniform = uniforms(5);
    const held = shareOf(
      2_000,
      9,
      () => -Math.log(1 - uniform()),
      (sample) => {
        const { interval } = medianInterval(sample);
        return interval !== null && interval.low <= Math.LN2 && interval.high >= Math.LN2;
      },
    );
    expect(Math.abs(held - 0.9609375)).toBeLessThan(4 * Math.sqrt((0.961 * 0.039) / 2_000));
  });
});
