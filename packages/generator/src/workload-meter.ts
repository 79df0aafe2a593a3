import type { Failure, FailureKind } from "@apb/core/failure";
import { type GoodputLimit, isGood, type StreamFigures } from "@apb/core/goodput";
import { Histogram } from "@apb/core/histogram";
import { isCounted, isOpen, type Load } from "@apb/core/load";
import { OwnMeters } from "@apb/core/own-metrics";
import { type Phases, phaseSteps } from "@apb/core/phases";
import { keptSentence, type Said } from "@apb/core/said";
import type { OwnMetric } from "@apb/core/scenario";
import type { Activity, Tally } from "@apb/core/snapshot";
import { GoodputMeter } from "./goodput-meter.ts";
import { StreamMeter } from "./stream-meter.ts";
import { type EndedTask, TaskMeters } from "./task-meters.ts";

/** The time in which samples count, and the seconds it is cut into. */
export interface Window {
  readonly openAt: number;
  readonly endAt: number;
  /** Whether what is due at this time is measured: an arrival at the very end of the window is its last. */
  covers(time: number): boolean;
  /** How much of a time lies in the window. */
  within(from: number, to: number): number;
  /** It is this late: seconds that are over are given out. */
  reach(now: number): void;
  /** What a workload counted in a second that is over but not yet given out, if this time lies in one. */
  heldAt(time: number, workload: WorkloadMeter): ArrivalCounts | null;
  /** Counts a success for the progress. */
  advance(intended: number, ended: number): void;
}

/** What counts in the second in which it was due, even if it is noticed later. */
export interface ArrivalCounts {
  begun: number;
  dropped: number;
}

/** Successes by response and by service time, failures apart, since they were last taken. */
export class StepMeter {
  private readonly response = new Histogram();
  /** In a closed load nothing waits before it starts: its service times are its response times. */
  private readonly service: Histogram | null;
  private readonly failed = new Histogram();
  private failures: Partial<Record<FailureKind, number>> = {};
  private said: Partial<Record<FailureKind, Said>> = {};
  private readonly openAt: number;
  private streams: StreamMeter | null = null;

  constructor(waits: boolean, openAt: number) {
    this.service = waits ? new Histogram() : null;
    this.openAt = openAt;
  }

  succeed(intended: number, started: number, ended: number): void {
    this.response.record(ended - intended);
    this.service?.record(ended - started);
  }

  fail({ kind, sentence }: Failure, intended: number, ended: number): void {
    this.failures[kind] = (this.failures[kind] ?? 0) + 1;
    this.failed.record(ended - intended);
    const atMs = Math.round((ended - this.openAt) * 1000) / 1000;
    const { firstMs, sentence: first } = this.said[kind] ?? { firstMs: atMs, sentence: keptSentence(sentence) };
    this.said[kind] = { firstMs, lastMs: Math.max(firstMs, atMs), sentence: first };
  }

  /** Its streams. */
  streaming(): StreamMeter {
    this.streams ??= new StreamMeter();
    return this.streams;
  }

  /** Null where nothing was recorded. */
  take(): Tally | null {
    const { streams } = this;
    if (this.response.count === 0 && this.failed.count === 0 && (streams?.events ?? 0) === 0) return null;
    const response = this.response.take();
    const { failures, said } = this;
    this.failures = {};
    this.said = {};
    const service = this.service?.take() ?? response;
    const tally = { response, service, failed: this.failed.take(), failures, said };
    return streams === null ? tally : { ...tally, streams: streams.take() };
  }
}

/** An iteration that has ended. */
export interface Ended extends EndedTask {
  /** Whether it began in the window. */
  readonly sample: boolean;
}

/** Records what one workload does. */
export class WorkloadMeter {
  readonly window: Window;
  /** Whether iterations may start later than they were due. */
  private readonly waits: boolean;
  /** Whether what began in the warm-up counts nowhere: a number of iterations is one of those that began in the window. */
  private readonly samplesOnly: boolean;
  private readonly total: StepMeter;
  private readonly steps: Map<string, StepMeter>;
  /** Null where there is but one: it is all of the workload. */
  private readonly tasks: TaskMeters | null;
  private checks: Record<string, { passes: number; fails: number; said?: string }> = {};
  private readonly own = new OwnMeters();
  private counts = noCounts();
  /** Limits of streams, and how many iterations kept them, since it was last asked. */
  private readonly limits: readonly GoodputLimit[];
  private readonly goodput = new GoodputMeter();
  /** Everything that is due before this time has begun or was dropped; only open loads can be behind. */
  noticedUntil: number;
  private vus = 0;
  private vusSince = 0;
  /** Iterations that failed or were cut off, measured or not. */
  failures = 0;

  constructor(window: Window, load: Load, tasks: readonly unknown[], limits: readonly GoodputLimit[] = []) {
    this.window = window;
    this.limits = limits;
    this.waits = isOpen(load);
    this.samplesOnly = isCounted(load);
    this.noticedUntil = this.waits ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    this.total = new StepMeter(this.waits, window.openAt);
    this.steps = new Map([["total", this.total]]);
    this.tasks = tasks.length > 1 ? new TaskMeters(() => new StepMeter(this.waits, window.openAt)) : null;
  }

  /** Whether an iteration that is due now is measured. */
  samples(intended: number): boolean {
    return this.window.covers(intended);
  }

  /** An iteration begins, or an arrival is noticed. */
  begin(intended: number, now: number): void {
    this.window.reach(now);
    this.countsAt(intended).begun++;
  }

  /** An arrival that is noticed finds no room to wait in. */
  drop(intended: number, now: number): void {
    this.window.reach(now);
    this.countsAt(intended).dropped++;
  }

  /** An iteration has succeeded. */
  complete(iteration: Ended): void {
    const { intended, started, ended, sample, operations } = iteration;
    this.window.reach(ended);
    if (sample || !this.samplesOnly) {
      this.counts.completed++;
      this.counts.operations += operations;
      this.window.advance(intended, ended);
      this.tasks?.complete(iteration);
    }
    if (sample) this.total.succeed(intended, started, ended);
    if (sample) this.tasks?.succeed(iteration);
    this.addEdge(iteration);
  }

  /** An iteration has failed. */
  fail(failure: Failure, iteration: Ended): void {
    this.failures++;
    this.window.reach(iteration.ended);
    if (iteration.sample) this.total.fail(failure, iteration.intended, iteration.ended);
    if (iteration.sample) this.tasks?.fail(failure, iteration);
    this.addEdge(iteration);
  }

  /** An iteration was cut off: it has no sample, but its VU was busy. */
  interrupt(iteration: Ended): void {
    this.failures++;
    this.window.reach(iteration.ended);
    if (iteration.sample) this.counts.interrupted++;
    if (iteration.sample) this.tasks?.interrupt(iteration);
    this.addEdge({ ...iteration, sample: false });
  }

  /** A part of an iteration, however it ended. */
  step(name: string): StepMeter {
    let step = this.steps.get(name);
    if (step === undefined) {
      // Only whole iterations wait before they start.
      step = new StepMeter(false, this.window.openAt);
      this.steps.set(name, step);
    }
    return step;
  }

  /** A stream's event was taken that arrived at this time. */
  event(step: string, arrivedAt: number, sample: boolean): void {
    this.window.reach(arrivedAt);
    if (sample || !this.samplesOnly) this.step(step).streaming().events++;
  }

  /** Whether a stream is a good one. */
  keepsLimits(figures: StreamFigures): boolean {
    return isGood(figures, this.limits);
  }

  /** An iteration with streams has succeeded, and all of them were good or not. */
  judge(good: boolean, ended: number, sample: boolean): void {
    this.window.reach(ended);
    this.goodput.judge(good, sample);
  }

  /** An arrival begins; until now it waited for a free connection. */
  wait(intended: number, started: number): void {
    this.window.reach(started);
    this.step("wait").succeed(intended, intended, started);
  }

  /** A call on a socket has ended, at this time, and had these phases; NaN for one that there is not. */
  call(phases: Phases, endedAt: number): void {
    if (!this.window.covers(endedAt)) return;
    this.window.reach(endedAt);
    for (const name of phaseSteps) {
      const ms = phases[name];
      if (!Number.isNaN(ms)) this.step(name).succeed(0, 0, ms);
    }
  }

  check(name: string, ok: boolean, why?: string): void {
    const known = this.checks[name] ?? { passes: 0, fails: 0 };
    this.checks[name] = known;
    if (ok) known.passes++;
    else known.fails++;
    if (!ok && why !== undefined) known.said ??= keptSentence(why);
  }

  /** A value of a metric of the scenario's own. */
  add(metric: OwnMetric, value: number, now: number): void {
    this.window.reach(now);
    this.own.add(metric, value, now);
  }

  /** A VU did nothing from one time to the other. */
  think(from: number, to: number): void {
    this.window.reach(to);
    this.counts.thinkNs += nanoseconds(this.window.within(from, to));
  }

  /** So many VUs more, or fewer. */
  changeVUs(now: number, by: number): void {
    this.window.reach(now);
    this.settle(now);
    this.vus += by;
  }

  /** What was counted until this time, since it was last asked. */
  take(until: number): Activity & ArrivalCounts {
    this.settle(until);
    const { counts } = this;
    this.counts = noCounts();
    const steps = [...this.steps].flatMap(([name, step]) => {
      const tally = step.take();
      return tally === null ? [] : [[name, tally] as const];
    });
    const { checks } = this;
    this.checks = {};
    return {
      ...{ vus: this.vus, ...counts, steps: Object.fromEntries(steps), checks, metrics: this.own.take() },
      ...{ tasks: this.tasks?.take() ?? {}, ...this.takeGoodput() },
    };
  }

  private takeGoodput(): Pick<Activity, "goodput"> {
    return this.limits.length === 0 ? {} : { goodput: this.goodput.take() };
  }

  private countsAt(time: number): ArrivalCounts {
    return this.window.heldAt(time, this) ?? this.counts;
  }

  private settle(now: number): void {
    if (!this.waits) this.counts.vuNs += this.vus * nanoseconds(this.window.within(this.vusSince, now));
    this.vusSince = now;
  }

  /** The time of the iteration that lies in the window, less what its sample says. */
  private addEdge({ started, ended, sample }: Ended): void {
    const { window } = this;
    if (this.waits || (sample && ended <= window.endAt)) return;
    this.counts.edgeNs += nanoseconds(window.within(started, ended)) - (sample ? nanoseconds(ended - started) : 0);
  }
}

function noCounts() {
  return {
    ...{ begun: 0, completed: 0, dropped: 0, interrupted: 0, operations: 0 },
    ...{ vuNs: 0, edgeNs: 0, thinkNs: 0 },
  };
}

/** Whole nanoseconds. */
export function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
