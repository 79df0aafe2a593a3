import type { CellId } from "./cell.ts";
import { mergeTimes } from "./histogram.ts";
import { type Activity, mergeActivities, noActivity, type Snapshot } from "./snapshot.ts";
import { histogramOf } from "./totals.ts";

/** A step in one second. Null where nothing succeeded in it. */
export interface SecondOfStep {
  readonly count: number;
  /** All kinds together. */
  readonly failures: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /**
   * HdrHistogram V2 of two significant digits, deflated, base64, in microseconds, of successes and failures together; of
   * whole iterations alone, and absent where an older version wrote it.
   */
  readonly histogram?: string;
}

/** One line of series.jsonl: a second of a cell's window. */
export interface Second {
  readonly schemaVersion: 2;
  readonly cell: CellId;
  /** From 0. */
  readonly second: number;
  /** When it began, ISO 8601; absent where an older version wrote it. */
  readonly startedAt?: string;
  /** 1000, or less for the last of a window. */
  readonly durationMs: number;
  /** At its end. */
  readonly vus: number;
  readonly begun: number;
  readonly completed: number;
  readonly dropped: number;
  readonly interrupted: number;
  readonly operations: number;
  readonly steps: Readonly<Record<string, SecondOfStep>>;
  /** By name, where several ran side by side. */
  readonly workloads?: Readonly<Record<string, SecondOfWorkload>>;
  readonly server: { readonly rssBytes: number; readonly cpuPercent: number } | null;
  readonly generator: { readonly cpuPercent: number; readonly eventLoopUtilization: number; readonly rssBytes: number };
}

/** What one of several workloads did in a second; `total` is its whole iterations, null where none ended. */
export interface SecondOfWorkload extends Pick<Second, "vus" | "begun" | "completed" | "dropped"> {
  readonly total: SecondOfStep | null;
}

/** A snapshot of all generators as a line. Pure. */
export function secondOf(cell: CellId, snapshot: Snapshot, server: Second["server"], startedAt: Date): Second {
  const { steps, vus, begun, completed, dropped, interrupted, operations } = Object.values(
    snapshot.workloads,
  ).reduce<Activity>(mergeActivities, noActivity);
  return {
    schemaVersion: 2,
    cell,
    second: snapshot.second,
    startedAt: startedAt.toISOString(),
    durationMs: snapshot.toMs - snapshot.fromMs,
    ...{ vus, begun, completed, dropped, interrupted, operations },
    steps: Object.fromEntries(Object.entries(steps).map(([name, tally]) => [name, stepOf(tally, name === "total")])),
    ...workloadsOf(snapshot),
    server,
    generator: generatorOf(snapshot),
  };
}

function workloadsOf({ workloads }: Snapshot): Pick<Second, "workloads"> {
  const each = Object.entries(workloads);
  if (each.length < 2) return {};
  const told = each.map(([name, { vus, begun, completed, dropped, steps }]): [string, SecondOfWorkload] => {
    const total = steps.total === undefined ? null : stepOf(steps.total, true);
    return [name, { vus, begun, completed, dropped, total }];
  });
  return { workloads: Object.fromEntries(told) };
}

function stepOf({ response, failed, failures }: Activity["steps"][string], whole: boolean): SecondOfStep {
  const times = histogramOf(response);
  return {
    count: response.count,
    failures: Object.values(failures).reduce((sum, count) => sum + count, 0),
    meanMs: times.meanMs,
    p50Ms: times.percentileMs(50),
    p99Ms: times.percentileMs(99),
    ...(whole ? { histogram: histogramOf(mergeTimes(response, failed)).encodeCoarse() } : {}),
  };
}

function generatorOf({ processes }: Snapshot): Second["generator"] {
  const costs = Object.values(processes);
  return {
    cpuPercent: costs.reduce((sum, { cpuNs, elapsedNs }) => sum + (elapsedNs === 0 ? 0 : (100 * cpuNs) / elapsedNs), 0),
    eventLoopUtilization: Math.max(
      0,
      ...costs.map(({ busyNs, elapsedNs }) => (elapsedNs === 0 ? 0 : Math.min(1, busyNs / elapsedNs))),
    ),
    rssBytes: costs.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}
