import type { Measured, ThresholdResult } from "@apb/core/cell";
import type { Run, ThresholdSummary } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { namesOf } from "./names.ts";
import { reporters } from "./reporters.ts";
import { rowsOf } from "./rows.ts";
import { tableReporter } from "./table.ts";
import { sampleCell, sampleInfo, sampleRoundTrip, sampleRun } from "./testing/sample-run.ts";
import { thresholdLines, thresholdText } from "./thresholds.ts";

const limit = { metric: "response{step:total}", threshold: "p(99)<5" };

function judged(...results: readonly ThresholdResult[]): Pick<Measured, "thresholds"> {
  return { thresholds: results };
}

/** Two cells of two bindings under this threshold. */
function runOf(summary: ThresholdSummary, values: readonly (number | null)[] = [3.2, 7.31]): Run {
  const results = values.map((value, n) => {
    const { metric, threshold } = summary;
    const cell = judged({ metric, threshold, ok: value !== null && value < 5, value });
    return n === 0 ? sampleRoundTrip({}, cell) : sampleCell({ binding: "two/grpc", round: 2 }, cell);
  });
  return sampleRun([...results, sampleCell()], { thresholds: [summary] });
}

function textOf(run: Run): string {
  const names = namesOf(rowsOf(run), run.info.selection);
  return thresholdLines(run)
    .map((line) => thresholdText(line, names).join(" "))
    .join("\n");
}

describe("a threshold", () => {
  it.each<[what: string, summary: ThresholdSummary, values: readonly (number | null)[], text: string]>([
    [
      "kept",
      { ...limit, ok: true, value: 3.2, cells: 2, crossed: 0 },
      [3.2, 2],
      "✓ response{step:total}: p(99)<5  p(99)=3.2 ms (the worst of 2 cells: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "crossed",
      { ...limit, ok: false, value: 7.31, cells: 2, crossed: 1 },
      [3.2, 7.31],
      "✗ response{step:total}: p(99)<5  p(99)=7.31 ms (crossed by 1 of 2 cells, the worst: two/grpc, message-size 1 KiB, 10 VUs, round 2)",
    ],
    [
      "just crossed, which is seen",
      { ...limit, ok: false, value: 5.001, cells: 1, crossed: 1 },
      [5.001],
      "✗ response{step:total}: p(99)<5  p(99)=5.001 ms (crossed by 1 of 1 cell, the worst: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "without samples",
      { metric: "checks", threshold: "rate > 0.9", ok: false, value: null, cells: 2, crossed: 1 },
      [0.95, null],
      "✗ checks: rate > 0.9  no samples (crossed by 1 of 2 cells, without any: two/grpc, message-size 1 KiB, 10 VUs, round 2)",
    ],
    [
      "of no cell",
      { metric: "rss{binding:two/grpc}", threshold: "value<1", ok: false, value: null, cells: 0, crossed: 0 },
      [],
      "✗ rss{binding:two/grpc}: value<1  no cell has all of its tags",
    ],
    [
      "of a rate, which has no unit",
      { metric: "failed", threshold: "rate<=0.01", ok: true, value: 0.0025, cells: 1, crossed: 0 },
      [0.0025],
      "✓ failed: rate<=0.01  rate=0.0025 (the worst of 1 cell: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "of bytes",
      { metric: "rss", threshold: "value<100000000", ok: true, value: 62_914_560, cells: 1, crossed: 0 },
      [62_914_560],
      "✓ rss: value<100000000  value=62,914,560 B (the worst of 1 cell: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "whose cells were lost",
      { ...limit, ok: false, value: 9, cells: 2, crossed: 2 },
      [],
      "✗ response{step:total}: p(99)<5  p(99)=9 ms (crossed by 2 of 2 cells)",
    ],
  ])("that was %s says so", (_what, summary, values, text) => {
    expect(textOf(runOf(summary, values))).toBe(text);
  });

  it("is none in a run without any, and before its end", () => {
    expect(thresholdLines(sampleRun([sampleCell()]))).toEqual([]);
    const selection = { ...sampleInfo().selection, thresholds: ["response: p(99)<5"] };
    expect(thresholdLines(sampleRun([sampleCell()], { selection }))).toEqual([]);
  });
});

describe("the block of thresholds", () => {
  const run = runOf({ ...limit, ok: false, value: 7.31, cells: 2, crossed: 1 });

  it("stands before the tables, on a terminal with red and green signs", () => {
    const text = tableReporter({ width: 200, color: false })(run);
    expect(text).toMatch(
      /\n\nTHRESHOLDS\n✗ {2}response\{step:total\}: p\(99\)<5 {2}p\(99\)=7\.31 ms .*\n\nComparison\n/,
    );
    const coloured = tableReporter({ width: 200, color: true })(run);
    expect(coloured).toContain("\u001b[31m✗\u001b[39m");
    expect(coloured).not.toContain("\u001b[32m✓\u001b[39m");
    expect(tableReporter({ width: 120, color: false })(sampleRun([sampleCell()]))).not.toContain("THRESHOLDS");
  });

  it("is in Markdown, in which nothing of it is markup", () => {
    expect(reporters.markdown(run)).toContain("## THRESHOLDS\n\n- ✗ response{step:total}: p(99)\\<5  p(99)=7.31 ms (");
    expect(reporters.markdown(sampleRun([sampleCell()]))).not.toContain("THRESHOLDS");
  });

  it("is in JSON with the cell of the worst value", () => {
    expect(JSON.parse(reporters.json(run)).thresholds).toMatchObject([
      { ...limit, ok: false, value: 7.31, cells: 2, crossed: 1, worst: { binding: "two/grpc", round: 2 } },
    ]);
  });
});
