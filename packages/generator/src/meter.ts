import { Histogram } from "@apb/core/histogram";
import { type ProcessCost, progressMs, type Snapshot } from "@apb/core/snapshot";
import { nanoseconds, type Window, WorkloadMeter } from "./workload-meter.ts";

/** Arrivals are noticed late by a few milliseconds, and count in the second in which they were due. */
const noticeMs = 50;

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
  readonly emit: (snapshot: Snapshot) => void;
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
  /** The second that is over, until nothing that was due in it can still be noticed. */
  private held: { readonly snapshot: Snapshot; readonly until: number } | null = null;
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

  /** A workload of the load; `waits`: whether it is an open one. */
  workload(name: string, waits: boolean): WorkloadMeter {
    const workload = new WorkloadMeter(this, waits);
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
    if (this.held !== null && now >= this.held.until) this.release();
    while (now >= this.boundary) this.turn();
  }

  /** Whether this time lies in the second that is over but not yet given out. */
  isHeld(time: number): boolean {
    // What is due at the very end of the window is of its last second.
    return this.held !== null && (time < this.from || time === this.endAt);
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
    if (this.second >= 0) this.give(now, true);
    this.release();
  }

  private turn(): void {
    const draining = this.from >= this.endAt;
    if (draining && this.second >= 0) {
      // One snapshot for all that ends late.
      this.boundary = Number.POSITIVE_INFINITY;
      return;
    }
    this.give(this.boundary, false);
    const next = this.openAt + (this.second + 1) * 1000;
    this.boundary = next > this.endAt - roundingMs ? this.endAt : next;
  }

  private release(): void {
    if (this.held !== null) this.options.emit(this.held.snapshot);
    this.held = null;
  }

  /** To the microsecond, which leaves out what floating point adds. */
  private sinceOpen(time: number): number {
    return Math.round((time - this.openAt) * 1000) / 1000;
  }

  private give(until: number, draining: boolean): void {
    const spent = this.options.cost();
    const snapshot: Snapshot = {
      ...{ second: this.second, fromMs: this.sinceOpen(this.from), toMs: this.sinceOpen(until), draining },
      processes: { [this.options.name]: difference(this.spent, spent) },
      late: this.late.take(),
      progress: filled(this.progress),
      progressNs: filled(this.progressNs),
      workloads: Object.fromEntries([...this.workloads].map(([name, workload]) => [name, workload.take(until)])),
    };
    this.release();
    // What was counted before the window opened is thrown away.
    if (this.second >= 0) this.held = { snapshot, until: until + noticeMs };
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
