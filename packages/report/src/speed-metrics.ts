import type { Latency } from "@apb/core/latency";

import { number, percent, whole } from "./format.ts";
import { type Facts, gatheredAs } from "./metric.ts";
import { pooled, type Quantity, ratio } from "./quantity.ts";
import { latencyOf, type MeasuredRow, serviceOf } from "./row.ts";

/**
 * Mean and median: waking the other process on loopback takes tens of microseconds or not, by where the scheduler put it.
 * That is all of a 0.05 ms reply, and none of the protocol's doing.
 */
const wakeUpMs = 0.05;
/** The 99th percentile: a pause of the garbage collector or a scheduling slice is in the slowest hundredth of one run and not of the next. */
const pauseMs = 0.5;
/** Failures: the share at which a verdict begins to call them a finding. */
const failureShare = 0.001;
/** A whole window's count averages single wake-ups out; below one a second a window holds too few. */
const leastPerSecond = 1;

/** How long iterations took, and how many there were. */
export const speedMetrics = {
  minMs: response("min", "min"),
  meanMs: response("mean", "mean", wakeUpMs),
  p50Ms: response("p50", "p50", wakeUpMs),
  p90Ms: response("p90", "p90"),
  p95Ms: response("p95", "p95"),
  p99Ms: response("p99", "p99", pauseMs),
  p999Ms: response("p999", "p99.9"),
  maxMs: response("max", "max"),
  serviceP50Ms: time("service", "service\np50", "service_p50_ms", (row) => serviceOf(row, "total", "p50")),
  serviceP99Ms: time("service", "service\np99", "service_p99_ms", (row) => serviceOf(row, "total", "p99")),
  waitP50Ms: time("response", "wait\np50", "wait_p50_ms", (row) => latencyOf(row, "wait", "p50")),
  waitP99Ms: time("response", "wait\np99", "wait_p99_ms", (row) => latencyOf(row, "wait", "p99")),
  connectP50Ms: time("response", "connect\np50", "connect_p50_ms", (row) => latencyOf(row, "connect", "p50")),
  connectP99Ms: time("response", "connect\np99", "connect_p99_ms", (row) => latencyOf(row, "connect", "p99")),
  operationsPerSecond: {
    ...gatheredAs("operations"),
    ...{ title: "RPS", unit: "1/s", from: "busy", floor: leastPerSecond, csv: "requests_per_s", spread: true },
    of: (row) => row.operationsPerSecond,
    format: number,
  },
  iterationsPerSecond: {
    ...gatheredAs("iterations"),
    ...{ title: "iterations", unit: "1/s", from: "busy", floor: null, csv: "iterations_per_s", spread: true },
    of: (row) => row.iterationsPerSecond,
    format: number,
  },
} as const satisfies Readonly<Record<string, Facts>>;

/** What did not succeed. */
export const failureMetrics = {
  errors: {
    ...gatheredAs("failed"),
    ...{ title: "errors", unit: "%", from: "busy", floor: failureShare, csv: "error_share" },
    of: (row) => row.errors,
    format: percent,
  },
  dropped: counted("dropped", ({ dropped }) => dropped),
  interrupted: counted("interrupted", ({ interrupted }) => interrupted),
  held: {
    ...{ title: "held", unit: "", better: "more", aspect: "failures", from: "busy", floor: null },
    ...{ csv: "connections_held", of: (row) => exactly(row.connections.held), format: whole },
  },
  notHeld: {
    ...{ title: "refused", unit: "", better: "less", aspect: "failures", from: "busy", floor: null },
    csv: "connections_refused",
    of: ({ connections: { asked, held } }) => exactly(asked - held),
    format: whole,
  },
  refused: {
    ...{ title: "refused", unit: "%", better: "less", aspect: "failures", from: "busy", floor: failureShare },
    ...{ csv: "connections_refused_share", of: ({ connections }) => refusedShare(connections), format: percent },
  },
} as const satisfies Readonly<Record<string, Facts>>;

function time(gathered: string, title: string, csv: string, of: Facts["of"], floor: number | null = null): Facts {
  return { ...gatheredAs(gathered), title, from: "roundTrip", floor, csv, of, format: number };
}

function response(key: keyof Latency, title: string, floor: number | null = null): Facts {
  return time("response", title, `total_${key}_ms`, (row) => latencyOf(row, "total", key), floor);
}

/** A count of all rounds together. */
function counted(key: string, of: (row: MeasuredRow) => number): Facts {
  const facts = { title: key, from: "busy", floor: null, csv: key, format: whole } as const;
  return { ...gatheredAs(key), ...facts, of: (row) => exactly(of(row)) };
}

function exactly(value: number): Quantity {
  return pooled(value, [], "");
}

function refusedShare({ asked, held }: MeasuredRow["connections"]): Quantity {
  return pooled(ratio(asked - held, asked), [], "no connection was asked for");
}
