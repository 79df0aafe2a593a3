import type { Reply, Session } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import type { Io, Task, Vars, Verify, VU } from "@apb/core/scenario";
import { CountedSession, type Traffic } from "./counted-session.ts";
import { type OpenedSessions, tooMany } from "./opened-sessions.ts";
import type { Time } from "./time.ts";
import { type StreamEar, TimedReplies } from "./timed-replies.ts";
import type { Turn } from "./turns.ts";
import type { WorkloadMeter } from "./workload-meter.ts";

/** When its iterations run. */
export interface SlotClock {
  readonly time: Time;
  readonly turn: Turn;
}

/** How an iteration ended. */
export type Outcome = "succeeded" | "failed" | "interrupted";

/**
 * One place where an iteration can run: a VU of a closed load, a free connection of an open one. Thousands of them wait
 * at the same time, so no function of theirs is suspended meanwhile: that would hold more than these callbacks do.
 */
export class Slot implements VU, Traffic {
  readonly id: number;
  readonly seed: number;
  readonly vars: Vars;
  readonly session: Session;
  readonly sessions: readonly Session[];
  iteration = 0;
  operations = 0;
  agentCalls = 0;
  bodyBytes = 0;
  /** When what runs is cut off, whatever it is. */
  cutAt = Number.POSITIVE_INFINITY;
  private controller = new AbortController();
  /** Of the iteration under way: when it began, when it should have, whether it is recorded. */
  private startedAt = Number.POSITIVE_INFINITY;
  private intended = 0;
  private sample = false;
  /** What it has thought and is thinking within the iteration. */
  private thoughtMs = 0;
  private task: Task | null = null;
  private operationsBefore = 0;
  /** Whether its streams kept their limits; null where it had none. */
  private good: boolean | null = null;
  private cut = false;
  /** What an iteration of the warm-up has opened: nothing of it is left when the window opens. */
  private unmeasured: Session[] = [];
  private readonly opened: OpenedSessions | null;
  private readonly time: Time;
  private readonly turn: Turn;
  private readonly meter: WorkloadMeter;
  private readonly io: Io;
  private readonly succeed: (verify: Verify) => Outcome;
  private readonly fail: (error: unknown) => Outcome;

  constructor(
    sessions: readonly Session[],
    meter: WorkloadMeter,
    { time, turn }: SlotClock,
    own: Pick<VU, "id" | "vars" | "seed">,
    opened: OpenedSessions | null = null,
  ) {
    this.id = own.id;
    this.seed = own.seed;
    this.opened = opened;
    this.vars = own.vars;
    this.sessions = sessions.map((session) => new CountedSession(session, this));
    this.session = this.sessions[0] as Session;
    this.meter = meter;
    this.time = time;
    this.turn = turn;
    this.io = {
      step: (name, work) => this.step(name, work),
      stream: (name, open, intervalMs = 0) => ({
        [Symbol.asyncIterator]: () => this.stream(name, open, intervalMs),
      }),
      open: (name) => this.open(name),
      check: (name, ok, why) => {
        if (this.sample) this.meter.check(name, ok, why);
      },
      group: (name, work) => this.step(name, work),
      add: (metric, value) => {
        if (this.sample) this.meter.add(metric, value, this.time.now());
      },
      think: (ms) => this.think(ms),
      now: time.now,
    };
    this.succeed = (verify) => this.leave(this.verified(verify, time.now()));
    this.fail = (error) => this.leave(this.failed(error, time.now()));
  }

  /**
   * Runs one iteration, which starts now, and records it when it is a sample. A failed iteration is a sample with a kind:
   * it rejects only for a defect of ours.
   */
  run(task: Task, iteration: number, intended: number, started: number, sample: boolean): Promise<Outcome> {
    this.iteration = iteration;
    this.intended = intended;
    this.sample = sample;
    this.task = task;
    this.cut = false;
    this.thoughtMs = 0;
    this.operationsBefore = this.operations;
    this.good = null;
    this.startedAt = started;
    this.turn.entered();
    try {
      return task.run(this, this.io).then(this.succeed, this.fail);
    } catch (error) {
      return Promise.resolve(this.fail(error));
    }
  }

  /** Ends the iteration if it has taken too long, or has to end now whatever it has taken. */
  expire(now: number, timeoutMs: number): void {
    if (this.startedAt + timeoutMs + this.thoughtMs <= now)
      this.abort(new Failure("timeout", `expected a reply within ${timeoutMs} ms, got none`));
    else if (this.cutAt <= now && this.startedAt !== Number.POSITIVE_INFINITY) {
      this.cut = true;
      this.abort(new Failure("aborted", "the load has ended"));
    }
  }

  private abort(reason: Failure): void {
    const { controller } = this;
    this.controller = new AbortController();
    controller.abort(reason);
  }

  private leave(outcome: Outcome): Outcome {
    this.turn.left();
    return outcome;
  }

  private verified(verify: Verify, ended: number): Outcome {
    try {
      verify();
    } catch (error) {
      return this.failed(error, ended);
    }
    if (this.good !== null) this.meter.judge(this.good, ended, this.sample);
    this.meter.complete(this.ended(ended));
    return "succeeded";
  }

  private failed(error: unknown, ended: number): Outcome {
    if (this.cut) {
      this.meter.interrupt(this.ended(ended));
      return "interrupted";
    }
    this.meter.fail(asFailure(error), this.ended(ended));
    return "failed";
  }

  private ended(ended: number) {
    const { intended, startedAt: started, sample, task } = this;
    this.startedAt = Number.POSITIVE_INFINITY;
    if (this.unmeasured.length > 0) this.closeUnmeasured();
    return { intended, started, ended, sample, task, operations: this.operations - this.operationsBefore };
  }

  private async open(name: string): Promise<Session> {
    const { opened, sample } = this;
    if (opened === null) throw tooMany(0);
    const session = await this.step(name, (signal) => opened.open(signal));
    if (!sample) this.unmeasured.push(session);
    return new CountedSession(session, this);
  }

  private closeUnmeasured(): void {
    const sessions = this.unmeasured;
    this.unmeasured = [];
    for (const session of sessions) session[Symbol.asyncDispose]().then(undefined, () => undefined);
  }

  private async think(ms: number): Promise<void> {
    const { signal } = this.controller;
    this.thoughtMs += ms;
    await this.time.sleep(ms, signal);
    signal.throwIfAborted();
  }

  private step<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.sample) return begin(work, this.controller.signal);
    const { time, meter } = this;
    const started = time.now();
    return begin(work, this.controller.signal).then(
      (value) => {
        const ended = time.now();
        meter.window.reach(ended);
        meter.step(name).succeed(started, started, ended);
        return value;
      },
      (error) => {
        const ended = time.now();
        meter.window.reach(ended);
        if (!this.cut) meter.step(name).fail(asFailure(error), started, ended);
        throw error;
      },
    );
  }

  /** Begins a stream. The first operation of an iteration was due when the iteration was. */
  private stream(name: string, open: Open, intervalMs: number): AsyncIterator<Reply> {
    const { time, operations, operationsBefore, startedAt, intended } = this;
    const started = time.now();
    const dueAt = started - (operations === operationsBefore ? startedAt - intended : 0);
    const ear = this.earOf(name, started);
    try {
      const replies = open(this.controller.signal)[Symbol.asyncIterator]();
      return new TimedReplies(replies, { dueAt, intervalMs }, ear, time);
    } catch (error) {
      ear.failed(error);
      throw error;
    }
  }

  private earOf(name: string, started: number): StreamEar {
    const { meter, time, sample } = this;
    return {
      event: (arrivedAt) => meter.event(name, arrivedAt, sample),
      ended: (times, end) => {
        const now = time.now();
        const figures = times.figures(end?.atMs ?? now);
        this.good = this.good !== false && meter.keepsLimits(figures);
        if (!sample) return;
        meter.window.reach(now);
        meter.step(name).succeed(started, started, now);
        meter.step(name).streaming().succeed(times, figures, end);
      },
      failed: (error) => {
        const now = time.now();
        meter.window.reach(now);
        if (sample && !this.cut) meter.step(name).fail(asFailure(error), started, now);
      },
    };
  }
}

/** Opens a stream. */
type Open = (signal: AbortSignal) => AsyncIterable<Reply>;

/** What throws at once has failed like what rejects. */
function begin<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return work(signal);
  } catch (error) {
    return Promise.reject(error);
  }
}
