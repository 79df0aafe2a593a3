import { isOpen } from "@apb/core/load";
import type { ProcessCost, Snapshot } from "@apb/core/snapshot";
import type { Start } from "./channel.ts";
import type { DriveOptions } from "./drive.ts";
import { realTime } from "./time.ts";
import { type Side, Turns } from "./turns.ts";

/** What a drive goes by: its clock, its turns, what its process has spent. */
export type DriveClock = Pick<DriveOptions, "time" | "turn" | "cost" | "startAt" | "emit">;

/** The clocks of this process's drives: the real one for one that is alone, or of several the turns they take. */
export class Turning {
  private turns: Turns | null = null;

  /** A drive's clock, and what is to be called when it has ended. */
  clockFor(start: Start, { point, seed }: Pick<DriveOptions, "point" | "seed">, tell: (snapshot: Snapshot) => void) {
    const { turns, startAtMs, warmUpMs } = start;
    if (turns === undefined) {
      const clock: DriveClock = { time: realTime, cost, startAt: startAtMs - machineAheadMs(), emit: tell };
      return { clock, leave: () => undefined };
    }
    if (this.turns?.busy !== true) this.turns = new Turns({ ...turns, seed, time: realTime, cost });
    const side = this.turns.join(point.workloads.every(({ load }) => isOpen(load)));
    return { clock: inTurns(side, warmUpMs, tell), leave: () => side.leave() };
  }

  /** Waits for no side that has not come. */
  go(): void {
    this.turns?.go();
  }
}

/** On the side's clock, which begins at 0 with its first turn. */
function inTurns(side: Side, warmUpMs: number, tell: (snapshot: Snapshot) => void): DriveClock {
  const ahead = machineAheadMs();
  const machineAt = (sinceOpenMs: number): number => ahead + side.shared(warmUpMs + sinceOpenMs);
  return {
    ...{ time: side, turn: side, cost: side.cost, startAt: 0 },
    emit(snapshot) {
      const { fromMs, toMs } = snapshot;
      tell({ ...snapshot, machineMs: { from: machineAt(fromMs), to: machineAt(toMs) } });
    },
  };
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
