import type { Time } from "../time.ts";

/** A time for tests: nothing passes until everybody waits, then it jumps to the first one's end. Exact and instant. */
export interface SimulatedTime extends Time {
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** A machine that stands still at a time, for so long: nobody is woken meanwhile. */
export interface Stall {
  readonly atMs: number;
  readonly forMs: number;
}

/**
 * Begins at 0. With a grain, everybody wakes at whole multiples of it, or later: one that is a power of two keeps all sums
 * and differences of times free of rounding.
 */
export function simulatedTime(grainMs = 0, stall: Stall = { atMs: 0, forMs: 0 }): SimulatedTime {
  let now = 0;
  let order = 0;
  const waiting: { at: number; order: number; wake: () => void }[] = [];
  const stalled = (at: number): number =>
    at >= stall.atMs && at < stall.atMs + stall.forMs ? stall.atMs + stall.forMs : at;
  const until = (time: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      const at = stalled(grainMs === 0 ? time : Math.ceil(time / grainMs) * grainMs);
      waiting.push({ at: Math.max(at, now), order: order++, wake });
      signal?.addEventListener("abort", () => wake(), { once: true });
    });
  return {
    now: () => now,
    sleep: (ms, signal) => until(now + ms, signal),
    until: (at) => until(at),
    at: (own) => own,
    async run(work) {
      let done = false;
      const finish = (): void => {
        done = true;
      };
      work.then(finish, finish);
      for (;;) {
        // One turn of the event loop runs all promise reactions that are due.
        await new Promise((resolve) => setImmediate(resolve));
        if (done) return work;
        waiting.sort((a, b) => a.at - b.at || a.order - b.order);
        const next = waiting.shift();
        if (next === undefined) throw new Error("everybody waits for something that is not time");
        now = next.at;
        next.wake();
      }
    },
  };
}
