import type { CellId, CellResult, ThresholdResult } from "@apb/core/cell";
import { findMetric, type Observed, type Part } from "@apb/core/metrics";
import type { ThresholdSummary } from "@apb/core/run";
import { evaluate, type Threshold, thresholdText } from "@apb/core/threshold";
import type { PlannedCell } from "./plan.ts";

/** The thresholds that hold for one cell: the run's that match it, and its point's own. */
export class Limits {
  private readonly thresholds: readonly Threshold[];

  constructor(ofRun: readonly Threshold[], { id, point }: PlannedCell) {
    this.thresholds = [...ofRun.filter((threshold) => concerns(threshold, id)), ...point.thresholds];
  }

  /** The first that is crossed and says that the load must end; null when there is none. */
  abortsBy(observed: Observed): Threshold | null {
    const crossed = this.thresholds.find(
      (threshold) =>
        threshold.abortOnFail &&
        observed.totals.windowMs > threshold.delayAbortEvalMs &&
        evaluate(threshold, gathered(threshold, observed)).ok === false,
    );
    return crossed ?? null;
  }

  /** What became of each at the end: without samples it has failed. */
  results(observed: Observed): readonly ThresholdResult[] {
    return this.thresholds.map((threshold) => {
      const { ok, value } = evaluate(threshold, gathered(threshold, observed));
      const { source } = threshold;
      const metric = thresholdText(threshold).slice(0, -(source.length + 2));
      return { metric, threshold: source, ok: ok === true, value };
    });
  }
}

/** Whether a threshold holds for a cell, by the tags that tell cells apart. */
export function concerns({ tags: wanted }: Threshold, id: CellId): boolean {
  const tags = cellTags(id);
  return Object.entries(wanted).every(([tag, value]) => partTags.includes(tag) || tags[tag] === value);
}

/** What thresholds can tell cells apart by: names and values as text. */
function cellTags({ scenario, binding, load, server, client, security, case: params }: CellId) {
  const cases = Object.entries(params).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(cases), scenario, binding, load, server, client, security } as Readonly<
    Record<string, string>
  >;
}

/** Each threshold over all cells that it concerned, with the worst value. */
export function thresholdSummaries(results: readonly CellResult[]): readonly ThresholdSummary[] {
  const found = new Map<string, ThresholdSummary>();
  for (const result of results) {
    if (result.status !== "measured") continue;
    for (const one of result.thresholds) {
      const key = `${one.metric}: ${one.threshold}`;
      const known = found.get(key) ?? { ...one, ok: true, value: null, cells: 0, crossed: 0 };
      found.set(key, {
        ...known,
        ok: known.ok && one.ok,
        value: worse(one, known.value),
        cells: known.cells + 1,
        crossed: known.crossed + (one.ok ? 0 : 1),
      });
    }
  }
  return [...found.values()];
}

/** The value that is farther from being allowed. */
function worse({ threshold, value }: ThresholdResult, before: number | null): number | null {
  if (value === null || before === null) return value ?? before;
  return threshold.includes(">") ? Math.min(value, before) : Math.max(value, before);
}

/** Tags that tell a part of a cell from another; the others tell cells apart. */
const partTags: readonly string[] = ["step", "workload"];

function gathered({ metric, tags }: Threshold, observed: Observed) {
  const found = findMetric(metric);
  if (found === undefined) throw new Error(`no metric ${metric}`);
  const { step, workload } = tags;
  const part: Part = { ...(step === undefined ? {} : { step }), ...(workload === undefined ? {} : { workload }) };
  return found.gather(observed, part);
}
