import { type CheckCounts, mergeChecks } from "./check-counts.ts";
import type { FailureKind } from "./failure.ts";
import { type GoodputCounts, mergeGoodput } from "./goodput.ts";
import { mergeTimes, noTimes, type Times } from "./histogram.ts";
import { mergeOwn, type Own } from "./own-metrics.ts";
import { mergeSaid, type SaidByKind } from "./said.ts";
import { mergeAnyStreams, type StreamTally } from "./stream-tally.ts";

/** What is counted of a load in one second, as whole numbers: snapshots add up exactly, in any order and any grouping. */

/** How often each thing happened, by its name. */
export type Counts = Readonly<Record<string, number>>;

/** The samples of one step that ended in a second. */
export interface Tally {
  /** Successes: ended minus intended start. */
  readonly response: Times;
  /** Successes: ended minus started. */
  readonly service: Times;
  /** How long failures took, from their intended start. */
  readonly failed: Times;
  /** Failures by kind. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** What the first failure of each kind said. */
  readonly said: SaidByKind;
  /** Where it streams. */
  readonly streams?: StreamTally;
}

/** What one of several tasks did in a second; its samples are whole iterations. */
export interface TaskTally extends Tally {
  /** As of its workload's {@link Activity}. */
  readonly completed: number;
  readonly operations: number;
  readonly interrupted: number;
}

/** What one workload did in a second. */
export interface Activity {
  /** Virtual users at the second's end; of an open load the connections that are busy. */
  readonly vus: number;
  /** VU time: the number of VUs summed over the second; 0 in an open load, which has none. */
  readonly vuNs: number;
  /**
   * What turns the durations of samples into the time that VUs were busy within the window: iterations that were under
   * way when it opened or closed count with the part that lies in it.
   */
  readonly edgeNs: number;
  /** Time that VUs spent thinking or resting. */
  readonly thinkNs: number;
  /** Iterations that began, and that succeeded. */
  readonly begun: number;
  readonly completed: number;
  /** Arrivals that found no room to wait in. */
  readonly dropped: number;
  /** Iterations that were cut off because their VU or the load ended. */
  readonly interrupted: number;
  /** Protocol operations that succeeded. */
  readonly operations: number;
  readonly steps: Readonly<Record<string, Tally>>;
  readonly checks: Readonly<Record<string, CheckCounts>>;
  /** The scenario's own metrics, by name. */
  readonly metrics: Readonly<Record<string, Own>>;
  /** Its tasks, where it has several. */
  readonly tasks: Readonly<Record<string, TaskTally>>;
  /** Where streams are limited. */
  readonly goodput?: GoodputCounts;
}

/** What one generator process spent in a second. */
export interface ProcessCost {
  readonly cpuNs: number;
  /** How long its event loop was busy, and of how long. */
  readonly busyNs: number;
  readonly elapsedNs: number;
  /** Resident at the second's end. */
  readonly rssBytes: number;
}

/** One second of a cell's window, or, behind it, what ended late. */
export interface Snapshot {
  /** From 0. */
  readonly second: number;
  /** Milliseconds since the window opened; the last second of a window may be a part of one. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether it lies behind the window: its samples began in it, and its throughput is none of the window's. */
  readonly draining: boolean;
  /** By the generator's name. */
  readonly processes: Readonly<Record<string, ProcessCost>>;
  /** How late arrivals of open loads were noticed. */
  readonly late: Times;
  /** Iterations that succeeded in each {@link progressMs} of the second, and the sum of their response times. */
  readonly progress: readonly number[];
  readonly progressNs: readonly number[];
  readonly workloads: Readonly<Record<string, Activity>>;
}

/** The grain of progress. */
export const progressMs = 10;

/**
 * The same second of two generators as one, or what ended late with both. Pure, exact, associative and commutative.
 */
export function mergeSnapshots(a: Snapshot, b: Snapshot): Snapshot {
  return {
    second: Math.max(a.second, b.second),
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    draining: a.draining && b.draining,
    processes: mergeRecords(a.processes, b.processes, mergeCosts),
    late: mergeTimes(a.late, b.late),
    progress: mergeLists(a.progress, b.progress),
    progressNs: mergeLists(a.progressNs, b.progressNs),
    workloads: mergeRecords(a.workloads, b.workloads, mergeActivities),
  };
}

/** Two workloads', or one's two shares', second as one. */
export function mergeActivities(a: Activity, b: Activity): Activity {
  const goodput = mergeGoodput(a.goodput, b.goodput);
  return {
    vus: a.vus + b.vus,
    vuNs: a.vuNs + b.vuNs,
    edgeNs: a.edgeNs + b.edgeNs,
    thinkNs: a.thinkNs + b.thinkNs,
    begun: a.begun + b.begun,
    completed: a.completed + b.completed,
    dropped: a.dropped + b.dropped,
    interrupted: a.interrupted + b.interrupted,
    operations: a.operations + b.operations,
    steps: mergeRecords(a.steps, b.steps, mergeTallies),
    checks: mergeRecords(a.checks, b.checks, mergeChecks),
    metrics: mergeRecords(a.metrics, b.metrics, mergeOwn),
    tasks: mergeRecords(a.tasks, b.tasks, mergeTasks),
    ...(goodput === undefined ? {} : { goodput }),
  };
}

/** A second in which nothing was done. */
export const noActivity: Activity = {
  vus: 0,
  vuNs: 0,
  edgeNs: 0,
  thinkNs: 0,
  begun: 0,
  completed: 0,
  dropped: 0,
  interrupted: 0,
  operations: 0,
  steps: {},
  checks: {},
  metrics: {},
  tasks: {},
};

/** No samples. */
export const noTally: Tally = { response: noTimes, service: noTimes, failed: noTimes, failures: {}, said: {} };

/** The samples of both. */
export function mergeTallies(a: Tally, b: Tally): Tally {
  const streams = mergeAnyStreams(a.streams, b.streams);
  return {
    response: mergeTimes(a.response, b.response),
    service: mergeTimes(a.service, b.service),
    failed: mergeTimes(a.failed, b.failed),
    failures: addCounts(a.failures, b.failures),
    said: mergeSaid(a.said, b.said),
    ...(streams === undefined ? {} : { streams }),
  };
}

function mergeTasks(a: TaskTally, b: TaskTally): TaskTally {
  return {
    ...mergeTallies(a, b),
    completed: a.completed + b.completed,
    operations: a.operations + b.operations,
    interrupted: a.interrupted + b.interrupted,
  };
}

/** Counts added up by name. */
export function addCounts<Name extends string>(
  a: Readonly<Partial<Record<Name, number>>>,
  b: Readonly<Partial<Record<Name, number>>>,
): Partial<Record<Name, number>> {
  const sum: Partial<Record<Name, number>> = { ...a };
  for (const name of Object.keys(b) as Name[]) sum[name] = (sum[name] ?? 0) + (b[name] ?? 0);
  return sum;
}

/** Two seconds of a process as one longer time. */
export function mergeCosts(a: ProcessCost, b: ProcessCost): ProcessCost {
  return {
    cpuNs: a.cpuNs + b.cpuNs,
    busyNs: a.busyNs + b.busyNs,
    elapsedNs: a.elapsedNs + b.elapsedNs,
    rssBytes: Math.max(a.rssBytes, b.rssBytes),
  };
}

function mergeLists(a: readonly number[], b: readonly number[]): readonly number[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return longer.map((value, n) => value + (shorter[n] ?? 0));
}

function mergeRecords<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  merge: (x: T, y: T) => T,
): Record<string, T> {
  const merged: Record<string, T> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const known = merged[name];
    merged[name] = known === undefined ? value : merge(known, value);
  }
  return merged;
}
