import type { Latency } from "@apb/core/latency";

import type { StreamTimesKey } from "@apb/core/stream-result";
import { number, percent, whole } from "./format.ts";
import { type Facts, gatheredAs } from "./metric.ts";
import { absent, pooled, type Quantity, ratio } from "./quantity.ts";
import type { MeasuredRow } from "./row.ts";

const noStreams = absent("it does not stream");
const noLimits = absent("nobody said what a good stream is (--goodput)");

/** How events came. */
export const streamMetrics = {
  firstEventP50Ms: time("first_event", "first\nevent p50", "first_event_p50_ms", "firstEvent", "p50"),
  firstEventP99Ms: time("first_event", "first\nevent p99", "first_event_p99_ms", "firstEvent", "p99"),
  secondEventP50Ms: time("second_event", "second\nevent p50", "second_event_p50_ms", "secondEvent", "p50"),
  secondEventP99Ms: time("second_event", "second\nevent p99", "second_event_p99_ms", "secondEvent", "p99"),
  eventGapP50Ms: time("event_gap", "gap\np50", "event_gap_p50_ms", "eventGap", "p50"),
  eventGapP99Ms: time("event_gap", "gap\np99", "event_gap_p99_ms", "eventGap", "p99"),
  longestGapMs: time("event_gap", "longest\ngap", "longest_gap_ms", "eventGap", "max"),
  meanGapP50Ms: time("mean_gap", "mean gap\np50", "mean_gap_p50_ms", "meanGap", "p50"),
  meanGapP99Ms: time("mean_gap", "mean gap\np99", "mean_gap_p99_ms", "meanGap", "p99"),
  streamP50Ms: time("stream_duration", "stream\np50", "stream_duration_p50_ms", "duration", "p50"),
  streamP99Ms: time("stream_duration", "stream\np99", "stream_duration_p99_ms", "duration", "p99"),
  endLagP50Ms: time("end_lag", "end lag\np50", "end_lag_p50_ms", "endLag", "p50"),
  endLagP99Ms: time("end_lag", "end lag\np99", "end_lag_p99_ms", "endLag", "p99"),
  eventsPerSecond: {
    ...gatheredAs("events_per_second"),
    ...{ title: "events", unit: "1/s", from: "busy", floor: null, csv: "events_per_s", spread: true, format: number },
    of: ({ streams }) => streams?.eventsPerSecond ?? noStreams,
  },
  coalesced: {
    ...gatheredAs("coalesced"),
    ...{ title: "coalesced", unit: "%", from: "roundTrip", floor: null, csv: "coalesced_share", format: percent },
    of: coalescedShare,
  },
  stalls: {
    ...gatheredAs("stalls"),
    ...{ title: "stalls", unit: "", from: "roundTrip", floor: null, csv: "stalls", format: whole },
    of: ({ streams }) => (streams === null ? noStreams : pooled(streams.stalls, [], "")),
  },
  silentEvents: {
    ...gatheredAs("silent_events"),
    ...{ title: "silent\nevents", unit: "/stream", from: "roundTrip", floor: null, csv: "silent_events_per_stream" },
    ...{ better: null, format: number },
    of: ({ streams }) => streams?.silentPerStream ?? noStreams,
  },
  goodput: {
    ...gatheredAs("goodput"),
    ...{ title: "goodput", unit: "1/s", from: "busy", floor: null, csv: "goodput_per_s", format: number },
    of: ({ goodput }) => goodput?.perSecond ?? noLimits,
  },
  goodShare: {
    ...gatheredAs("good_fraction"),
    ...{ title: "good", unit: "%", from: "busy", floor: null, csv: "good_share", format: percent },
    of: ({ goodput }) => goodput?.share ?? noLimits,
  },
} as const satisfies Readonly<Record<string, Facts>>;

function time(gathered: string, title: string, csv: string, times: StreamTimesKey, key: keyof Latency): Facts {
  return {
    ...gatheredAs(gathered),
    ...{ title, from: "roundTrip", floor: null, csv, format: number },
    of: ({ streams }) => streams?.timesMs[times][key] ?? noStreams,
  };
}

/** Of the events that could have come apart: all but the first of each stream. */
function coalescedShare({ streams }: MeasuredRow): Quantity {
  if (streams === null) return noStreams;
  return pooled(ratio(streams.coalesced, streams.gaps), [], "no stream had two events");
}
