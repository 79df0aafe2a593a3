import { type Clock, monotonic } from "@apb/core/clock";

/** A clock and ways to wait for it: the real one, or a test's own. */
export interface Time {
  readonly now: Clock;
  /** Resolves after this many milliseconds, give or take one. */
  sleep(ms: number): Promise<void>;
  /** Resolves at this time of `now`, as exactly as the process can, but never without letting others run. */
  until(time: number): Promise<void>;
}

/** Node's timers are good to a millisecond or two; the rest of the way is spent asking the clock. */
const coarseMs = 2;

/** The process's own time. */
export const realTime: Time = {
  now: monotonic,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  until: (time) =>
    new Promise((resolve) => {
      const look = (): void => {
        const left = time - monotonic();
        if (left <= 0) resolve();
        else if (left > coarseMs) setTimeout(look, left - coarseMs);
        else setImmediate(look);
      };
      // Always at least one turn of the event loop, so that replies are read even when every arrival is late.
      setImmediate(look);
    }),
};
