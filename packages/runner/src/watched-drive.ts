import { asFailure, Failure } from "@apb/core/failure";
import type { Snapshot } from "@apb/core/snapshot";
import type { Driving } from "./generator.ts";
import { onEnd, serverEnded } from "./races.ts";
import type { Server } from "./server.ts";

/** A process that is well answers at once; this is for one that is not. */
export const answerMs = 5000;

/** What is in flight when a load is stopped before its time gets this long. */
const stopGraceMs = 1000;

/**
 * A drive and whatever may break it. Neither the server's end nor a timer is raced by a promise of its own for each
 * second: a promise that lives as long as the server would hold every second it was ever raced with.
 */
export class WatchedDrive implements Disposable {
  /** How the server ended, once it has. */
  serverFailure: Failure | null = null;
  private readonly driving: Driving;
  private readonly seconds: AsyncIterator<Snapshot>;
  private stopped = false;
  /** Why the generator could not be stopped, once it has said so. */
  private unstoppable: Failure | null = null;
  /** Ends the wait for the next second; null while nobody waits. */
  private fail: ((failure: Failure) => void) | null = null;
  private timer: NodeJS.Timeout | undefined;
  private readonly watch: Disposable;

  constructor(driving: Driving, server: Server) {
    this.driving = driving;
    this.seconds = driving.seconds[Symbol.asyncIterator]();
    this.watch = onEnd(server.ended, (how) => {
      this.serverFailure = serverEnded(how);
      this.fail?.(this.serverFailure);
    });
  }

  /**
   * The next second; null when all are told. Throws when it takes longer than this, what broke the drive or forbade to
   * stop it, and when the server ends.
   */
  next(longestMs: number): Promise<Snapshot | null> {
    return new Promise<Snapshot | null>((resolve, reject) => {
      this.fail = reject;
      const failure = this.serverFailure ?? this.unstoppable;
      if (failure !== null) reject(failure);
      this.expectWithin(this.stopped ? stopGraceMs + answerMs : longestMs);
      this.seconds.next().then((next) => resolve(next.done === true ? null : next.value), reject);
    }).finally(() => {
      clearTimeout(this.timer);
      this.fail = null;
    });
  }

  /** Ends the window now. What is in flight may finish for a second, and what is still to be told must not take much longer. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.driving.stop(stopGraceMs).catch((error: unknown) => {
      this.unstoppable = asFailure(error);
      this.fail?.(this.unstoppable);
    });
    if (this.fail !== null) this.expectWithin(stopGraceMs + answerMs);
  }

  /** Looks no longer whether the server ends: its promise would hold this drive, and all that it told, as long as the server runs. */
  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
  }

  private expectWithin(ms: number): void {
    clearTimeout(this.timer);
    const late = `expected the generator to tell the next second of the load within ${Math.round(ms / 1000)} s`;
    this.timer = setTimeout(() => this.fail?.(new Failure("timeout", late)), ms);
  }
}
