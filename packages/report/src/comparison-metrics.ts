import { change, mib, number, percent } from "./format.ts";
import { pooled, type Quantity, ratio } from "./quantity.ts";
import { latencyOf, type MeasuredRow } from "./rows.ts";

/** What a metric says something about; a finding spoils metrics by these. */
export type Aspect = "speed" | "cost" | "failures";

/** One number that two runs are compared by. */
export interface Metric {
  readonly key:
    | "meanMs"
    | "p50Ms"
    | "p99Ms"
    | "operationsPerSecond"
    | "errors"
    | "refused"
    | "rssPeakBytes"
    | "cpuMsPerOperation";
  /** Its lines apart by a line end. */
  readonly title: string;
  readonly unit: string;
  readonly aspect: Aspect;
  /** Which direction is a loss. */
  readonly worse: "up" | "down";
  /** A difference up to this, in the metric's own unit, is noise whatever its percentage. */
  readonly floor: number;
  readonly of: (row: MeasuredRow) => Quantity;
  readonly format: (value: number) => string;
}

/**
 * What a finding leaves standing: the one place for it. Only what is named here is still judged; any other finding says
 * that counts or clocks are wrong, and spoils the whole row.
 *
 * - `near-ceiling` says whose limit is near. The number is what this client and that server do together, before and after.
 * - `deviates` is about calls that are not measured.
 * - `nagle` explains a number and does not doubt it: a delay that appears is a loss like any other.
 * - `client-limited`, `late-starts`, `stalled` and `unsteady` are about when replies came. Memory, CPU time per operation and failures are counted
 *   in the server or by the reply, however late it is.
 * - `errors` means that fewer operations or connections did the work than were asked for: only the failures compare.
 */
const spoilt: Readonly<Record<string, readonly Aspect[]>> = {
  "near-ceiling": [],
  deviates: [],
  nagle: [],
  "client-limited": ["speed"],
  "late-starts": ["speed"],
  stalled: ["speed"],
  unsteady: ["speed"],
  errors: ["speed", "cost"],
};

/** The kinds of a row's findings that forbid to judge a metric. */
export function doubtsAbout(metric: Metric, row: MeasuredRow): readonly string[] {
  return row.findings
    .map(({ kind }) => kind)
    .filter((kind) => (spoilt[kind] ?? [metric.aspect]).includes(metric.aspect));
}

/**
 * Mean and median: waking the other process on loopback takes tens of microseconds or not, by where the scheduler put it.
 * That is all of a 0.05 ms reply, and none of the protocol's doing.
 */
const wakeUpMs = 0.05;
/** The 99th percentile: one pause of the garbage collector or one scheduling slice falls into it, or just beside it. */
const pauseMs = 0.5;
/** Memory: the young generation of a V8 heap is grown and emptied in steps of this size, whenever its collector sees fit. */
const heapStepBytes = 8 * 1024 * 1024;
/** CPU time: the kernel's accounting can tick every 10 ms; over a thousand operations, a short window, that is this much each. */
const tickMs = 0.01;
/** Failures: the share at which a verdict begins to call them a finding. */
const failureShare = 0.001;

/** All metrics, in the order tables show them. */
export const metrics: readonly Metric[] = [
  speed("meanMs", "mean", wakeUpMs, (row) => latencyOf(row, "total", "mean")),
  speed("p50Ms", "p50", wakeUpMs, (row) => latencyOf(row, "total", "p50")),
  speed("p99Ms", "p99", pauseMs, (row) => latencyOf(row, "total", "p99")),
  {
    key: "operationsPerSecond",
    title: "RPS",
    unit: "1/s",
    aspect: "speed",
    worse: "down",
    // Counted over a whole window, so that single wake-ups average out; below one a second a window holds too few.
    floor: 1,
    of: (row) => row.operationsPerSecond,
    format: number,
  },
  {
    key: "errors",
    title: "errors",
    unit: "%",
    aspect: "failures",
    worse: "up",
    floor: failureShare,
    of: errorsOf,
    format: percent,
  },
  {
    key: "refused",
    title: "refused",
    unit: "%",
    aspect: "failures",
    worse: "up",
    floor: failureShare,
    of: ({ connections: { asked, held } }) => pooled(ratio(asked - held, asked), [], "no connection was asked for"),
    format: percent,
  },
  {
    key: "rssPeakBytes",
    title: "memory",
    unit: "MiB",
    aspect: "cost",
    worse: "up",
    floor: heapStepBytes,
    of: (row) => row.server.rssPeakBytes,
    format: mib,
  },
  {
    key: "cpuMsPerOperation",
    title: "server\nCPU",
    unit: "ms/op",
    aspect: "cost",
    worse: "up",
    floor: tickMs,
    of: (row) => row.server.cpuMsPerOperation,
    format: number,
  },
];

function speed(key: Metric["key"], title: string, floor: number, of: Metric["of"]): Metric {
  return { key, title, unit: "ms", aspect: "speed", worse: "up", floor, of, format: number };
}

/** Failed iterations, and arrivals that were dropped, as a share of all that were due. */
function errorsOf({ steps, dropped }: MeasuredRow): Quantity {
  const failed = Object.values(steps.total?.failures ?? {}).reduce((sum, times) => sum + times, dropped);
  const due = (steps.total?.count ?? 0) + failed;
  return pooled(ratio(failed, due), steps.total?.errorRate.rounds ?? [], "no iteration ended in the window");
}

/** `p99 1.20 → 2.40 ms (+100%)`. */
export function changeText(
  { title, format, unit }: Metric,
  baseline: number,
  candidate: number,
  by: number | null,
): string {
  return `${title.replaceAll("\n", " ")} ${format(baseline)} → ${format(candidate)} ${unit}${by === null ? "" : ` (${change(by)})`}`;
}
