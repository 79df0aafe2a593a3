import type { StepResult } from "./cell.ts";
import type { FailureKind } from "./failure.ts";
import { Histogram, type Times } from "./histogram.ts";
import { mergeSaid, type SaidByKind } from "./said.ts";
import {
  type Activity,
  addCounts,
  mergeActivities,
  mergeCosts,
  noActivity,
  type ProcessCost,
  progressMs,
  type Snapshot,
  type Tally,
  type TaskTally,
} from "./snapshot.ts";
import { StreamTotals } from "./stream-totals.ts";

/** All samples of a step so far. */
export class StepTotals {
  readonly response = new Histogram();
  readonly service = new Histogram();
  readonly failed = new Histogram();
  failures: Partial<Record<FailureKind, number>> = {};
  said: SaidByKind = {};
  /** Null where it does not stream. */
  streams: StreamTotals | null = null;

  add(tally: Tally): void {
    this.response.add(tally.response);
    this.service.add(tally.service);
    this.failed.add(tally.failed);
    this.failures = addCounts(this.failures, tally.failures);
    this.said = mergeSaid(this.said, tally.said);
    if (tally.streams === undefined) return;
    this.streams ??= new StreamTotals();
    this.streams.add(tally.streams);
  }

  /** How many succeeded, and how many failed, by kind. */
  counts(): Pick<StepResult, "count" | "failures"> {
    return { count: this.response.count, failures: { ...this.failures } };
  }

  result(): StepResult {
    return {
      ...this.counts(),
      ...(Object.keys(this.said).length === 0 ? {} : { said: this.said }),
      responseMs: this.response.latency(),
      serviceMs: this.service.latency(),
      failedMs: this.failed.latency(),
      histogram: this.response.encode(),
      serviceHistogram: this.service.encode(),
      failedHistogram: this.failed.encode(),
      ...(this.streams === null ? {} : { streams: this.streams.result() }),
    };
  }
}

/** A task's iterations so far, and its counts of the window alone where they make throughput. */
export class TaskTotals extends StepTotals {
  completed = 0;
  operations = 0;
  interrupted = 0;

  addTask(tally: TaskTally, draining: boolean): void {
    this.add(tally);
    this.interrupted += tally.interrupted;
    if (draining) return;
    this.completed += tally.completed;
    this.operations += tally.operations;
  }
}

/** A workload's counts so far: those of an {@link Activity}, of the window alone where they make throughput. */
export type WorkloadTotals = Omit<Activity, "steps" | "tasks" | "vus">;

/** Everything that has been counted of a cell so far: a fold of its snapshots, in any order and grouping. */
export class Totals {
  /** How long the window has lasted so far. */
  windowMs = 0;
  readonly late = new Histogram();
  readonly processes: Record<string, ProcessCost> = {};
  readonly workloads: Record<string, WorkloadTotals> = {};
  /** Successes in each {@link progressMs} of the window, and the sum of their response times. */
  readonly progress: number[] = [];
  readonly progressNs: number[] = [];
  /** The longest that a generator was late to notice that a second was over: it stood still for about so long. */
  frozenMs = 0;
  /** How many seconds of the window have begun. */
  private seconds = 0;
  /** VUs at the end of each second, by workload. */
  private readonly vus = new Map<string, number[]>();
  /** By workload and step. */
  private readonly steps = new Map<string, Map<string, StepTotals>>();
  private readonly tasks = new Map<string, Map<string, TaskTotals>>();

  add(snapshot: Snapshot): void {
    this.late.add(snapshot.late);
    for (const [name, activity] of Object.entries(snapshot.workloads)) this.addActivity(name, activity, snapshot);
    if (snapshot.draining) return;
    this.windowMs = Math.max(this.windowMs, snapshot.toMs);
    this.seconds = Math.max(this.seconds, snapshot.second + 1);
    this.addCosts(snapshot.processes, snapshot.toMs - snapshot.fromMs);
    const first = Math.round(snapshot.fromMs / progressMs);
    for (const [n, times] of snapshot.progress.entries()) {
      this.progress[first + n] = (this.progress[first + n] ?? 0) + times;
      this.progressNs[first + n] = (this.progressNs[first + n] ?? 0) + (snapshot.progressNs[n] ?? 0);
    }
  }

  /** The samples of a step, of one workload or of all together; null when there were none. */
  step(name: string, workload?: string): StepTotals | null {
    const found = [...this.steps]
      .filter(([owner]) => workload === undefined || owner === workload)
      .flatMap(([, steps]) => steps.get(name) ?? []);
    const [first, ...others] = found;
    if (first === undefined || others.length === 0) return first ?? null;
    const together = new StepTotals();
    for (const one of found) together.add(tallyOf(one));
    return together;
  }

  /** The names of all steps that have samples, of one workload or of all. */
  stepNames(workload?: string): readonly string[] {
    const owners = [...this.steps].filter(([owner]) => workload === undefined || owner === workload);
    return [...new Set(owners.flatMap(([, steps]) => [...steps.keys()]))];
  }

  /** The tasks of a workload that has several, by name. */
  tasksOf(workload: string): ReadonlyMap<string, TaskTotals> {
    return this.tasks.get(workload) ?? new Map();
  }

  /** The counts of one workload, or of all together; `vus` at the end of the last second so far. */
  counts(workload?: string): WorkloadTotals & Pick<Activity, "vus"> {
    const own = Object.entries(this.workloads).filter(([name]) => workload === undefined || name === workload);
    const {
      steps: _,
      tasks: __,
      ...counts
    } = own
      .map(([, totals]) => ({ ...totals, vus: 0, steps: {}, tasks: {} }))
      .reduce<Activity>(mergeActivities, noActivity);
    return { ...counts, vus: this.vusAt(this.seconds - 1, workload) };
  }

  /** The most VUs there were at the end of a second, of all workloads together. */
  get mostVUs(): number {
    let most = 0;
    for (let second = 0; second < this.seconds; second++) most = Math.max(most, this.vusAt(second));
    return most;
  }

  private vusAt(second: number, workload?: string): number {
    let sum = 0;
    for (const [name, vus] of this.vus) if (workload === undefined || name === workload) sum += vus[second] ?? 0;
    return sum;
  }

  private addActivity(name: string, activity: Activity, { second, draining }: Snapshot): void {
    const steps = this.steps.get(name) ?? new Map<string, StepTotals>();
    this.steps.set(name, steps);
    for (const [step, tally] of Object.entries(activity.steps)) {
      const known = steps.get(step) ?? new StepTotals();
      steps.set(step, known);
      known.add(draining ? behindWindow(tally) : tally);
    }
    this.addTasks(name, activity.tasks, draining);
    const counted = draining ? activityBehind(activity) : activity;
    const before = { ...noActivity, ...this.workloads[name] };
    const { steps: _, tasks: __, vus, ...sum } = mergeActivities(before, { ...counted, steps: {}, tasks: {} });
    this.workloads[name] = sum;
    if (draining) return;
    const seconds = this.vus.get(name) ?? [];
    this.vus.set(name, seconds);
    seconds[second] = (seconds[second] ?? 0) + vus;
  }

  private addTasks(workload: string, tallies: Activity["tasks"], draining: boolean): void {
    for (const [name, tally] of Object.entries(tallies)) {
      const tasks = this.tasks.get(workload) ?? new Map<string, TaskTotals>();
      this.tasks.set(workload, tasks);
      const known = tasks.get(name) ?? new TaskTotals();
      tasks.set(name, known);
      known.addTask(tally, draining);
    }
  }

  private addCosts(costs: Snapshot["processes"], lastedMs: number): void {
    for (const [name, cost] of Object.entries(costs)) {
      this.frozenMs = Math.max(this.frozenMs, cost.elapsedNs / 1e6 - lastedMs);
      const known = this.processes[name];
      this.processes[name] = known === undefined ? cost : mergeCosts(known, cost);
    }
  }
}

/** A step's samples as data. */
export function tallyOf({ response, service, failed, failures, said, streams }: StepTotals): Tally {
  const tally = { response: response.times(), service: service.times(), failed: failed.times(), failures, said };
  return streams === null ? tally : { ...tally, streams: streams.tally() };
}

/** What came behind the window is no part of its throughput. */
function behindWindow(tally: Tally): Tally {
  return tally.streams === undefined ? tally : { ...tally, streams: { ...tally.streams, events: 0 } };
}

function activityBehind(activity: Activity): Activity {
  const { goodput } = activity;
  const counted = { ...activity, completed: 0, operations: 0 };
  return goodput === undefined ? counted : { ...counted, goodput: { ...goodput, inWindow: 0 } };
}

/** Times as a histogram of their own, for percentiles of one second. */
export function histogramOf(times: Times): Histogram {
  const histogram = new Histogram();
  histogram.add(times);
  return histogram;
}
