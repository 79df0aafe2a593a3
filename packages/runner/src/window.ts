import { Recorder } from "@apb/core/recorder";

/** A tenth of a window: what ended in it, and how long that took together. */
export interface Slice {
  completed: number;
  totalMs: number;
}

/** A time in which no iteration succeeded, in milliseconds after the window opened. */
export interface Silence {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Enough to see a window drift, few enough to hold something each. */
const sliceCount = 10;

/** What is measured of a drive: opens after the warm-up, closes after its time or when all its samples have ended. */
export class Window {
  readonly recorder = new Recorder();
  /** Iterations that begin while it is `open` are samples, however long they take. */
  state: "before" | "open" | "closed" = "before";
  /** The window in ten equal parts, by when an iteration ended. */
  readonly slices: readonly Slice[] = Array.from({ length: sliceCount }, () => ({ completed: 0, totalMs: 0 }));
  /** The longest there was, its opening and closing included. */
  silence: Silence = { fromMs: 0, untilMs: 0 };
  /** Iterations that ended while it was open, whenever they began: what throughput is made of. */
  completed = 0;
  /** Iterations that failed, warm-up included. */
  failed = 0;
  /** Arrivals that could not even be queued. */
  dropped = 0;
  /** All iterations that began, warm-up included. */
  begun = 0;
  private samples = 0;
  private openedAt = 0;
  private heardAt = 0;
  private silentMs = 0;
  private readonly most: number;
  private readonly sliceMs: number;

  /** Meant to be open for so long, for at most so many samples. */
  constructor(durationMs: number, most: number) {
    this.sliceMs = durationMs / sliceCount;
    this.most = most;
  }

  open(now: number): void {
    this.openedAt = now;
    this.heardAt = now;
    this.state = "open";
  }

  close(now: number): void {
    this.hear(now);
    this.state = "closed";
  }

  /** Counts an iteration that has succeeded. */
  complete(startedAt: number, endedAt: number): void {
    if (this.state !== "open") return;
    this.completed++;
    this.hear(endedAt);
    const slice = this.slices[Math.floor((endedAt - this.openedAt) / this.sliceMs)];
    if (slice === undefined) return;
    slice.completed++;
    slice.totalMs += endedAt - startedAt;
  }

  private hear(now: number): void {
    const silentMs = now - this.heardAt;
    if (silentMs > this.silentMs) {
      this.silentMs = silentMs;
      this.silence = { fromMs: this.heardAt - this.openedAt, untilMs: now - this.openedAt };
    }
    this.heardAt = now;
  }

  /** Whether no further iteration may begin. */
  get over(): boolean {
    return this.state === "closed" || this.samples >= this.most;
  }

  /** Counts an iteration that is about to begin; false when it may not. */
  admit(): boolean {
    if (this.over) return false;
    this.begun++;
    if (this.state === "open") this.samples++;
    return true;
  }
}
