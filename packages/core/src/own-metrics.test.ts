import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatheredOwn, mergeOwn, type Own, OwnMeter, ownResult } from "./own-metrics.ts";
import { evaluate, type MetricType, type Threshold } from "./threshold.ts";

const values = fc.array(
  fc.record({ value: fc.integer({ min: 0, max: 100_000 }), atMs: fc.integer({ min: 0, max: 9 }) }),
);
const types: readonly MetricType[] = ["counter", "gauge", "rate", "trend"];

function gathered(type: MetricType, some: readonly { value: number; atMs: number }[]): Own | null {
  const meter = new OwnMeter(type);
  for (const { value, atMs } of some) meter.add(value, atMs);
  return meter.take();
}

describe("a metric of a scenario's own", () => {
  it.each(types)(
    "that is a %s is the same however its values were shared out and in whatever order they are added up",
    (type) => {
      fc.assert(
        fc.property(values, values, values, (...parts) => {
          const each = parts.flatMap((part) => gathered(type, part) ?? []);
          const whole = gathered(type, parts.flat());
          if (whole === null) return;
          expect(each.reduce(mergeOwn)).toEqual(whole);
          expect(each.toReversed().reduce(mergeOwn)).toEqual(whole);
        }),
      );
    },
  );

  it.each(types)("that is a %s begins anew when it was taken", (type) => {
    const meter = new OwnMeter(type);
    meter.add(3, 1);
    meter.take();
    expect(meter.take()).toBeNull();
  });

  it.each<[type: MetricType, aggregation: Threshold["aggregation"], value: number]>([
    ["counter", "count", 6],
    ["counter", "rate", 3],
    ["gauge", "value", 0],
    ["rate", "rate", 2 / 3],
    ["trend", "avg", 2],
    ["trend", "max", 4],
  ])("that is a %s has the %s %d for a threshold", (type, aggregation, value) => {
    const own = gathered(type, [
      { value: 4, atMs: 1 },
      { value: 2, atMs: 2 },
      { value: 0, atMs: 3 },
    ]);
    const threshold = { aggregation, operator: "<", limit: 9 } as Threshold;
    expect(evaluate(threshold, gatheredOwn(own ?? undefined, 2)).value).toBeCloseTo(value);
  });

  it("that nobody has added to decides nothing", () => {
    expect(
      evaluate({ aggregation: "avg", operator: "<", limit: 9 } as Threshold, gatheredOwn(undefined, 2)).ok,
    ).toBeNull();
  });

  it("is stored with its extremes", () => {
    const own = gathered("gauge", [
      { value: 4, atMs: 1 },
      { value: 2, atMs: 2 },
    ]) as Own;
    expect(ownResult(own, 2)).toEqual({ type: "gauge", value: 2, min: 2, max: 4 });
    expect(ownResult({ type: "counter", sum: 5 }, 2)).toEqual({ type: "counter", count: 5, perSecond: 2.5 });
  });
});
