import { setTimeout as wait } from "node:timers/promises";
import { monotonic } from "@apb/core/clock";
import type { Driven, Generator } from "@apb/runner/generator";
import { heard } from "@apb/runner/races";
import { type Load, load } from "./load.ts";

/**
 * Stops a process for so long and lets it go on, whatever happens. Resolves with how long it was stopped; rejects when
 * `signal` says so. Only where there are POSIX signals.
 */
export async function standStill(pid: number, stallMs: number, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  process.kill(pid, "SIGSTOP");
  const stoppedAt = monotonic();
  try {
    await wait(stallMs, undefined, { signal });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  return monotonic() - stoppedAt;
}

/** A load, and how long the server was stopped in it. */
export interface Interrupted {
  readonly driven: Driven;
  readonly stallMs: number;
}

/** A load whose server is stopped once, a third of the window after it has opened. */
export async function loadWithStall(
  generator: Generator,
  pid: number,
  what: Load,
  stallMs: number,
  signal: AbortSignal,
): Promise<Interrupted> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const stall = async (): Promise<number> => {
    await wait(what.windowMs / 3, undefined, { signal: either });
    return standStill(pid, stallMs, either);
  };
  let stalled = Promise.resolve(0);
  try {
    const driven = await load(generator, what, (kind) => {
      if (kind === "opened") stalled = heard(stall());
    });
    return { driven, stallMs: await stalled };
  } finally {
    over.abort();
  }
}
