import type { CellResult, Measured } from "@apb/core/cell";
import type { ThresholdSummary } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "./exit-codes.ts";

/** A cell of which nothing but what decides the exit code is looked at. */
function measured(parts: Partial<Pick<Measured, "partial" | "verdict">> = {}): CellResult {
  return { status: "measured", partial: null, verdict: { kind: "valid", findings: [] }, ...parts } as Measured;
}

const failed = { status: "failed", reason: "it broke" } as CellResult;
const errors: Measured["verdict"] = { kind: "errors", findings: [{ kind: "errors", message: "", hint: "" }] };

function judged(parts: Partial<ThresholdSummary> = {}): ThresholdSummary {
  return {
    ...{ metric: "rss", threshold: "value<5", aggregation: "value", operator: "<", limit: 5, unit: "B" },
    ...{ ok: true, value: 3, cells: 1, crossed: 0, worst: null },
    ...parts,
  };
}

const unjudged = judged({ ok: false, value: null, cells: 0 });
const crossed = judged({ ok: false, value: 7, crossed: 1 });

describe("the exit code of a run", () => {
  it.each<[what: string, results: readonly CellResult[], judged: readonly ThresholdSummary[], code: number]>([
    ["whose cells are fine", [measured(), measured()], [], 0],
    ["whose thresholds were kept", [measured()], [judged()], 0],
    ["that measured nothing", [], [], 1],
    ["with a failed cell", [measured(), failed], [judged()], 1],
    ["with a cell that ended before its time", [measured({ partial: "the generator died" })], [], 1],
    ["with a cell of errors", [measured({ verdict: errors })], [], 1],
    ["with a crossed threshold", [measured(), failed], [judged(), crossed], 99],
    ["whose cells failed with a threshold crossed", [failed], [crossed], 99],
    ["whose threshold no cell could be judged by", [measured()], [unjudged], 99],
    ["whose cells failed before a threshold could judge them", [failed], [unjudged], 1],
  ])("%s", (_what, results, summaries, code) => expect(exitCodeOf(results, summaries)).toBe(code));
});
