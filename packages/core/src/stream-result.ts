import type { Latency } from "./latency.ts";

/** What was streamed in a step over a window. Times are those at which bytes were read from the socket. */
export interface StreamResult {
  /** From when a stream was due to its first event. Each is null where nothing was recorded. */
  readonly firstEventMs: Latency | null;
  /** From a stream's first event to its second. */
  readonly secondEventMs: Latency | null;
  /** Between events, of all streams together. */
  readonly eventGapMs: Latency | null;
  /** The mean gap of each stream. */
  readonly meanGapMs: Latency | null;
  /** From when a stream was due to its end, and from its last event to there. */
  readonly durationMs: Latency | null;
  readonly endLagMs: Latency | null;
  /** HdrHistograms of these, as a step's. */
  readonly histograms: Readonly<Record<StreamTimesKey, string>>;
  /** Streams that were read to their end. */
  readonly ended: number;
  /** Events that came in the window. */
  readonly events: number;
  /** Gaps between events of streams that succeeded: all, those of events in one read, and those that were stalls. */
  readonly gaps: number;
  readonly coalesced: number;
  readonly stalls: number;
  /** Events without a message, of streams that were read to their end. */
  readonly silent: number;
}

/** The times of a {@link StreamResult}. */
export const streamTimesKeys = ["firstEvent", "secondEvent", "eventGap", "meanGap", "duration", "endLag"] as const;

/** One of {@link streamTimesKeys}. */
export type StreamTimesKey = (typeof streamTimesKeys)[number];
