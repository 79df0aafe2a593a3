import type { CellId, ThresholdResult } from "@apb/core/cell";
import { isOpen } from "@apb/core/load";
import { findMetric, type Observed, type Part } from "@apb/core/metrics";
import { gatheredOwn } from "@apb/core/own-metrics";
import { evaluate, type Threshold, thresholdMetric } from "@apb/core/threshold";
import type { PlannedCell } from "./plan.ts";

/** The thresholds that hold for one cell: the run's that match it, and its point's own. */
export class Limits {
  private readonly thresholds: readonly Threshold[];

  constructor(ofRun: readonly Threshold[], cell: PlannedCell) {
    this.thresholds = [...ofRun, ...cell.point.thresholds].filter((threshold) => concerns(threshold, cell));
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
      return { metric: thresholdMetric(threshold), threshold: threshold.source, ok: ok === true, value };
    });
  }
}

/** Whether a threshold holds for a cell: it has all of the threshold's tags, and the part that they name. */
export function concerns({ tags: wanted }: Pick<Threshold, "tags">, cell: PlannedCell): boolean {
  const tags = cellTags(cell.id);
  return Object.entries(wanted).every(([tag, value]) => {
    if (tag === "step") return stepsOf(cell, wanted.workload).includes(value);
    if (tag === "workload") return cell.point.workloads.some(({ name }) => name === value);
    return tags[tag] === value;
  });
}

/** The steps that a cell's iterations can have, or those of one of its workloads: arrivals alone wait for a connection. */
function stepsOf({ steps, point: { workloads } }: PlannedCell, workload: string | undefined): readonly string[] {
  const meant = workloads.filter(({ name }) => workload === undefined || name === workload);
  return ["total", "connect", ...(meant.some(({ load }) => isOpen(load)) ? ["wait"] : []), ...steps];
}

/** What thresholds can tell cells apart by: names and values as text. */
function cellTags({ scenario, binding, load, server, client, security, case: params }: CellId) {
  const cases = Object.entries(params).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(cases), scenario, binding, load, server, client, security } as Readonly<
    Record<string, string>
  >;
}

function gathered({ metric, tags }: Threshold, observed: Observed) {
  const found = findMetric(metric);
  const { step, workload } = tags;
  if (found === undefined)
    return gatheredOwn(observed.totals.counts(workload).metrics[metric], observed.totals.windowMs / 1000);
  const part: Part = { ...(step === undefined ? {} : { step }), ...(workload === undefined ? {} : { workload }) };
  return found.gather(observed, part);
}
