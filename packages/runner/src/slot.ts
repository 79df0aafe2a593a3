import type { Session } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import type { Case, Step, User, Verify } from "@apb/core/scenario";
import type { Time } from "./time.ts";
import type { Window } from "./window.ts";

/**
 * One place where an iteration can run: a user of a closed load, a free connection of an open one. Thousands of them wait
 * at the same time, so no function of theirs is suspended meanwhile: that would hold more than these callbacks do.
 */
export class Slot {
  private controller = new AbortController();
  /** Of the iteration under way: when it began, when it should have, whether it is recorded. */
  private startedAt = Number.POSITIVE_INFINITY;
  private intended = 0;
  private sample = false;
  private readonly work: Case;
  private readonly session: Session;
  private readonly sessions: readonly Session[];
  private readonly window: Window;
  private readonly time: Time;
  private readonly step: Step;
  private readonly timedStep: Step;
  private readonly succeed: (verify: Verify) => boolean;
  private readonly fail: (error: unknown) => boolean;

  constructor(work: Case, sessions: readonly [Session, ...Session[]], window: Window, time: Time) {
    this.work = work;
    this.session = sessions[0];
    this.sessions = sessions;
    this.window = window;
    this.time = time;
    this.step = (_name, part) => begin(part, this.controller.signal);
    this.timedStep = (name, part) => this.timed(name, part);
    this.succeed = (verify) => this.verified(verify, this.time.now());
    this.fail = (error) => this.failed(error, this.time.now());
  }

  /**
   * Runs one iteration and records it when it is a sample. Never throws: a failed iteration is a sample with a kind.
   * Resolves with whether it succeeded.
   */
  run(iteration: number, intended: number, sample: boolean): Promise<boolean> {
    const user: User = { session: this.session, sessions: this.sessions, iteration };
    this.intended = intended;
    this.sample = sample;
    this.startedAt = this.time.now();
    try {
      return this.work.iterate(user, sample ? this.timedStep : this.step).then(this.succeed, this.fail);
    } catch (error) {
      return Promise.resolve(this.fail(error));
    }
  }

  /** Ends the iteration if it began before `latest`. */
  expire(latest: number, timeoutMs: number): void {
    if (this.startedAt >= latest) return;
    const { controller } = this;
    this.controller = new AbortController();
    controller.abort(new Failure("timeout", `expected a reply within ${timeoutMs} ms, got none`));
  }

  private verified(verify: Verify, ended: number): boolean {
    try {
      verify();
    } catch (error) {
      return this.failed(error, ended);
    }
    const { window, intended, startedAt } = this;
    window.complete(intended, ended);
    if (this.sample) window.recorder.step("total").succeed(intended, startedAt, ended);
    this.startedAt = Number.POSITIVE_INFINITY;
    return true;
  }

  private failed(error: unknown, ended: number): boolean {
    const { window, intended } = this;
    window.failed++;
    if (this.sample) window.recorder.step("total").fail(asFailure(error).kind, intended, ended);
    this.startedAt = Number.POSITIVE_INFINITY;
    return false;
  }

  private timed<T>(name: string, part: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { time, window } = this;
    const started = time.now();
    return begin(part, this.controller.signal).then(
      (value) => {
        window.recorder.step(name).succeed(started, started, time.now());
        return value;
      },
      (error) => {
        window.recorder.step(name).fail(asFailure(error).kind, started, time.now());
        throw error;
      },
    );
  }
}

/** What throws at once has failed like what rejects. */
function begin<T>(part: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return part(signal);
  } catch (error) {
    return Promise.reject(error);
  }
}
