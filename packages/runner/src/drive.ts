import type { Session } from "@apb/core/binding";
import type { StepResult } from "@apb/core/cell";
import { Histogram } from "@apb/core/histogram";
import type { Case } from "@apb/core/scenario";
import { closedLoad } from "./closed-load.ts";
import { openLoad } from "./open-load.ts";
import { Slot } from "./slot.ts";
import type { Time } from "./time.ts";
import { type Silence, type Slice, Window } from "./window.ts";

export interface Drive {
  readonly work: Case;
  /** The open connections, at least one. */
  readonly sessions: readonly Session[];
  /** Users of a closed load; an open load has as many slots as its sessions allow. */
  readonly users: number;
  readonly warmUpMs: number;
  /** An iteration that takes longer fails with kind `timeout`. */
  readonly timeoutMs: number;
  readonly time: Time;
  /** Called at the very moments between which throughput is counted, so that CPU can be counted between the same. */
  readonly opened: () => void;
  readonly closed: () => void;
}

export interface DriveReport {
  readonly steps: Readonly<Record<string, StepResult>>;
  /** Iterations that ended inside the window. */
  readonly completed: number;
  readonly windowMs: number;
  readonly dropped: number;
  /** The window in ten equal parts. */
  readonly slices: readonly Readonly<Slice>[];
  /** The longest time of the window in which no iteration succeeded. */
  readonly silence: Silence;
  /** Iterations that failed, warm-up included. */
  readonly failed: number;
  /** All iterations that began, warm-up included: what bytes on the wire are divided by. */
  readonly iterations: number;
  /** How late arrivals were noticed after they were due; 0 in a closed load, where nothing is due. */
  readonly lateStartP99Ms: number;
}

/** Puts a case's load on open sessions: warm-up, then the window, with no gap between them. */
export async function drive(options: Drive): Promise<DriveReport> {
  const { work, time, timeoutMs } = options;
  const { load } = work;
  const window = new Window(load.until.durationMs, load.until.iterations ?? Number.POSITIVE_INFINITY);
  const late = new Histogram();
  const slots = slotsOf(options, window);
  let openedAt = 0;
  const open = (): void => {
    openedAt = time.now();
    window.open(openedAt);
    options.opened();
  };
  // Without a warm-up the very first iterations are samples.
  if (options.warmUpMs === 0) open();
  const running =
    load.model === "closed"
      ? closedLoad(slots, window, time)
      : openLoad({ ...load, slots, window, time, drainMs: timeoutMs, late });
  const watch = expireLate(slots, timeoutMs, time, running);
  if (options.warmUpMs > 0) {
    await time.sleep(options.warmUpMs);
    open();
  }
  await Promise.race([time.sleep(load.until.durationMs), running]);
  const closedAt = time.now();
  window.close(closedAt);
  options.closed();
  await running;
  await watch;
  return {
    steps: window.recorder.result(),
    completed: window.completed,
    windowMs: closedAt - openedAt,
    dropped: window.dropped,
    slices: window.slices,
    silence: window.silence,
    failed: window.failed,
    iterations: window.begun,
    lateStartP99Ms: late.latency()?.p99 ?? 0,
  };
}

function slotsOf({ work, sessions, users, time }: Drive, window: Window): Slot[] {
  const each = work.sessionsPerUser;
  const count = work.load.model === "closed" ? users : Math.max(1, Math.floor(sessions.length / each));
  const session = (n: number): Session => sessions[n % sessions.length] as Session;
  return Array.from({ length: count }, (_, user) => {
    const others = Array.from({ length: each - 1 }, (_, n) => session(user * each + n + 1));
    return new Slot(work, [session(user * each), ...others], window, time);
  });
}

/** One look at all slots every now and then is much cheaper than a timer for every operation. */
async function expireLate(
  slots: readonly Slot[],
  timeoutMs: number,
  time: Time,
  running: Promise<void>,
): Promise<void> {
  let done = false;
  const finished = running.then(() => {
    done = true;
  });
  while (!done) {
    await Promise.race([time.sleep(Math.min(timeoutMs / 10, 250)), finished]);
    for (const slot of slots) slot.expire(time.now() - timeoutMs, timeoutMs);
  }
}
