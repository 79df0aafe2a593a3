import { dueAt } from "@apb/core/arrivals";
import { Failure } from "@apb/core/failure";
import type { Histogram } from "@apb/core/histogram";
import { durationOf, type Load, type Share } from "@apb/core/load";
import { inFlightOf } from "@apb/core/split";
import { type Driver, Pause, type WorkloadDrive } from "./driver.ts";
import type { Slot } from "./slot.ts";

interface Arrival {
  readonly intended: number;
  readonly iteration: number;
  readonly sample: boolean;
}

/** When arrival n is due, in milliseconds since its schedule's start. */
type Due = (n: number) => number;

/** The longest sleep between two looks at whether the load was stopped. */
const glanceMs = 100;

/** Arrivals on schedule, whatever the server does. One that finds no free connection waits, timed from its intended start. */
export function arrivals(driving: WorkloadDrive, late: Histogram): Driver {
  const queue = new Attendant(driving);
  const pause = new Pause();
  let stopped = false;
  /** Lets arrive what is due until the schedule is over, and tells until when nothing is due any more. */
  const follow = async (origin: number, due: Due, end: number, noticed: (until: number) => void): Promise<void> => {
    const { time, meter } = driving;
    let next = due(0);
    for (let n = 0; next < end && !stopped; ) {
      await time.until(Math.min(origin + next, time.now() + glanceMs));
      // The clock is read once, so that arrivals faster than we can begin them leave room for their replies.
      const now = time.now();
      while (next < end && origin + next <= now && !stopped) {
        const intended = origin + next;
        const sample = meter.samples(intended);
        queue.arrive(intended, now, sample);
        if (sample) late.record(now - intended);
        next = due(++n);
        noticed(origin + next);
      }
    }
  };
  const { load, share, time, meter, openAt, originAt, warmUpMs } = driving;
  const due = dueAt(load, share);
  const noticed = (until: number): void => {
    meter.noticedUntil = stopped ? Number.POSITIVE_INFINITY : until;
  };
  noticed(originAt + due(0));
  return {
    async run() {
      await follow(openAt - warmUpMs, warmUpOf(load, share), warmUpMs, () => undefined);
      await follow(originAt, due, Number.POSITIVE_INFINITY, noticed);
      const over = originAt + durationOf(load);
      if (!stopped) await pause.until(over, time);
      if (!stopped) queue.finish(load.gracefulStopMs);
      await queue.idle();
    },
    stop(graceMs) {
      stopped = true;
      noticed(Number.POSITIVE_INFINITY);
      driving.gate.stop();
      queue.finish(graceMs);
      pause.end();
    },
  };
}

/** Arrivals at an even pace, the one the load begins with; one a second where it begins with none. */
function warmUpOf(load: Load, { index, of }: Share): Due {
  const from = load.executor === "constant-arrival-rate" ? load.perSecond : 0;
  const perSecond = (load.executor === "ramping-arrival-rate" ? load.startPerSecond : from) || 1;
  return (n) => ((n * of + index) * 1000) / perSecond;
}

/** Serves arrivals on the free connections, one after the other; those that find none wait. */
class Attendant {
  private readonly driving: WorkloadDrive;
  private readonly waiting = new Queue<Arrival>();
  private readonly free: Slot[];
  private readonly busy = new Set<Promise<void>>();
  private readonly most: number;
  /** What becomes of an arrival that has waited too long: one for all, of which there may be thousands a second. */
  private readonly late: Failure;
  /** From then on nothing is sent any more. */
  private cutAt = Number.POSITIVE_INFINITY;

  constructor(driving: WorkloadDrive) {
    this.driving = driving;
    this.free = [...driving.slots];
    this.most = inFlightOf(driving.load, driving.share);
    this.late = new Failure("timeout", `expected a free connection within ${driving.timeoutMs} ms, got none`);
  }

  /** An arrival is noticed; `sample`: whether it is measured. */
  arrive(intended: number, now: number, sample: boolean): void {
    const { meter, gate, broke } = this.driving;
    if (sample) meter.begin(intended, now);
    if (this.waiting.length + this.busy.size >= this.most) {
      if (sample) meter.drop(intended, now);
      return;
    }
    const iteration = gate.admit(sample);
    if (iteration === null) return;
    const arrival = { intended, iteration, sample };
    const slot = this.free.pop();
    if (slot === undefined) {
      this.waiting.add(arrival);
      return;
    }
    const serving = this.serve(slot, arrival)
      .finally(() => this.busy.delete(serving))
      .catch(broke);
    this.busy.add(serving);
  }

  /** From now on everything gets so long to end; of several times the shortest. */
  finish(graceMs: number): void {
    this.cutAt = Math.min(this.cutAt, this.driving.time.now() + graceMs);
    for (const slot of this.driving.slots) slot.cutAt = this.cutAt;
  }

  /** Resolves when everything has been answered or given up. */
  async idle(): Promise<void> {
    await Promise.all(this.busy);
    // Nobody came for it: there is no connection at all.
    for (let arrival = this.waiting.take(); arrival !== undefined; arrival = this.waiting.take()) this.giveUp(arrival);
  }

  private async serve(slot: Slot, first: Arrival): Promise<void> {
    const { meter, time, turn, nextTask, timeoutMs } = this.driving;
    let now = time.now();
    meter.changeVUs(now, 1);
    for (let arrival: Arrival | undefined = first; arrival !== undefined; arrival = this.waiting.take()) {
      const { intended, iteration, sample } = arrival;
      if (turn.over) {
        await new Promise<void>((resume) => turn.next(resume));
        now = time.now();
      }
      if (now < this.cutAt && now < intended + timeoutMs) {
        if (sample) meter.wait(intended, now);
        await slot.run(nextTask(), iteration, intended, now, sample);
      } else {
        this.giveUp(arrival);
      }
      now = time.now();
    }
    meter.changeVUs(now, -1);
    this.free.push(slot);
  }

  /** What was never sent has waited too long, or was cut off where the load was not to wait for it. */
  private giveUp({ intended, sample }: Arrival): void {
    const { meter, time } = this.driving;
    const now = time.now();
    const never = { intended, started: now, ended: now, sample, operations: 0, task: null };
    if (now < this.cutAt) meter.fail(this.late, never);
    else meter.interrupt(never);
  }
}

/** First in, first out, without moving what is in it at every step. */
class Queue<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  add(item: T): void {
    this.items.push(item);
  }

  take(): T | undefined {
    const item = this.items[this.head++];
    if (item === undefined) {
      this.items = [];
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
