import type { CellResult } from "./cell.ts";
import { findMetric } from "./metrics.ts";
import type { ThresholdSummary } from "./run.ts";
import { aggregationText, excess, type Threshold, thresholdMetric, thresholdText } from "./threshold.ts";

/**
 * What became of each threshold over all cells of a run that it concerned, failed ones as well where their load began. Of
 * thresholds that read alike there is one. One that no cell has judged was not kept. Pure.
 */
export function thresholdSummaries(
  thresholds: readonly Threshold[],
  results: readonly CellResult[],
): readonly ThresholdSummary[] {
  const unlike = new Map(thresholds.map((threshold) => [thresholdText(threshold), threshold]));
  return [...unlike.values()].map((threshold) => {
    const unjudged = unjudgedOf(threshold);
    const each = results.flatMap((result) => ofCell(unjudged, result));
    return each.length === 0 ? unjudged : each.reduce(mergeThresholds);
  });
}

/** The thresholds of several runs, those that read alike as one. Pure. */
export function mergedThresholds(runs: readonly (readonly ThresholdSummary[])[]): readonly ThresholdSummary[] {
  const merged = new Map<string, ThresholdSummary>();
  for (const one of runs.flat()) {
    const key = `${one.metric}: ${one.threshold}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? one : mergeThresholds(known, one));
  }
  return [...merged.values()];
}

/** One threshold over the cells of both; their worst value is that of the two which is farther from being allowed. */
function mergeThresholds(a: ThresholdSummary, b: ThresholdSummary): ThresholdSummary {
  const { value, worst } = b.cells > 0 && (a.cells === 0 || excess(b, b.value) > excess(a, a.value)) ? b : a;
  return { ...a, ok: a.ok && b.ok, value, worst, cells: a.cells + b.cells, crossed: a.crossed + b.crossed };
}

function unjudgedOf(threshold: Threshold): ThresholdSummary {
  const { source, operator, limit, aggregation } = threshold;
  return {
    ...{ metric: thresholdMetric(threshold), threshold: source, ok: false, value: null },
    ...{ aggregation: aggregationText(aggregation), operator, limit, unit: findMetric(threshold.metric)?.unit ?? "" },
    ...{ cells: 0, crossed: 0, worst: null },
  };
}

function ofCell(summary: ThresholdSummary, { cell, thresholds = [] }: WithThresholds): readonly ThresholdSummary[] {
  const { metric, threshold } = summary;
  const result = thresholds.find((one) => one.metric === metric && one.threshold === threshold);
  return result === undefined ? [] : [{ ...summary, ...result, cells: 1, crossed: result.ok ? 0 : 1, worst: cell }];
}

type WithThresholds = Pick<CellResult, "cell" | "thresholds">;
