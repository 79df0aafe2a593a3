import type { Measured } from "@apb/core/cell";
import { type StreamResult, type StreamTimesKey, streamTimesKeys } from "@apb/core/stream-result";
import { median } from "@apb/stats/median";
import { type Recorded, timesOf } from "./fold-steps.ts";
import { pooled, quantity, ratio, sum } from "./quantity.ts";
import type { GoodputRow, LatencyQuantities, StreamsRow } from "./row.ts";

/** The streams of all steps over all rounds; null where nothing streams. Throws `protocol` when a stored histogram cannot be read. */
export function streamsOf(rounds: readonly Measured[]): StreamsRow | null {
  const each = rounds.map(({ steps }) => Object.values(steps).flatMap(({ streams }) => streams ?? []));
  const all = each.flat();
  if (all.length === 0) return null;
  const timesMs = Object.fromEntries(
    streamTimesKeys.map((key) => [key, timesOf(all.map(recorded(key)), missing[key])]),
  ) as Record<StreamTimesKey, LatencyQuantities>;
  const ended = sum(all.map((streams) => streams.ended));
  return {
    timesMs,
    gaps: sum(all.map(({ gaps }) => gaps)),
    eventsPerSecond: quantity(
      rounds.map(({ load }, n) => ratio(1000 * sum((each[n] ?? []).map((one) => one.events)), load.durationMs)),
      median,
      "the window had no length",
    ),
    coalesced: sum(all.map(({ coalesced }) => coalesced)),
    stalls: sum(all.map(({ stalls }) => stalls)),
    silentPerStream: pooled(ratio(sum(all.map(({ silent }) => silent)), ended), [], missing.duration),
  };
}

/** The good iterations of all rounds; null where streams had no limits. */
export function goodputOf(rounds: readonly Measured[]): GoodputRow | null {
  const each = rounds.flatMap(({ goodput }) => goodput ?? []);
  const [first] = each;
  if (first === undefined) return null;
  const share = ratio(sum(each.map(({ good }) => good)), sum(each.map(({ of }) => of)));
  const nothing = "no iteration with a stream ended";
  return {
    limits: first.limits,
    share: pooled(
      share,
      each.map((one) => one.share),
      nothing,
    ),
    perSecond: quantity(
      each.map(({ perSecond }) => perSecond),
      median,
      nothing,
    ),
  };
}

const missing: Readonly<Record<StreamTimesKey, string>> = {
  firstEvent: "no stream with an event succeeded",
  secondEvent: "no stream had two events",
  eventGap: "no stream had two events",
  meanGap: "no stream had two events",
  duration: "no stream was read to its end",
  endLag: "no stream was read to its end",
};

function recorded(key: StreamTimesKey): (streams: StreamResult) => Recorded {
  return (streams) => ({ histogram: streams.histograms[key], latency: streams[`${key}Ms`] });
}
