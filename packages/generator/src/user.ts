import { thinkMs } from "@apb/core/think";
import type { WorkloadDrive } from "./driver.ts";
import type { Outcome, Slot } from "./slot.ts";

/** A VU that fails again and again rests this long each time, so that a dead server does not make it spin. */
const restMs = 10;

/** The users that are under way. */
export class Crew {
  private size = 0;
  private left: (() => void)[] = [];

  join(): void {
    this.size++;
  }

  leave(): void {
    this.size--;
    if (this.size > 0) return;
    for (const tell of this.left) tell();
    this.left = [];
  }

  /** Resolves when nobody is under way. */
  gone(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.left.push(resolve);
    });
  }
}

/** A pause between two iterations, with what ends its timer. */
interface Rest {
  readonly from: number;
  readonly until: number;
  readonly timer: AbortController;
}

/** A virtual user: one of thousands that wait at the same time, and so, like its slot, no function that is suspended meanwhile. */
export class User {
  private readonly driving: WorkloadDrive;
  private readonly slot: Slot;
  private readonly crew: Crew;
  private readonly goOn: (outcome: Outcome) => void;
  private alive = false;
  private ending = false;
  private startedAt = 0;
  /** Null when it does not pause. */
  private rest: Rest | null = null;
  private failures = 0;
  private samples = 0;

  constructor(driving: WorkloadDrive, slot: Slot, crew: Crew) {
    this.driving = driving;
    this.slot = slot;
    this.crew = crew;
    this.goOn = (outcome) => this.after(outcome);
  }

  /** Begins, or goes on when it was about to end. */
  begin(): void {
    this.ending = false;
    this.slot.cutAt = Number.POSITIVE_INFINITY;
    if (this.alive) return;
    this.alive = true;
    this.crew.join();
    const { meter, time } = this.driving;
    meter.changeVUs(time.now(), 1);
    this.iterate();
  }

  /** Ends when its iteration has, or is cut off at this time. */
  end(cutAt: number): void {
    if (!this.alive) return;
    this.ending = true;
    this.slot.cutAt = Math.min(this.slot.cutAt, cutAt);
    const { rest } = this;
    if (rest === null) return;
    this.resume(rest);
    rest.timer.abort();
  }

  private iterate(): void {
    const { gate, meter, time, turn, nextTask, broke } = this.driving;
    const now = time.now();
    if (turn.over) {
      // Until others have had their turn it rests, and of that time only what passes on its own clock counts.
      turn.next(() => {
        meter.think(now, time.now());
        this.iterate();
      });
      return;
    }
    const sample = meter.samples(now);
    const number = this.ending || this.isDone() ? null : gate.admit(sample);
    if (number === null) {
      this.leave(now);
      return;
    }
    this.startedAt = now;
    if (sample) {
      this.samples++;
      meter.begin(now, now);
    }
    void this.slot.run(nextTask(), number, now, now, sample).then(this.goOn).catch(broke);
  }

  private isDone(): boolean {
    const { load } = this.driving;
    return load.executor === "per-vu-iterations" && this.samples >= load.iterations;
  }

  private after(outcome: Outcome): void {
    this.failures = outcome === "failed" ? this.failures + 1 : 0;
    const ms = this.ending ? 0 : this.pauseMs();
    if (ms <= 0) {
      this.iterate();
      return;
    }
    const from = this.driving.time.now();
    this.rest = { from, until: from + ms, timer: new AbortController() };
    this.sleep(this.rest);
  }

  /** A timer can be early by a millisecond. */
  private sleep(rest: Rest): void {
    const { time, broke } = this.driving;
    const look = (): void => {
      if (this.rest !== rest) return;
      if (time.now() < rest.until) this.sleep(rest);
      else this.resume(rest);
    };
    void time
      .sleep(rest.until - time.now(), rest.timer.signal)
      .then(look)
      .catch(broke);
  }

  private pauseMs(): number {
    const { think, random, time } = this.driving;
    const ms = think === null ? 0 : thinkMs(think, { elapsedMs: time.now() - this.startedAt, random });
    // One failure is a sample like any other; its user goes on at once.
    return this.failures > 1 ? Math.max(ms, restMs) : ms;
  }

  /** The pause is over. */
  private resume({ from }: Rest): void {
    this.rest = null;
    const { meter, time } = this.driving;
    meter.think(from, time.now());
    this.iterate();
  }

  private leave(now: number): void {
    this.alive = false;
    this.driving.meter.changeVUs(now, -1);
    this.crew.leave();
  }
}
