import type { GoodputCounts } from "@apb/core/goodput";

/** Counts a second's iterations with streams that succeeded, and those whose streams were all good. */
export class GoodputMeter {
  private counts = { of: 0, good: 0, inWindow: 0 };

  /** One has succeeded. What is done in a second is counted like iterations: one that began before the window, too. */
  judge(good: boolean, sample: boolean): void {
    if (good) this.counts.inWindow++;
    if (!sample) return;
    this.counts.of++;
    if (good) this.counts.good++;
  }

  /** What was counted since. */
  take(): GoodputCounts {
    const { counts } = this;
    this.counts = { of: 0, good: 0, inWindow: 0 };
    return counts;
  }
}
