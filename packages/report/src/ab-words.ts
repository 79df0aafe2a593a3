import type { ABMetric } from "@apb/core/ab";
import { number, percent, times } from "./format.ts";
import { type MetricKey, metricOf } from "./metrics.ts";

/** How a metric is spoken of: its name, and what B does where it has more of it, and less. */
interface Words {
  readonly name: string;
  readonly more: string;
  readonly less: string;
}

const words: Readonly<Partial<Record<MetricKey, Words>>> = {
  cpuMsPerOperation: {
    name: "CPU per call",
    more: "B needs {} more CPU per call than A",
    less: "B needs {} less CPU per call than A",
  },
  clientCpuMsPerOperation: {
    name: "the client's CPU per call",
    more: "B's client needs {} more CPU per call than A's",
    less: "B's client needs {} less CPU per call than A's",
  },
  operationsPerSecond: {
    name: "RPS",
    more: "B answers {} more calls a second than A",
    less: "B answers {} fewer calls a second than A",
  },
  p50Ms: {
    name: "median latency",
    more: "B's median latency is {} above A's",
    less: "B's median latency is {} below A's",
  },
};

type Told = Omit<ABMetric, "sentence">;

/** What a person can act on: the difference with its interval, or what size of one would have been seen. */
export function abSentence(metric: Told): string {
  if (metric.metric === "errors") return sharesSentence(metric);
  const { ratio, low, high, reason, verdict } = metric;
  const { name, more, less } = wordsOf(metric.metric);
  if (ratio === null || low === null || high === null) return `${name}: not judged (${reason})`;
  const between = `${ratio >= 2 ? `${times(ratio)}; ` : ""}95%: ${bounds(low, high)}`;
  const difference = `${(ratio >= 1 ? more : less).replace("{}", sizeOf(ratio))} (${between})`;
  if (verdict === "worse" || verdict === "better") return difference;
  if (verdict === "not judged") return `${difference}; shown, not judged${reason === null ? "" : `: ${reason}`}`;
  const floor = `±${percent(metric.floor)}%`;
  if (low > 1 || high < 1)
    return `${name}: no difference shown; ${difference}, ${metric.p !== null && metric.p > 0.05 ? "which is not beyond chance with so many metrics" : `which is no more than equal servers may differ by here (${floor})`}`;
  return `${name}: no difference shown; one of more than ±${percent(metric.detectable ?? Number.NaN)}% would have been`;
}

/** What a metric is called in a sentence. */
export function nameOf(key: string): string {
  return wordsOf(key).name;
}

function wordsOf(key: string): Words {
  const known = words[key as MetricKey];
  if (known !== undefined) return known;
  const name = metricOf(key as MetricKey).title.replaceAll("\n", " ");
  return { name, more: `B's ${name} is {} above A's`, less: `B's ${name} is {} below A's` };
}

function sizeOf(ratio: number): string {
  return `${percent(Math.abs(ratio - 1))}%`;
}

function bounds(low: number, high: number): string {
  if (low >= 2) return `${times(low)} to ${times(high)}`;
  const signed = (ratio: number): string => number(100 * (ratio - 1));
  if (low > 1) return `${signed(low)} to ${signed(high)}%`;
  if (high < 1) return `${number(100 * (1 - high))} to ${number(100 * (1 - low))}%`;
  return `${signed(low)} to ${signed(high)}%`;
}

function sharesSentence({ a, b, verdict }: Told): string {
  if (a === null || b === null) return "failures: not judged (a side has no numbers)";
  if (verdict === "no difference shown") return `failures: ${percent(b)}% of B's calls, ${percent(a)}% of A's`;
  return `failures: ${percent(b)}% of B's calls, ${percent(a)}% of A's: B is ${verdict}`;
}
