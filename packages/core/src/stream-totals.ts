import type {} from "./cell.ts";
import { Histogram } from "./histogram.ts";
import type { StreamResult } from "./stream-result.ts";
import type { StreamTally } from "./stream-tally.ts";

/** All streams of a step so far. */
export class StreamTotals {
  readonly firstEvent = new Histogram();
  readonly secondEvent = new Histogram();
  readonly eventGap = new Histogram();
  readonly meanGap = new Histogram();
  readonly duration = new Histogram();
  readonly endLag = new Histogram();
  events = 0;
  coalesced = 0;
  stalls = 0;
  silent = 0;

  add(tally: StreamTally): void {
    this.firstEvent.add(tally.firstEvent);
    this.secondEvent.add(tally.secondEvent);
    this.eventGap.add(tally.eventGap);
    this.meanGap.add(tally.meanGap);
    this.duration.add(tally.duration);
    this.endLag.add(tally.endLag);
    this.events += tally.events;
    this.coalesced += tally.coalesced;
    this.stalls += tally.stalls;
    this.silent += tally.silent;
  }

  /** As data. */
  tally(): StreamTally {
    const { firstEvent, secondEvent, eventGap, meanGap, duration, endLag } = this;
    const { events, coalesced, stalls, silent } = this;
    return {
      firstEvent: firstEvent.times(),
      secondEvent: secondEvent.times(),
      eventGap: eventGap.times(),
      meanGap: meanGap.times(),
      duration: duration.times(),
      endLag: endLag.times(),
      ...{ events, coalesced, stalls, silent },
    };
  }

  result(): StreamResult {
    const { firstEvent, secondEvent, eventGap, meanGap, duration, endLag } = this;
    const { events, coalesced, stalls, silent } = this;
    return {
      firstEventMs: firstEvent.latency(),
      secondEventMs: secondEvent.latency(),
      eventGapMs: eventGap.latency(),
      meanGapMs: meanGap.latency(),
      durationMs: duration.latency(),
      endLagMs: endLag.latency(),
      histograms: {
        firstEvent: firstEvent.encode(),
        secondEvent: secondEvent.encode(),
        eventGap: eventGap.encode(),
        meanGap: meanGap.encode(),
        duration: duration.encode(),
        endLag: endLag.encode(),
      },
      ended: duration.count,
      ...{ events, gaps: eventGap.count, coalesced, stalls, silent },
    };
  }
}
