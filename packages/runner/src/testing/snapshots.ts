import type { FailureKind } from "@apb/core/failure";
import { Histogram, type Times } from "@apb/core/histogram";
import { type Activity, noActivity, noTally, progressMs, type Snapshot, type Tally } from "@apb/core/snapshot";
import { Totals } from "@apb/core/totals";

/** So many times of so many milliseconds each. */
export function timesOf(...groups: readonly (readonly [count: number, ms: number])[]): Times {
  const histogram = new Histogram();
  for (const [count, ms] of groups) for (let n = 0; n < count; n++) histogram.record(ms);
  return histogram.times();
}

/** Samples of a step in a closed load, where service and response are one; failures take 1 ms each. */
export function tallyOf(response: Times, failures: Partial<Record<FailureKind, number>> = {}): Tally {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return { ...noTally, response, service: response, failed: timesOf([failed, 1]), failures };
}

/** What a test says of a second; all else is that of an idle one by the generator "0". */
export interface Told extends Partial<Omit<Snapshot, "workloads" | "toMs" | "processes">> {
  readonly lengthMs?: number;
  readonly generator?: string;
  readonly workload?: string;
  readonly activity?: Partial<Activity>;
}

/** One second of one generator that was busy for a quarter of it. */
export function snapshotOf(told: Told): Snapshot {
  const { lengthMs = 1000, generator = "0", workload = "main", activity = {}, ...given } = told;
  const { second = 0 } = given;
  const { fromMs = 1000 * second } = given;
  const elapsedNs = lengthMs * 1e6;
  return {
    ...{ second, fromMs, toMs: fromMs + lengthMs, draining: false },
    processes: { [generator]: { cpuNs: elapsedNs / 4, busyNs: elapsedNs / 4, elapsedNs, rssBytes: 7 } },
    ...{ late: timesOf(), progress: [], progressNs: [] },
    ...given,
    workloads: { [workload]: { ...noActivity, ...activity } },
  };
}

/** What VUs do that are busy all the time with iterations of so many milliseconds each, one operation in each. */
export interface Busy {
  readonly vus: number;
  readonly eachMs: number;
  readonly lengthMs?: number;
  readonly generator?: string;
  /** Iterations of the last VUs that had failed. */
  readonly failures?: Partial<Record<FailureKind, number>>;
}

/** A second of it. Every VU's time is that of its iterations. */
export function busySecond(
  second: number,
  { vus, eachMs, lengthMs = 1000, generator = "0", failures = {} }: Busy,
): Snapshot {
  const completed = (vus * lengthMs) / eachMs;
  const step = tallyOf(timesOf([completed, eachMs]), failures);
  const bins = lengthMs / progressMs;
  const steps = { send: step, total: step };
  return snapshotOf({
    ...{ second, lengthMs, generator },
    progress: Array.from({ length: bins }, () => completed / bins),
    progressNs: Array.from({ length: bins }, () => Math.round((completed / bins) * eachMs * 1e6)),
    activity: { vus, vuNs: vus * lengthMs * 1e6, begun: completed, completed, operations: completed, steps },
  });
}

/** The fold of snapshots. */
export function totalsOf(...snapshots: readonly Snapshot[]): Totals {
  const totals = new Totals();
  for (const snapshot of snapshots) totals.add(snapshot);
  return totals;
}
