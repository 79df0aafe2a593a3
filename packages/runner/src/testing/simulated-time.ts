import type { Time } from "../time.ts";

/** A time for tests: nothing passes until everybody waits, then it jumps to the first one's end. Exact and instant. */
export interface SimulatedTime extends Time {
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

export function simulatedTime(): SimulatedTime {
  let now = 0;
  let order = 0;
  const waiting: { at: number; order: number; wake: () => void }[] = [];
  const until = (at: number): Promise<void> =>
    new Promise((wake) => {
      waiting.push({ at: Math.max(at, now), order: order++, wake });
    });
  return {
    now: () => now,
    sleep: (ms) => until(now + ms),
    until,
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
