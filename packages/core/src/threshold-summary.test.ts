import { describe, expect, it } from "vitest";
import type { CellId, CellResult, Measured, ThresholdResult } from "./cell.ts";
import { vocabulary } from "./metrics.ts";
import type { Threshold } from "./threshold.ts";
import { parseThresholdFlag } from "./threshold-grammar.ts";
import { mergedThresholds, thresholdSummaries } from "./threshold-summary.ts";

const known = vocabulary({ step: ["total", "send"], workload: ["a"] });

function thresholdsOf(...texts: readonly string[]): readonly Threshold[] {
  return texts.flatMap((text) => parseThresholdFlag(text, known));
}

function idOf(round: number): CellId {
  const who = { binding: "x/y", server: "sdk", client: "wire", security: "plain", round } as const;
  return { scenario: "s", case: { n: 1 }, load: "10 VUs", ...who };
}

/** A measured cell of this round, of which nothing but its thresholds is looked at. */
function measured(round: number, ...thresholds: readonly ThresholdResult[]): CellResult {
  return { status: "measured", cell: idOf(round), thresholds } as Partial<Measured> as Measured;
}

function failed(round: number, ...thresholds: readonly ThresholdResult[]): CellResult {
  return { schemaVersion: 2, status: "failed", cell: idOf(round), reason: "it broke", thresholds };
}

const judged = (threshold: string, ok: boolean, value: number | null): ThresholdResult => ({
  ...{ metric: "response{step:send}", threshold, ok, value },
});

describe("thresholdSummaries", () => {
  it.each<[expression: string, values: readonly (number | null)[], worst: number | null]>([
    ["p(99)<5", [3, 7, 4], 7],
    ["p(99)<=5", [7, 3], 7],
    ["p(99)>5", [9, 7, 8], 7],
    ["p(99)>=5", [4, 9], 4],
    ["p(99)==5", [5, 9, 2], 9],
    ["p(99)!=5", [9, 5, 1], 5],
    ["p(99)<5", [3, null, 9], null],
    ["p(99)>5", [null, 3], null],
    ["p(99)<5", [3, null], null],
  ])("have of %s over %j the worst value, %j, and its cell", (expression, values, worst) => {
    const results = values.map((value, n) => measured(n, judged(expression, value !== null && n === 0, value)));
    const [summary] = thresholdSummaries(thresholdsOf(`response{step:send}:${expression}`), results);
    expect(summary).toMatchObject({ value: worst, worst: { round: values.indexOf(worst) }, cells: values.length });
  });

  it("count the cells and those that crossed, failed ones as well where their load began", () => {
    const results = [
      measured(1, judged("p(99)<5", true, 3)),
      failed(2, judged("p(99)<5", false, 8)),
      failed(3),
      measured(4, judged("p(99)<6", false, 9)),
    ];
    expect(thresholdSummaries(thresholdsOf("response{step:send}:p(99)<5"), results)).toEqual([
      {
        ...{ metric: "response{step:send}", threshold: "p(99)<5", ok: false, value: 8, worst: idOf(2) },
        ...{ aggregation: "p(99)", operator: "<", limit: 5, unit: "ms", cells: 2, crossed: 1 },
      },
    ]);
  });

  it("do not take for kept what no cell has judged, and have each once, in their order", () => {
    const thresholds = thresholdsOf("rss:value<1e6", "failed:rate<0.1", "rss:value<1e6");
    expect(thresholdSummaries(thresholds, [measured(1), failed(2)])).toMatchObject([
      { metric: "rss", ok: false, value: null, cells: 0, crossed: 0, worst: null, aggregation: "value", unit: "B" },
      { metric: "failed", ok: false, cells: 0, aggregation: "rate", unit: "" },
    ]);
  });
});

describe("mergedThresholds", () => {
  const thresholds = thresholdsOf("response{step:send}:p(99)<5");
  const of = (...results: readonly CellResult[]) => thresholdSummaries(thresholds, results);

  it("are those of all cells together, however these are grouped", () => {
    const cells = [3, 7, 4].map((value, n) => measured(n, judged("p(99)<5", value < 5, value)));
    const [a, b, c] = cells as [CellResult, CellResult, CellResult];
    expect(mergedThresholds([of(a, b), of(c)])).toEqual(of(a, b, c));
    expect(mergedThresholds([of(a), of(b), of(c)])).toEqual(of(a, b, c));
  });

  it("are not kept where one of the runs has judged no cell, and have the others' value", () => {
    const kept = of(measured(1, judged("p(99)<5", true, 3)));
    for (const runs of [
      [kept, of()],
      [of(), kept],
    ])
      expect(mergedThresholds(runs)).toMatchObject([
        { ok: false, value: 3, cells: 1, crossed: 0, worst: { round: 1 } },
      ]);
  });
});
