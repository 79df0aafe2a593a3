import { mergeTimes, noTimes, type Times } from "./histogram.ts";

/**
 * The streams of one step that ended well in a second, and the events that came in it. Times are those at which bytes
 * were read from the socket; an event is a message of the agent's, not a token of a model's.
 */
export interface StreamTally {
  /** From when a stream was due to its first event. */
  readonly firstEvent: Times;
  /** From a stream's first event to its second. */
  readonly secondEvent: Times;
  /** Between one event and the next, of all streams together; 0 where both came in one read. */
  readonly eventGap: Times;
  /** The mean gap of each stream that had two events or more. */
  readonly meanGap: Times;
  /** From when a stream was due to its end. */
  readonly duration: Times;
  /** From a stream's last event to its end. */
  readonly endLag: Times;
  /** Events that came in this second, those of streams that have not ended or failed among them. */
  readonly events: number;
  /** Events that came in the same read as the one before: somebody on the way has kept it back. */
  readonly coalesced: number;
  /** Gaps longer than {@link stallMs}. */
  readonly stalls: number;
  /** Events that brought no message, of streams that were read to their end: of a task's state, to keep a connection alive. */
  readonly silent: number;
}

/** No streams. */
export const noStreams: StreamTally = {
  firstEvent: noTimes,
  secondEvent: noTimes,
  eventGap: noTimes,
  meanGap: noTimes,
  duration: noTimes,
  endLag: noTimes,
  events: 0,
  coalesced: 0,
  stalls: 0,
  silent: 0,
};

/** The streams of both. Pure, exact, associative and commutative. */
export function mergeStreams(a: StreamTally, b: StreamTally): StreamTally {
  return {
    firstEvent: mergeTimes(a.firstEvent, b.firstEvent),
    secondEvent: mergeTimes(a.secondEvent, b.secondEvent),
    eventGap: mergeTimes(a.eventGap, b.eventGap),
    meanGap: mergeTimes(a.meanGap, b.meanGap),
    duration: mergeTimes(a.duration, b.duration),
    endLag: mergeTimes(a.endLag, b.endLag),
    events: a.events + b.events,
    coalesced: a.coalesced + b.coalesced,
    stalls: a.stalls + b.stalls,
    silent: a.silent + b.silent,
  };
}

/** Those of one that has streams, or of both; undefined where neither has. */
export function mergeAnyStreams(a: StreamTally | undefined, b: StreamTally | undefined): StreamTally | undefined {
  return a === undefined || b === undefined ? (a ?? b) : mergeStreams(a, b);
}

/** A gap that is longer is a stall: a tenth of a second, or five times the pace that was asked for. */
export function stallMs(intervalMs: number): number {
  return Math.max(100, 5 * intervalMs);
}
