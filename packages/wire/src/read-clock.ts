import type { WireBytes } from "@apb/core/binding";
import { type Clock, monotonic } from "@apb/core/clock";

/**
 * Tells when what is being given out was read from a connection's sockets. What came in one read has one time, however
 * long it takes to give all of it out; a read is told from the next by the bytes that have come.
 */
export class ReadClock {
  private readonly wire: WireBytes;
  private readonly clock: Clock;
  private bytes = -1;
  private ms = Number.NaN;

  constructor(wire: WireBytes, clock: Clock = monotonic) {
    this.wire = wire;
    this.clock = clock;
  }

  /** Milliseconds on the process's monotonic clock. */
  now(): number {
    const { receivedBytes } = this.wire;
    if (receivedBytes !== this.bytes) {
      this.bytes = receivedBytes;
      this.ms = this.clock();
    }
    return this.ms;
  }
}
