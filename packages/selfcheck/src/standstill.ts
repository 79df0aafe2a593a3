import { setTimeout as wait } from "node:timers/promises";
import type { Generator } from "@apb/runner/generator";
import { heard } from "@apb/runner/races";
import { machineMs } from "@apb/runner/usage-series";
import { type Strain, type Strained, strain } from "./strain.ts";

/**
 * Stops a process for so long and lets it go on, whatever happens. Resolves with how long it was stopped; rejects when
 * `signal` says so. Only where there are POSIX signals.
 */
export async function standStill(pid: number, stallMs: number, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  process.kill(pid, "SIGSTOP");
  const stoppedAt = machineMs();
  try {
    await wait(stallMs, undefined, { signal });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  return machineMs() - stoppedAt;
}

/** What came of a load, and how long the server was stopped in it. */
export interface Interrupted {
  readonly strained: Strained;
  readonly stallMs: number;
}

/** A load whose server is stopped once, a third of the window after it has opened. */
export async function strainWithStall(
  generator: Generator,
  pid: number,
  what: Strain,
  stallMs: number,
  signal: AbortSignal,
): Promise<Interrupted> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const stall = async (fromMs: number): Promise<number> => {
    await wait(Math.max(0, fromMs + what.windowMs / 3 - machineMs()), undefined, { signal: either });
    return standStill(pid, stallMs, either);
  };
  let stalled = Promise.resolve(0);
  try {
    const strained = await strain(generator, what, (fromMs) => {
      stalled = heard(stall(fromMs));
    });
    return { strained, stallMs: await stalled };
  } finally {
    over.abort();
  }
}
