import type { Load, Share } from "@apb/core/load";
import type { Task } from "@apb/core/scenario";
import type { Think } from "@apb/core/think";
import type { Gate } from "./gate.ts";
import type { Slot } from "./slot.ts";
import type { Time } from "./time.ts";
import type { Turn } from "./turns.ts";
import type { WorkloadMeter } from "./workload-meter.ts";

/** What one workload's driver needs. */
export interface WorkloadDrive {
  readonly load: Load;
  readonly share: Share;
  /** Where iterations can run. */
  readonly slots: readonly Slot[];
  readonly gate: Gate;
  readonly meter: WorkloadMeter;
  /** The task of the iteration that begins. */
  readonly nextTask: () => Task;
  readonly think: Think | null;
  readonly random: () => number;
  readonly time: Time;
  /** No iteration begins while it is over. */
  readonly turn: Turn;
  /** When the warm-up ends, and when the load itself begins, which may be later. */
  readonly openAt: number;
  readonly originAt: number;
  readonly warmUpMs: number;
  /** An iteration that takes longer fails, and so does an arrival that has waited longer when its turn comes. */
  readonly timeoutMs: number;
  /** Takes what should not have happened, a defect of ours, which ends the whole drive. */
  readonly broke: (error: unknown) => void;
}

/** Puts a workload's load on its slots. */
export interface Driver {
  /** Resolves when everything that began has ended. */
  run(): Promise<void>;
  /** Begins nothing more, and cuts off what has not ended after this time. */
  stop(graceMs: number): void;
}

/** A wait that can be ended before its time. */
export class Pause {
  private readonly ending = new AbortController();

  /** Resolves at this time and never before it, or when it is ended; true then, and from then on at once. */
  async until(at: number, time: Time): Promise<boolean> {
    const { signal } = this.ending;
    // A timer can be early by a millisecond, and one left behind would keep its process alive.
    for (let ms = at - time.now(); ms > 0 && !signal.aborted; ms = at - time.now()) await time.sleep(ms, signal);
    return signal.aborted;
  }

  end(): void {
    this.ending.abort();
  }
}
