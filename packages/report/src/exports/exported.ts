import { type CellId, caseLabel } from "@apb/core/cell";
import { type MetricKey, type ShownMetric, shownMetrics, titleOf } from "../metrics.ts";

/** What a run and an A/B have in common for the programs of others: what became of its parts, and numbers with names that stay the same. */
export interface Exported {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The commit that was measured, of an A/B the one that is judged; null where nobody knows. */
  readonly commit: string | null;
  readonly node: string;
  readonly cpuModel: string;
  /** What was measured and where, by name. */
  readonly facts: Readonly<Record<string, string>>;
  readonly outcomes: readonly Outcome[];
  readonly figures: readonly Figure[];
  /** Why numbers are missing among the figures, a sentence each. */
  readonly leftOut: readonly string[];
}

/** What became of one part: a row of a run, a judged metric of an A/B. */
export interface Outcome {
  /** Where it belongs, `a/b (sdk, wire)`; together with the name there is one of it. */
  readonly group: string;
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** One word for it, `threshold` or `worse`; empty where it passed. */
  readonly kind: string;
  /** What there is to say, a sentence each: why it failed or was skipped, and of what was judged what was found. */
  readonly reasons: readonly string[];
  /** How long it was measured; null where it has no time of its own. */
  readonly seconds: number | null;
  /** Its numbers as tables have them, with their units, by title. */
  readonly shown: Readonly<Record<string, string>>;
}

/** Whose a number is: everything that a cell is told apart by, which is the same in every run of it. */
export type Series = Pick<CellId, "binding" | "scenario" | "case" | "load"> &
  Partial<Pick<CellId, "server" | "client">>;

/** A number with its bounds. */
export interface Figure {
  readonly series: Series;
  readonly metric: ExportedMetric;
  /** Which side of an A/B it is, or its ratio B ÷ A; absent in a run. */
  readonly of?: "a" | "b" | "ratio";
  readonly value: number;
  /** Lowest and highest round, of a ratio its 95% interval; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** What else there is to say. */
  readonly remark: string;
}

/** A number that programs of others get. */
export interface ExportedMetric {
  readonly key: MetricKey;
  /** Its own, as in CSV: nothing is rounded and nothing scaled. */
  readonly unit: string;
  /** What OpenMetrics calls it, where units are seconds and bytes, and how many of our units one of its is. */
  readonly family: string;
  readonly per: number;
}

const ms = { unit: "ms", per: 1000 } as const;
const plain = { per: 1 } as const;

/** All of them, in the order of tables. */
export const exportedMetrics: readonly ExportedMetric[] = [
  { key: "meanMs", family: "response_mean_seconds", ...ms },
  { key: "p50Ms", family: "response_p50_seconds", ...ms },
  { key: "p99Ms", family: "response_p99_seconds", ...ms },
  { key: "operationsPerSecond", unit: "1/s", family: "operations_per_second", ...plain },
  { key: "firstEventP50Ms", family: "first_event_p50_seconds", ...ms },
  { key: "firstEventP99Ms", family: "first_event_p99_seconds", ...ms },
  { key: "eventGapP99Ms", family: "event_gap_p99_seconds", ...ms },
  { key: "goodput", unit: "1/s", family: "good_iterations_per_second", ...plain },
  { key: "errors", unit: "share", family: "failed_ratio", ...plain },
  { key: "wireBytesPerOperation", unit: "B/op", family: "wire_per_operation_bytes", ...plain },
  { key: "rssPeakBytes", unit: "B", family: "server_rss_peak_bytes", ...plain },
  { key: "cpuMsPerOperation", family: "server_cpu_per_operation_seconds", unit: "ms/op", per: 1000 },
  { key: "clientCpuMsPerOperation", family: "client_cpu_per_operation_seconds", unit: "ms/op", per: 1000 },
];

/** What is known of a metric by its stored key; undefined where this version has none of that name. */
export function shownMetric(key: string): ShownMetric | undefined {
  return shownMetrics.find((metric) => metric.key === key);
}

/** Its title on one line. */
export function metricTitle(key: string): string {
  const metric = shownMetric(key);
  return metric === undefined ? key : titleOf(metric);
}

/** A series' name, complete: who, what, and under which load. `a/b (sdk, wire) message-size sizeBytes=1024, 10 VUs`. */
export function seriesName(series: Series): string {
  return `${groupName(series)} ${placeName(series)}`;
}

/** Its first half: the binding, and who answers and asks. */
export function groupName({ binding, server, client }: Series): string {
  const kinds = [server, client].filter((kind) => kind !== undefined);
  return kinds.length === 0 ? binding : `${binding} (${kinds.join(", ")})`;
}

/** Its second half: scenario, case and load. */
export function placeName({ scenario, case: params, load }: Series): string {
  const label = caseLabel(params);
  return `${label === "" ? scenario : `${scenario} ${label}`}, ${load}`;
}
