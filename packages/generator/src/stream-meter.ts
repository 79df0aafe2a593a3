import type { StreamEnd } from "@apb/core/binding";
import type { StreamFigures } from "@apb/core/goodput";
import { Histogram } from "@apb/core/histogram";
import type { StreamTally } from "@apb/core/stream-tally";
import type { StreamTimes } from "./stream-times.ts";

/** The streams of one step since they were last taken. */
export class StreamMeter {
  private readonly firstEvent = new Histogram();
  private readonly secondEvent = new Histogram();
  private readonly eventGap = new Histogram();
  private readonly meanGap = new Histogram();
  private readonly duration = new Histogram();
  private readonly endLag = new Histogram();
  /** Events that came, whatever becomes of their streams. */
  events = 0;
  private coalesced = 0;
  private stalls = 0;
  private silent = 0;

  /** A stream has ended well, like this; or it was left by its reader, who has then no end of it: null. */
  succeed(times: StreamTimes, figures: StreamFigures, end: StreamEnd | null): void {
    record(this.firstEvent, figures.first_event);
    record(this.meanGap, figures.mean_gap);
    record(this.secondEvent, figures.second_event);
    for (const gapMs of times.gapsMs) this.eventGap.record(gapMs);
    this.coalesced += times.coalesced;
    this.stalls += times.stalls;
    if (end === null) return;
    this.silent += end.silent;
    record(this.duration, figures.stream_duration);
    record(this.endLag, times.lagMs(end.atMs));
  }

  /** What has been recorded since this was last called. */
  take(): StreamTally {
    const { events, coalesced, stalls, silent } = this;
    this.events = 0;
    this.coalesced = 0;
    this.stalls = 0;
    this.silent = 0;
    return {
      firstEvent: this.firstEvent.take(),
      secondEvent: this.secondEvent.take(),
      eventGap: this.eventGap.take(),
      meanGap: this.meanGap.take(),
      duration: this.duration.take(),
      endLag: this.endLag.take(),
      ...{ events, coalesced, stalls, silent },
    };
  }
}

function record(histogram: Histogram, ms: number | null): void {
  if (ms !== null) histogram.record(ms);
}
