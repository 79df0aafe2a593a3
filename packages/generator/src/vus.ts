import { durationOf, type Load } from "@apb/core/load";
import { thinkMs } from "@apb/core/think";
import { vuChanges } from "@apb/core/vus";
import { type Driver, type Driving, Pause } from "./driver.ts";
import type { Outcome, Slot } from "./slot.ts";

/** A VU that fails again and again rests this long each time, so that a dead server does not make it spin. */
const restMs = 10;

/** Virtual users, as many as the load wants at any time; each begins its next iteration when its last one has ended. */
export function virtualUsers(driving: Driving): Driver {
  const { load, share, slots, gate, time, openAt, originAt, warmUpMs } = driving;
  const crew = new Crew();
  const users = slots.map((slot) => new User(driving, slot, crew));
  const pause = new Pause();
  let had = 0;
  /** The first so many go on or begin; the others may finish, for so long. */
  const aim = (wanted: number, graceMs: number): void => {
    const cutAt = time.now() + graceMs;
    for (const user of users.slice(had, wanted)) user.begin();
    // When all go, those too that were going before: what they were given may be more than is left.
    for (const user of users.slice(wanted, wanted === 0 ? undefined : had)) user.end(cutAt);
    had = wanted;
  };
  const counted = load.executor === "shared-iterations" || load.executor === "per-vu-iterations";
  return {
    async run() {
      for (const { atMs, vus } of vuChanges(load, share)) {
        if (atMs === 0 && warmUpMs > 0) {
          // What begins with nobody is warmed up by one.
          aim(Math.max(vus, 1), load.gracefulStopMs);
          if (await pause.until(openAt, time)) break;
          if (originAt > openAt) aim(0, load.gracefulStopMs);
        }
        // A load that is counted may be over before its time.
        const end = (): void => pause.end();
        if (counted && atMs > 0) void crew.gone().then(end, end);
        if (await pause.until(originAt + atMs, time)) break;
        aim(vus, graceOf(load, atMs));
      }
      await crew.gone();
    },
    stop(grace) {
      gate.stop();
      aim(0, grace);
      pause.end();
    },
  };
}

/** How long a VU may finish that is to go at this time. */
function graceOf(load: Load, atMs: number): number {
  return load.executor === "ramping-vus" && atMs < durationOf(load) ? load.gracefulRampDownMs : load.gracefulStopMs;
}

/** Those that are under way. */
class Crew {
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

/** One of thousands that wait at the same time, and so, like its slot, no function that is suspended meanwhile. */
class User {
  private readonly driving: Driving;
  private readonly slot: Slot;
  private readonly crew: Crew;
  private readonly goOn: (outcome: Outcome) => void;
  private alive = false;
  private ending = false;
  private startedAt = 0;
  /** When it began to pause; null when it does not. */
  private pausedAt: number | null = null;
  private failures = 0;
  private samples = 0;

  constructor(driving: Driving, slot: Slot, crew: Crew) {
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
    if (this.pausedAt !== null) this.resume(this.pausedAt);
  }

  private iterate(): void {
    const { gate, meter, time, nextTask, broke } = this.driving;
    const now = time.now();
    const sample = meter.samples(now);
    const number = this.ending || this.isDone() ? null : gate.admit(sample);
    if (number === null) {
      this.leave(now);
      return;
    }
    this.startedAt = now;
    if (sample) {
      this.samples++;
      meter.begin(now);
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
    const { time } = this.driving;
    const pausedAt = time.now();
    this.pausedAt = pausedAt;
    void time.sleep(ms).then(() => this.resume(pausedAt));
  }

  private pauseMs(): number {
    const { think, random, time } = this.driving;
    const ms = think === null ? 0 : thinkMs(think, { elapsedMs: time.now() - this.startedAt, random });
    // One failure is a sample like any other; its user goes on at once.
    return this.failures > 1 ? Math.max(ms, restMs) : ms;
  }

  /** Ends the pause that began then, unless that is over already. */
  private resume(pausedAt: number): void {
    if (this.pausedAt !== pausedAt) return;
    this.pausedAt = null;
    const { meter, time } = this.driving;
    meter.think(pausedAt, time.now());
    this.iterate();
  }

  private leave(now: number): void {
    this.alive = false;
    this.driving.meter.changeVUs(now, -1);
    this.crew.leave();
  }
}
