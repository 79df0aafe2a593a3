import type { Histogram } from "@apb/core/histogram";
import { evenly } from "./pacer.ts";
import type { Slot } from "./slot.ts";
import type { Time } from "./time.ts";
import type { Window } from "./window.ts";

interface Arrival {
  readonly intended: number;
  readonly iteration: number;
  readonly sample: boolean;
}

export interface OpenLoad {
  readonly perSecond: number;
  readonly offsetMs?: number;
  /** Arrivals waiting and sent together; one more is dropped. */
  readonly maxInFlight: number;
  /** The free connections; each carries one iteration at a time. */
  readonly slots: readonly Slot[];
  readonly window: Window;
  readonly time: Time;
  /** After the window has closed, waiting arrivals get this long to be sent; then they fail with kind `timeout`. */
  readonly drainMs: number;
  /** How late each arrival was noticed after it was due. */
  readonly late: Histogram;
}

/** The longest sleep between two looks at the window. */
const glanceMs = 100;

/** Arrivals on schedule, whatever the server does. One that finds no free connection waits, timed from its intended start. */
export async function openLoad({
  perSecond,
  offsetMs,
  maxInFlight,
  slots,
  window,
  time,
  drainMs,
  late,
}: OpenLoad): Promise<void> {
  const dueAfter = evenly(perSecond, offsetMs);
  const origin = time.now();
  const waiting = new Queue<Arrival>();
  const free = [...slots];
  const busy = new Set<Promise<void>>();
  let giveUpAt = Number.POSITIVE_INFINITY;

  const serve = async (slot: Slot, first: Arrival): Promise<void> => {
    for (let arrival: Arrival | undefined = first; arrival !== undefined; arrival = waiting.take()) {
      const now = time.now();
      if (now < giveUpAt) await slot.run(arrival.iteration, arrival.intended, arrival.sample);
      else if (arrival.sample) window.recorder.step("total").fail("timeout", arrival.intended, now);
    }
    free.push(slot);
  };
  const arrive = (intended: number): void => {
    const sample = window.state === "open";
    if (waiting.length + busy.size >= maxInFlight) {
      if (sample) window.dropped++;
      return;
    }
    if (!window.admit()) return;
    const arrival = { intended, iteration: window.begun, sample };
    const slot = free.pop();
    if (slot === undefined) {
      waiting.add(arrival);
      return;
    }
    const serving = serve(slot, arrival).finally(() => busy.delete(serving));
    busy.add(serving);
  };

  for (let n = 0; ; ) {
    await time.until(Math.min(origin + dueAfter(n), time.now() + glanceMs));
    if (window.over) break;
    // The clock is read once, so that arrivals faster than we can begin them leave room for their replies.
    const now = time.now();
    for (; origin + dueAfter(n) <= now; n++) {
      if (window.state === "open") late.record(now - origin - dueAfter(n));
      arrive(origin + dueAfter(n));
    }
  }
  giveUpAt = time.now() + drainMs;
  await Promise.all(busy);
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
