import { Recorder } from "@apb/core/recorder";

/** What is measured of a drive: opens after the warm-up, closes after its time or when all its samples have ended. */
export class Window {
  readonly recorder = new Recorder();
  /** Iterations that begin while it is `open` are samples, however long they take. */
  state: "before" | "open" | "closed" = "before";
  /** Iterations that ended while it was open, whenever they began: what throughput is made of. */
  completed = 0;
  /** Arrivals that could not even be queued. */
  dropped = 0;
  /** All iterations that began, warm-up included. */
  begun = 0;
  private samples = 0;
  private readonly most: number;

  /** At most so many samples. */
  constructor(most: number) {
    this.most = most;
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
