import type { Run, ThresholdSummary } from "@apb/core/run";
import { betterSign, counted, worseSign } from "./format.ts";
import type { Names } from "./names.ts";

/** The heading of the block. */
export const thresholdsTitle = "THRESHOLDS";

/** The thresholds of a run, in their order; none before its end. */
export function thresholdLines({ info: { thresholds = [] } }: Run): readonly ThresholdSummary[] {
  return thresholds;
}

/** A threshold's sign and what is said beside it, as k6 does: `response{step:total}: p(99)<5  p(99)=3.2 ms`. */
export function thresholdText(summary: ThresholdSummary, names: Names): readonly [sign: string, text: string] {
  const { metric, threshold, ok } = summary;
  return [ok ? betterSign : worseSign, `${metric}: ${threshold}  ${valueText(summary)}${whereText(summary, names)}`];
}

function valueText({ aggregation, unit, value, cells }: ThresholdSummary): string {
  if (cells === 0) return "none of its cells was measured";
  if (value === null) return "no samples";
  return `${aggregation}=${exact(value)}${unit === "" ? "" : ` ${unit}`}`;
}

/** More digits than tables have: beside a limit of 5, 5.001 must not be shown as 5. */
function exact(value: number): string {
  return Number.isInteger(value)
    ? value.toLocaleString("en-US")
    : value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

function whereText({ ok, value, cells, crossed, worst }: ThresholdSummary, names: Names): string {
  if (cells === 0) return "";
  const of = counted(cells, "cell");
  const many = crossed > 0 ? `crossed by ${crossed} of ${of}` : `the worst of ${of}`;
  // Of several runs one had none.
  const unjudged = !ok && crossed === 0 ? "; none of a run's was measured" : "";
  if (worst === null) return ` (${many}${unjudged})`;
  const which = crossed === 0 ? "" : value === null ? ", without any" : ", the worst";
  return ` (${many}${which}: ${names.who(worst)}, ${names.place(worst)}, round ${worst.round}${unjudged})`;
}
