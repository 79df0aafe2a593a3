import type { StreamFigures } from "@apb/core/goodput";
import { stallMs } from "@apb/core/stream-tally";

/** When the events of one stream arrived, and what that comes to. All times are of one clock, in milliseconds. */
export class StreamTimes {
  /** Between one event and the next. */
  readonly gapsMs: number[] = [];
  coalesced = 0;
  stalls = 0;
  private readonly dueAt: number;
  private readonly longestMs: number;
  private firstAt: number | null = null;
  private lastAt = 0;

  /** Of a stream that was due at a time, and has been asked for an event each so many milliseconds. */
  constructor(dueAt: number, intervalMs: number) {
    this.dueAt = dueAt;
    this.longestMs = stallMs(intervalMs);
  }

  /** An event arrived; those that were read from the socket together have one time. */
  arrive(at: number): void {
    if (this.firstAt === null) {
      this.firstAt = at;
      this.lastAt = at;
      return;
    }
    const gapMs = Math.max(0, at - this.lastAt);
    this.gapsMs.push(gapMs);
    if (gapMs === 0) this.coalesced++;
    if (gapMs > this.longestMs) this.stalls++;
    this.lastAt = Math.max(at, this.lastAt);
  }

  /** What a stream came to that ended at a time. */
  figures(endedAt: number): StreamFigures {
    const { firstAt, lastAt, dueAt, gapsMs } = this;
    const gaps = gapsMs.length;
    return {
      first_event: firstAt === null ? null : firstAt - dueAt,
      second_event: gapsMs[0] ?? null,
      event_gap: gaps === 0 ? null : gapsMs.reduce((longest, gapMs) => Math.max(longest, gapMs), 0),
      mean_gap: gaps === 0 || firstAt === null ? null : (lastAt - firstAt) / gaps,
      stream_duration: Math.max(endedAt, lastAt) - dueAt,
    };
  }

  /** From its last event to its end; null where it had none. */
  lagMs(endedAt: number): number | null {
    return this.firstAt === null ? null : Math.max(0, endedAt - this.lastAt);
  }
}
