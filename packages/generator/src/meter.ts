import type { GoodputLimit } from "@apb/core/goodput";
import { Histogram } from "@apb/core/histogram";
import type { Workload } from "@apb/core/scenario";
import { type ProcessCost, progressMs, type Snapshot } from "@apb/core/snapshot";
import { type ArrivalCounts, nanoseconds, type Window, WorkloadMeter } from "./workload-meter.ts";

/** A second is given out at the latest so long after it was found to be over, should a driver hang. */
const mostHeldMs = 1000;

/** A window that is longer than whole seconds by less than this has no second of its own for the rest. */
const roundingMs = 0.001;

/** What this process has spent so far. */
export type ReadCost = () => ProcessCost;

export interface MeterOptions {
  /** The generator's, different from every other's. */
  readonly name: string;
  /** When the window opens, and when it closes at the latest. */
  readonly openAt: number;
  readonly endAt: number;
  readonly cost: ReadCost;
  /** What makes streams good; absent means that nobody asks. */
  readonly goodput?: readonly GoodputLimit[] | undefined;
  /** Must not throw: it is called from whatever happens first behind a second. */
  readonly emit: (snapshot: Snapshot) => void;
}

/** A second that is over, until all drivers have noticed what was due in it. */
interface Held {
  readonly until: number;
  readonly giveAt: number;
  readonly snapshot: Snapshot;
  readonly counts: ReadonlyMap<WorkloadMeter, ArrivalCounts>;
}

/**
 * Records a load, a snapshot for each second of its window. What happens carries its own time, and the first thing that
 * happens in a new second closes the one before: no timer decides in which second something is counted.
 */
export class Meter implements Window {
  readonly openAt: number;
  endAt: number;
  readonly late = new Histogram();
  private readonly options: MeterOptions;
  private readonly workloads = new Map<string, WorkloadMeter>();
  private progress: number[] = [];
  private progressNs: number[] = [];
  private spent: ProcessCost;
  /** In order; more than one where the process stood still for longer than a second. */
  private held: Held[] = [];
  private second = -1;
  private from: number;
  /** When the second ends: at first the moment the window opens. */
  private boundary: number;

  constructor(options: MeterOptions) {
    this.options = options;
    this.openAt = options.openAt;
    this.endAt = options.endAt;
    this.from = options.openAt;
    this.boundary = options.openAt;
    this.spent = options.cost();
  }

  /** A workload of the load. */
  workload({ name, load, tasks }: Pick<Workload, "name" | "load" | "tasks">): WorkloadMeter {
    const workload = new WorkloadMeter(this, load, tasks, this.options.goodput);
    this.workloads.set(name, workload);
    return workload;
  }

  /** Whether what is due at this time is measured: an arrival at the very end of the window is its last. */
  covers(time: number): boolean {
    return time >= this.openAt && time <= this.endAt;
  }

  /** How much of a time lies in the window. */
  within(from: number, to: number): number {
    return Math.max(0, Math.min(to, this.endAt) - Math.max(from, this.openAt));
  }

  /** It is this late: seconds that are over are given out. */
  reach(now: number): void {
    while (now >= this.boundary) this.turn(now);
    if (this.held.length > 0) this.giveOut(now);
  }

  /** What a workload counted in a second that is over but not yet given out, if this time lies in one. */
  heldAt(time: number, workload: WorkloadMeter): ArrivalCounts | null {
    if (this.held.length === 0) return null;
    const second = this.held.find(({ until }) => time < until || (time === until && until === this.endAt));
    return second?.counts.get(workload) ?? null;
  }

  /** Counts a success for the progress. */
  advance(intended: number, ended: number): void {
    if (!this.covers(ended)) return;
    const bin = Math.floor((ended - this.from) / progressMs);
    this.progress[bin] = (this.progress[bin] ?? 0) + 1;
    this.progressNs[bin] = (this.progressNs[bin] ?? 0) + nanoseconds(ended - intended);
  }

  /** The window is over, before its time or at it; what still ends counts as ended late. */
  close(now: number): void {
    this.reach(now);
    if (now >= this.endAt) return;
    this.endAt = Math.max(now, this.openAt);
    this.boundary = Math.min(this.boundary, this.endAt);
    this.reach(now);
  }

  /** Gives out what ended late. */
  finish(now: number): void {
    this.close(now);
    if (this.second >= 0) this.end(now, true, now);
    this.giveOut(Number.POSITIVE_INFINITY);
  }

  private turn(now: number): void {
    const draining = this.from >= this.endAt;
    if (draining && this.second >= 0) {
      // One snapshot for all that ends late.
      this.boundary = Number.POSITIVE_INFINITY;
      return;
    }
    this.end(this.boundary, false, now);
    const next = this.openAt + (this.second + 1) * 1000;
    this.boundary = next > this.endAt - roundingMs ? this.endAt : next;
  }

  /** Gives out the seconds in which nothing can be noticed any more. */
  private giveOut(now: number): void {
    const noticed = Math.min(now, ...[...this.workloads.values()].map(({ noticedUntil }) => noticedUntil));
    const isComplete = ({ until, giveAt }: Held): boolean =>
      // What is due at the very end of the window is of its last second.
      now >= giveAt || (until === this.endAt ? noticed > until : noticed >= until);
    for (let [first] = this.held; first !== undefined && isComplete(first); [first] = this.held) {
      this.held.shift();
      this.options.emit(first.snapshot);
    }
  }

  /** To the microsecond, which leaves out what floating point adds. */
  private sinceOpen(time: number): number {
    return Math.round((time - this.openAt) * 1000) / 1000;
  }

  /** Ends a second, found to be over now. */
  private end(until: number, draining: boolean, now: number): void {
    const spent = this.options.cost();
    const taken = [...this.workloads].map(([name, workload]) => ({ name, workload, activity: workload.take(until) }));
    const snapshot: Snapshot = {
      ...{ second: this.second, fromMs: this.sinceOpen(this.from), toMs: this.sinceOpen(until), draining },
      processes: { [this.options.name]: difference(this.spent, spent) },
      late: this.late.take(),
      progress: filled(this.progress),
      progressNs: filled(this.progressNs),
      workloads: Object.fromEntries(taken.map(({ name, activity }) => [name, activity])),
    };
    const counts = new Map(taken.map(({ workload, activity }) => [workload, activity]));
    // What was counted before the window opened is thrown away.
    if (this.second >= 0) this.held.push({ until, giveAt: now + mostHeldMs, snapshot, counts });
    this.second++;
    this.from = until;
    this.spent = spent;
    this.progress = [];
    this.progressNs = [];
  }
}

function filled(sparse: readonly number[]): number[] {
  return Array.from(sparse, (value) => value ?? 0);
}

function difference(before: ProcessCost, after: ProcessCost): ProcessCost {
  return {
    cpuNs: after.cpuNs - before.cpuNs,
    busyNs: after.busyNs - before.busyNs,
    elapsedNs: after.elapsedNs - before.elapsedNs,
    rssBytes: after.rssBytes,
  };
}
