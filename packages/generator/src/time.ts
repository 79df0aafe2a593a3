import { setTimeout as wait } from "node:timers/promises";
import { type Clock, monotonic } from "@apb/core/clock";
import { Metronome } from "./metronome.ts";

/** A clock and ways to wait for it: the real one, or a test's own. */
export interface Time {
  readonly now: Clock;
  /** Resolves after this many milliseconds, give or take one, or when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves at this time of `now`, as exactly as the process can, but never without letting others run. */
  until(time: number): Promise<void>;
  /** What `now` said when the process's own clock said this: by that one is told when bytes arrived. */
  at(own: number): number;
}

/** A metronome is late by 0.1 to 0.3 ms, the more the idler the machine: the last of the way is spent asking the clock. */
const lastMs = 0.3;
/** Node's timers are good to a millisecond or two; they serve while the metronome starts. */
const timerMs = 2;

let metronome: Metronome | undefined;

/** The process's own time. */
export const realTime: Time = {
  now: monotonic,
  at: (own) => own,
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
  until: (time) =>
    new Promise((resolve) => {
      metronome ??= new Metronome();
      const { ready } = metronome;
      const look = (): void => {
        const left = time - monotonic();
        if (left <= 0) resolve();
        else if (ready && left > lastMs) metronome?.at(time - lastMs, look);
        else if (!ready && left > timerMs) setTimeout(look, left - timerMs);
        else setImmediate(look);
      };
      // Always at least one turn of the event loop, so that replies are read even when every arrival is late.
      setImmediate(look);
    }),
};
