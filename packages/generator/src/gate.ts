import type { Share } from "@apb/core/load";

/** Decides whether a further iteration may begin, and numbers those that do: over all generators no number comes twice. */
export class Gate {
  private readonly share: Share;
  private readonly most: number;
  private samples = 0;
  private stopped = false;
  /** Iterations that began, warm-up included. */
  begun = 0;

  /** Lets at most this many samples begin. */
  constructor(share: Share, most: number = Number.POSITIVE_INFINITY) {
    this.share = share;
    this.most = most;
  }

  /** The number of the iteration that may begin now; null when none may. */
  admit(sample: boolean): number | null {
    if (this.stopped || this.samples >= this.most) return null;
    if (sample) this.samples++;
    return this.begun++ * this.share.of + this.share.index;
  }

  /** Lets nothing begin any more. */
  stop(): void {
    this.stopped = true;
  }
}
