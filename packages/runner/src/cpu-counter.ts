/**
 * Adds up the CPU time of parts (threads, processes) that come and go: a part that ended keeps its last value in the
 * sum, so the sum never falls. All in nanoseconds, as integers, so that sums are exact.
 */
export class CpuCounter {
  private living: ReadonlyMap<string, number> = new Map();
  private endedNs = 0;
  private unseenNs = 0;

  /**
   * The sum after a look at the parts that live, each with its time so far. `atLeastNs` is a coarser count of the
   * whole: what it knows beyond the parts is the time of such as ended between two looks, and is added.
   */
  total(parts: ReadonlyMap<string, number>, atLeastNs = 0): number {
    let livingNs = 0;
    for (const ns of parts.values()) livingNs += ns;
    for (const [id, ns] of this.living) {
      // A part with less than before is another one, which was given the number of one that ended.
      if ((parts.get(id) ?? -1) < ns) this.endedNs += ns;
    }
    this.living = new Map(parts);
    this.unseenNs = Math.max(this.unseenNs, atLeastNs - livingNs - this.endedNs);
    return livingNs + this.endedNs + this.unseenNs;
  }
}
