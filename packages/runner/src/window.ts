import { Recorder } from "@apb/core/recorder";

/** What is measured of a drive: opens after the warm-up, closes after its time or its number of iterations. */
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
  private readonly full: () => void;

  /** `full` is called once `most` samples have begun. */
  constructor(most: number, full: () => void) {
    this.most = most;
    this.full = full;
  }

  /** Whether another iteration may begin. */
  admit(): boolean {
    if (this.state === "closed" || this.samples >= this.most) return false;
    this.begun++;
    if (this.state === "open" && ++this.samples === this.most) this.full();
    return true;
  }
}
