import type { Session } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import type { Case, Step, User } from "@apb/core/scenario";
import type { Time } from "./time.ts";
import type { Window } from "./window.ts";

/** One place where an iteration can run: a user of a closed load, a free connection of an open one. */
export class Slot {
  private controller = new AbortController();
  private startedAt = Number.POSITIVE_INFINITY;
  private readonly work: Case;
  private readonly session: Session;
  private readonly sessions: readonly Session[];
  private readonly window: Window;
  private readonly time: Time;

  constructor(work: Case, sessions: readonly [Session, ...Session[]], window: Window, time: Time) {
    this.work = work;
    this.session = sessions[0];
    this.sessions = sessions;
    this.window = window;
    this.time = time;
  }

  /**
   * Runs one iteration and records it when it is a sample. Never throws: a failed iteration is a sample with a kind.
   * Resolves with whether it succeeded.
   */
  async run(iteration: number, intended: number, sample: boolean): Promise<boolean> {
    const { window, time } = this;
    const user: User = { session: this.session, sessions: this.sessions, iteration };
    const started = time.now();
    this.startedAt = started;
    let ended: number | undefined;
    try {
      const verify = await this.work.iterate(user, sample ? this.timedStep : this.step);
      ended = time.now();
      verify();
      window.complete(intended, ended);
      if (sample) window.recorder.step("total").succeed(intended, started, ended);
      return true;
    } catch (error) {
      window.failed++;
      if (sample) window.recorder.step("total").fail(asFailure(error).kind, intended, ended ?? time.now());
      return false;
    } finally {
      this.startedAt = Number.POSITIVE_INFINITY;
    }
  }

  /** Ends the iteration if it began before `latest`. */
  expire(latest: number, timeoutMs: number): void {
    if (this.startedAt >= latest) return;
    const { controller } = this;
    this.controller = new AbortController();
    controller.abort(new Failure("timeout", `expected a reply within ${timeoutMs} ms, got none`));
  }

  private readonly step: Step = (_name, work) => work(this.controller.signal);

  private readonly timedStep: Step = async (name, work) => {
    const { time, window } = this;
    const started = time.now();
    try {
      const value = await work(this.controller.signal);
      window.recorder.step(name).succeed(started, started, time.now());
      return value;
    } catch (error) {
      window.recorder.step(name).fail(asFailure(error).kind, started, time.now());
      throw error;
    }
  };
}
