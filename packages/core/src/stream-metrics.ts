import { attemptsOf } from "./cell.ts";
import { type GoodputCounts, streamAliases } from "./goodput.ts";
import type { Histogram } from "./histogram.ts";
import { StreamTotals } from "./stream-totals.ts";
import type { Gathered, MetricType } from "./threshold.ts";
import type { Totals } from "./totals.ts";
import { trend } from "./trend.ts";

/** Of which step's streams, absent for all together, and of which workload's. */
interface Where {
  readonly step?: string;
  readonly workload?: string;
}

/** What the registry wants of a metric, of those that there are here. */
interface StreamMetric {
  readonly key: string;
  readonly type: MetricType;
  readonly unit: "ms" | "";
  readonly better: "less" | "more";
  readonly aspect: "speed" | "failures";
  readonly aliases: readonly string[];
  readonly tags: readonly (keyof Where)[];
  gather(seen: { readonly totals: Totals }, where: Where): Gathered;
}

/** The streams of one step or of all together; null where none streams. */
export function streamsIn(totals: Totals, { step, workload }: Where): StreamTotals | null {
  const names = step === undefined ? totals.stepNames(workload) : [step];
  const found = names.flatMap((name) => totals.step(name, workload)?.streams ?? []);
  const [first, ...others] = found;
  if (first === undefined || others.length === 0) return first ?? null;
  const together = new StreamTotals();
  for (const one of found) together.add(one.tally());
  return together;
}

/** The good iterations among all that were due, failed and dropped ones too; null where streams have no limits. */
export function goodputIn(totals: Totals, workload?: string): GoodputCounts | null {
  const { goodput, dropped } = totals.counts(workload);
  if (goodput === undefined) return null;
  const { failed } = attemptsOf(totals.step("total", workload)?.counts(), dropped);
  return { ...goodput, of: goodput.of + failed };
}

/** What is known of streams. */
export const streamMetrics: readonly StreamMetric[] = [
  times("first_event", streamAliases.first_event, ({ firstEvent }) => firstEvent),
  times("second_event", streamAliases.second_event, ({ secondEvent }) => secondEvent),
  times("event_gap", streamAliases.event_gap, ({ eventGap }) => eventGap),
  times("mean_gap", streamAliases.mean_gap, ({ meanGap }) => meanGap),
  times("stream_duration", streamAliases.stream_duration, ({ duration }) => duration),
  times("end_lag", [], ({ endLag }) => endLag),
  {
    ...{ key: "events_per_second", type: "gauge", unit: "", better: "more", aspect: "speed", aliases: [] },
    tags: ["step", "workload"],
    gather: ({ totals }, where) => rate(streamsIn(totals, where)?.events, totals),
  },
  count("coalesced", ({ coalesced }) => coalesced),
  count("stalls", ({ stalls }) => stalls),
  count("silent_events", ({ silent }) => silent),
  {
    ...{ key: "goodput", type: "gauge", unit: "", better: "more", aspect: "speed", aliases: [], tags: ["workload"] },
    gather: ({ totals }, { workload }) => rate(goodputIn(totals, workload)?.inWindow, totals),
  },
  {
    ...{ key: "good_fraction", type: "rate", unit: "", better: "more", aspect: "failures" },
    ...{ aliases: ["good_request_fraction"], tags: ["workload"] },
    gather({ totals }, { workload }) {
      const { good, of } = goodputIn(totals, workload) ?? { good: 0, of: 0 };
      return { type: "rate", hits: good, of };
    },
  },
];

function times(key: string, aliases: readonly string[], of: (streams: StreamTotals) => Histogram): StreamMetric {
  return {
    ...{ key, type: "trend", unit: "ms", better: "less", aspect: "speed", aliases, tags: ["step", "workload"] },
    gather({ totals }, where) {
      const streams = streamsIn(totals, where);
      return trend(streams === null ? null : of(streams));
    },
  };
}

function count(key: string, of: (streams: StreamTotals) => number): StreamMetric {
  return {
    ...{ key, type: "counter", unit: "", better: "less", aspect: "speed", aliases: [], tags: ["step", "workload"] },
    gather({ totals }, where) {
      const streams = streamsIn(totals, where);
      return { type: "counter", count: streams === null ? 0 : of(streams), seconds: totals.windowMs / 1000 };
    },
  };
}

function rate(times: number | undefined, { windowMs }: Totals): Gathered {
  return { type: "gauge", value: times === undefined || windowMs === 0 ? null : (1000 * times) / windowMs };
}
