import type { CellId, Measured, ThresholdResult } from "@apb/core/cell";
import { findMetric } from "@apb/core/metrics";
import type { Run, ThresholdSummary } from "@apb/core/run";
import { betterSign, counted, worseSign } from "./format.ts";
import type { Names } from "./names.ts";

/** The heading of the block. */
export const thresholdsTitle = "THRESHOLDS";

/** What became of a threshold, with the cell of its worst value; null where it matched none. */
export interface ThresholdLine extends ThresholdSummary {
  readonly worst: CellId | null;
}

/** The thresholds of a run, in their order; none before its end. Pure. */
export function thresholdLines({ info: { thresholds = [] }, results }: Run): readonly ThresholdLine[] {
  const measured = results.filter((result) => result.status === "measured");
  return thresholds.map((threshold) => ({ ...threshold, worst: worstOf(threshold, measured) }));
}

function worstOf(summary: ThresholdSummary, cells: readonly Measured[]): CellId | null {
  const isIt = ({ metric, threshold, value }: ThresholdResult): boolean =>
    metric === summary.metric && threshold === summary.threshold && value === summary.value;
  return cells.find(({ thresholds }) => thresholds.some(isIt))?.cell ?? null;
}

/** A threshold's sign and what is said beside it, as k6 does: `response{step:total}: p(99)<5  p(99)=3.2 ms`. */
export function thresholdText(line: ThresholdLine, names: Names): readonly [sign: string, text: string] {
  const { metric, threshold, ok } = line;
  return [ok ? betterSign : worseSign, `${metric}: ${threshold}  ${valueText(line)}${whereText(line, names)}`];
}

function valueText({ metric, threshold, value, cells }: ThresholdLine): string {
  if (cells === 0) return "no cell has all of its tags";
  if (value === null) return "no samples";
  const [aggregation = ""] = threshold.split(/[<>=!]/, 1);
  const unit = findMetric(metric.replace(/\{.*$/s, ""))?.unit ?? "";
  const isRate = aggregation.trim() === "rate";
  return `${aggregation.trim()}=${exact(value)}${unit === "" || isRate ? "" : ` ${unit}`}`;
}

/** More digits than tables have: beside a limit of 5, 5.001 must not be shown as 5. */
function exact(value: number): string {
  return Number.isInteger(value)
    ? value.toLocaleString("en-US")
    : value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

function whereText({ ok, value, cells, crossed, worst }: ThresholdLine, names: Names): string {
  if (cells === 0) return "";
  const of = counted(cells, "cell");
  const many = ok ? `the worst of ${of}` : `crossed by ${crossed} of ${of}`;
  if (worst === null) return ` (${many})`;
  const which = ok ? "" : value === null ? ", without any" : ", the worst";
  return ` (${many}${which}: ${names.who(worst)}, ${names.place(worst)}, round ${worst.round})`;
}
