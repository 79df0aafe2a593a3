import { isOpen } from "@apb/core/load";
import type { ProcessCost, Snapshot } from "@apb/core/snapshot";
import type { Start } from "./channel.ts";
import type { DriveOptions } from "./drive.ts";
import { realTime } from "./time.ts";
import { Turns } from "./turns.ts";

/** What a drive goes by: its clock, its turns, what its process has spent. */
export type DriveClock = Pick<DriveOptions, "time" | "turn" | "cost" | "startAt" | "emit">;

/** The clocks of this process's drives: the real one for one that is alone, or of several the turns they take. */
export class Turning {
  private turns: Turns | null = null;

  /** A drive's clock, and what is to be called when it has ended. */
  clockFor(start: Start, { point, seed }: Pick<DriveOptions, "point" | "seed">, tell: (snapshot: Snapshot) => void) {
    const { turns, startAtMs } = start;
    if (turns === undefined) {
      const clock: DriveClock = { time: realTime, cost, startAt: startAtMs - machineAheadMs(), emit: tell };
      return { clock, leave: () => undefined };
    }
    if (this.turns?.busy !== true) this.turns = new Turns({ ...turns, seed, time: realTime, cost });
    const side = this.turns.join(point.workloads.every(({ load }) => isOpen(load)));
    // The side's clock begins at 0 with its first turn.
    const clock: DriveClock = { time: side, turn: side, cost: side.cost, startAt: 0, emit: tell };
    return { clock, leave: () => side.leave() };
  }

  /** Waits for no side that has not come. */
  go(): void {
    this.turns?.go();
  }
}

/** What the machine's clock, which all its processes share, is ahead of this process's own. */
function machineAheadMs(): number {
  return Number(process.hrtime.bigint()) / 1e6 - realTime.now();
}

/** What this process has spent since it began. */
function cost(): ProcessCost {
  const { user, system } = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  return {
    cpuNs: (user + system) * 1000,
    busyNs: Math.round(loop.active * 1e6),
    elapsedNs: Math.round(performance.now() * 1e6),
    rssBytes: process.memoryUsage.rss(),
  };
}
