import type { Run, ThresholdSummary } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { namesOf } from "./names.ts";
import { reporters } from "./reporters.ts";
import { rowsOf } from "./rows.ts";
import { tableReporter } from "./table.ts";
import { sampleCell, sampleInfo, sampleRoundTrip, sampleRun } from "./testing/sample-run.ts";
import { thresholdLines, thresholdText } from "./thresholds.ts";

const { cell: first } = sampleRoundTrip();
const { cell: second } = sampleCell({ binding: "two/grpc", round: 2 });

/** A threshold of two cells that both kept, the first the worst. */
function summaryOf(parts: Partial<ThresholdSummary> = {}): ThresholdSummary {
  return {
    ...{ metric: "response{step:total}", threshold: "p(99) <5", ok: true, value: 3.2 },
    ...{ aggregation: "p(99)", operator: "<", limit: 5, unit: "ms", cells: 2, crossed: 0, worst: first },
    ...parts,
  };
}

const kept = summaryOf();
const crossed = summaryOf({ ok: false, value: 7.31, crossed: 1, worst: second });

function runOf(summary: ThresholdSummary): Run {
  const cells = [sampleRoundTrip(), sampleCell({ binding: "two/grpc", round: 2 }), sampleCell()];
  return sampleRun(cells, { thresholds: [summary] });
}

function textOf(run: Run): string {
  const names = namesOf(rowsOf(run), run.info.selection);
  return thresholdLines(run)
    .map((line) => thresholdText(line, names).join(" "))
    .join("\n");
}

describe("a threshold", () => {
  it.each<[what: string, summary: ThresholdSummary, text: string]>([
    [
      "kept",
      kept,
      "✓ response{step:total}: p(99) <5  p(99)=3.2 ms (the worst of 2 cells: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "crossed",
      crossed,
      "✗ response{step:total}: p(99) <5  p(99)=7.31 ms (crossed by 1 of 2 cells, the worst: two/grpc, message-size 1 KiB, 10 VUs, round 2)",
    ],
    [
      "just crossed, which is seen",
      summaryOf({ ok: false, value: 5.001, cells: 1, crossed: 1 }),
      "✗ response{step:total}: p(99) <5  p(99)=5.001 ms (crossed by 1 of 1 cell, the worst: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "without samples",
      summaryOf({ metric: "checks", threshold: "rate>0.9", ok: false, value: null, crossed: 1, worst: second }),
      "✗ checks: rate>0.9  no samples (crossed by 1 of 2 cells, without any: two/grpc, message-size 1 KiB, 10 VUs, round 2)",
    ],
    [
      "judged of no cell",
      summaryOf({ ok: false, value: null, cells: 0, worst: null }),
      "✗ response{step:total}: p(99) <5  none of its cells was measured",
    ],
    [
      "judged of no cell in one of several runs",
      summaryOf({ ok: false }),
      "✗ response{step:total}: p(99) <5  p(99)=3.2 ms (the worst of 2 cells: one/rest, message-size 1 KiB, 1 VU, round 1; none of a run's was measured)",
    ],
    [
      "of a rate, which has no unit",
      summaryOf({ metric: "failed", threshold: "rate<=0.01", aggregation: "rate", unit: "", value: 0.0025, cells: 1 }),
      "✓ failed: rate<=0.01  rate=0.0025 (the worst of 1 cell: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
    [
      "of bytes",
      summaryOf({
        metric: "rss",
        threshold: "value<1e8",
        aggregation: "value",
        unit: "B",
        value: 62_914_560,
        cells: 1,
      }),
      "✓ rss: value<1e8  value=62,914,560 B (the worst of 1 cell: one/rest, message-size 1 KiB, 1 VU, round 1)",
    ],
  ])("that was %s says so", (_what, summary, text) => {
    expect(textOf(runOf(summary))).toBe(text);
  });

  it("is none in a run without any, and before its end", () => {
    expect(thresholdLines(sampleRun([sampleCell()]))).toEqual([]);
    const selection = { ...sampleInfo().selection, thresholds: ["response: p(99)<5"] };
    expect(thresholdLines(sampleRun([sampleCell()], { selection }))).toEqual([]);
  });
});

describe("the block of thresholds", () => {
  const run = runOf(crossed);

  it("stands before the tables, on a terminal with red and green signs", () => {
    const text = tableReporter({ width: 200, color: false })(run);
    expect(text).toMatch(
      /\n\nTHRESHOLDS\n✗ {2}response\{step:total\}: p\(99\) <5 {2}p\(99\)=7\.31 ms .*\n\nComparison\n/,
    );
    const coloured = tableReporter({ width: 200, color: true })(run);
    expect(coloured).toContain("\u001b[31m✗\u001b[39m");
    expect(coloured).not.toContain("\u001b[32m✓\u001b[39m");
    expect(tableReporter({ width: 120, color: false })(sampleRun([sampleCell()]))).not.toContain("THRESHOLDS");
  });

  it("is in Markdown, in which nothing of it is markup", () => {
    expect(reporters.markdown(run)).toContain("## THRESHOLDS\n\n- ✗ response{step:total}: p(99) \\<5  p(99)=7.31 ms (");
    expect(reporters.markdown(sampleRun([sampleCell()]))).not.toContain("THRESHOLDS");
  });

  it("is in JSON with the cell of the worst value", () => {
    expect(JSON.parse(reporters.json(run)).thresholds).toMatchObject([
      { threshold: "p(99) <5", ok: false, value: 7.31, crossed: 1, worst: { binding: "two/grpc", round: 2 } },
    ]);
  });
});
