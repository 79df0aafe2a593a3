import { describe, expect, it } from "vitest";
import { Failure } from "./failure.ts";
import {
  type Aggregation,
  evaluate,
  type Gathered,
  type Operator,
  type Threshold,
  thresholdText,
} from "./threshold.ts";

function threshold(aggregation: Aggregation, operator: Operator, limit: number): Threshold {
  const source = "as written";
  return { metric: "m", tags: {}, aggregation, operator, limit, source, abortOnFail: false, delayAbortEvalMs: 0 };
}

/** Its quantiles are the per mille asked for. */
const trend: Gathered = { type: "trend", count: 1000, mean: 4, min: 1, max: 9, quantile: (q) => q * 1000 };
const noTrend: Gathered = {
  type: "trend",
  count: 0,
  mean: Number.NaN,
  min: Number.POSITIVE_INFINITY,
  max: 0,
  quantile: () => 0,
};
const counter: Gathered = { type: "counter", count: 30, seconds: 4 };
const gauge: Gathered = { type: "gauge", value: 12 };
const rate: Gathered = { type: "rate", hits: 1, of: 4 };

describe("evaluate", () => {
  it.each<[Gathered, Aggregation, number]>([
    [trend, "avg", 4],
    [trend, "min", 1],
    [trend, "max", 9],
    [trend, "med", 500],
    [trend, { percentile: 0 }, 0],
    [trend, { percentile: 95 }, 950],
    [trend, { percentile: 99.9 }, 999],
    [trend, { percentile: 100 }, 1000],
    [counter, "count", 30],
    [counter, "rate", 7.5],
    [{ type: "counter", count: 0, seconds: 4 }, "count", 0],
    [{ type: "counter", count: 0, seconds: 4 }, "rate", 0],
    [gauge, "value", 12],
    [{ type: "gauge", value: 0 }, "value", 0],
    [rate, "rate", 0.25],
    [{ type: "rate", hits: 0, of: 4 }, "rate", 0],
  ])("of %j takes %j: %d", (gathered, aggregation, value) => {
    expect(evaluate(threshold(aggregation, "==", value), gathered)).toEqual({ ok: true, value });
    expect(evaluate(threshold(aggregation, "!=", value), gathered)).toEqual({ ok: false, value });
  });

  it.each<[Operator, below: boolean, equal: boolean, above: boolean]>([
    ["<", true, false, false],
    ["<=", true, true, false],
    [">", false, false, true],
    [">=", false, true, true],
    ["==", false, true, false],
    ["!=", true, false, true],
  ])("compares by %s", (operator, ...expected) => {
    const results = [11, 12, 13].map(
      (value) => evaluate(threshold("value", operator, 12), { type: "gauge", value }).ok,
    );
    expect(results).toEqual(expected);
  });

  it.each<[Gathered, Aggregation]>([
    [noTrend, "avg"],
    [noTrend, "max"],
    [noTrend, { percentile: 95 }],
    [{ type: "counter", count: 0, seconds: 0 }, "count"],
    [{ type: "counter", count: 0, seconds: 0 }, "rate"],
    [{ type: "gauge", value: null }, "value"],
    [{ type: "rate", hits: 0, of: 0 }, "rate"],
  ])("has no answer where nothing was gathered: %j, %j", (gathered, aggregation) => {
    for (const operator of ["<", "!="] as const)
      expect(evaluate(threshold(aggregation, operator, 200), gathered)).toEqual({ ok: null, value: null });
  });

  it.each<[Gathered, Aggregation]>([
    [trend, "count"],
    [counter, "avg"],
    [gauge, "rate"],
    [rate, { percentile: 95 }],
  ])("refuses as a defect what %j has not: %j", (gathered, aggregation) => {
    expect(() => evaluate(threshold(aggregation, "<", 1), gathered)).toThrow(Failure);
    expect(() => evaluate(threshold(aggregation, "<", 1), gathered)).toThrow("[internal] m: as written: not to be had");
  });
});

describe("thresholdText", () => {
  it("names the metric, its tags and the expression as written", () => {
    const tags = { step: "total", scenario: "ramp" };
    expect(thresholdText({ metric: "response", tags: {}, source: "p(99) < 5" })).toBe("response: p(99) < 5");
    expect(thresholdText({ metric: "response", tags, source: "avg<5" })).toBe(
      "response{step:total,scenario:ramp}: avg<5",
    );
  });
});
