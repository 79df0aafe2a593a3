import {
  type CellId,
  caseLabel,
  type FindingKind,
  type GeneratorUsage,
  type LoadFacts,
  type Measured,
  type MeasuredLoad,
  type OpenedResult,
  type OwnResult,
  type ServerUsage,
} from "@apb/core/cell";
import type { FailureKind } from "@apb/core/failure";
import type { Latency } from "@apb/core/latency";
import type { SaidByKind } from "@apb/core/said";
import type { StreamTimesKey } from "@apb/core/stream-result";
import { absent, type Quantity } from "./quantity.ts";

/** What one row is about: a cell without its round. */
export type RowCell = Omit<CellId, "round">;

/** A finding of the verdicts, and in how many of the row's rounds it was made; message and hint are the first round's. */
export interface RowFinding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly hint: string;
  readonly rounds: number;
}

/** Times in milliseconds, from the rounds' merged histograms. */
export type LatencyQuantities = Readonly<Record<keyof Latency, Quantity>>;

/** One timed step over all rounds. */
export interface StepRow {
  readonly count: number;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** What the first failure of each kind said, in the first round that has one. */
  readonly said: SaidByKind;
  /** Response times: from when it was due. */
  readonly latencyMs: LatencyQuantities;
  /** Service times: from when it was begun. */
  readonly serviceMs: LatencyQuantities;
}

/** One of a workload's several tasks over all rounds: its whole iterations. */
export interface TaskRow extends StepRow {
  readonly workload: string;
  readonly task: string;
  /** 0 to 1: of its workload's iterations, by its weight, and as they ended, however. */
  readonly targetShare: number;
  readonly attainedShare: Quantity;
  readonly interrupted: number;
  readonly iterationsPerSecond: Quantity;
  readonly operationsPerSecond: Quantity;
  /** 0 to 1. */
  readonly failed: Quantity;
}

/** What was streamed over all rounds, in all steps together. */
export interface StreamsRow {
  readonly timesMs: Readonly<Record<StreamTimesKey, LatencyQuantities>>;
  readonly eventsPerSecond: Quantity;
  /** Gaps between events: all, those of events in one read, and those that were stalls. */
  readonly gaps: number;
  readonly coalesced: number;
  readonly stalls: number;
  /** Events without a message, of each stream that was read to its end. */
  readonly silentPerStream: Quantity;
}

/** How many iterations kept the limits of their streams. */
export interface GoodputRow {
  readonly limits: string;
  /** Of all that were due, failed and dropped ones too; all rounds together. */
  readonly share: Quantity;
  readonly perSecond: Quantity;
}

type ServerKey = Exclude<keyof ServerUsage, "rssGrowth">;
type DerivedServerKey = "rssPerConnectionBytes" | "rssGrowthBytesPerSecond" | "rssGrowthBytesPerOperation";

/** A row with numbers. Medians over the rounds unless said otherwise. */
export interface MeasuredRow {
  readonly status: "measured";
  readonly cell: RowCell;
  /** Measured rounds. */
  readonly rounds: number;
  /** Rounds of the same cell that have no numbers. */
  readonly unmeasured: readonly { readonly round: number; readonly status: string; readonly reason: string }[];
  /** Of the first round. */
  readonly load: MeasuredLoad;
  /** The worst round's: most asked for, fewest held. Failures are added up. */
  readonly connections: Measured["connections"];
  readonly steps: Readonly<Record<string, StepRow>>;
  readonly iterationsPerSecond: Quantity;
  readonly operationsPerSecond: Quantity;
  /** What failed or was dropped, and all that was due, in iterations of all rounds together. */
  readonly attempts: { readonly failed: number; readonly due: number };
  /** The same as a share, 0 to 1. */
  readonly errors: Quantity;
  /** All rounds together, as is what was interrupted and what checks said. */
  readonly dropped: number;
  readonly interrupted: number;
  readonly checks: Measured["checks"];
  /** The scenario's own: trends of all rounds together, counters added up, of gauges the last round's value. */
  readonly metrics: Readonly<Record<string, OwnResult>>;
  /** Those of workloads that have several. */
  readonly tasks: readonly TaskRow[];
  /** Null where nothing streams. */
  readonly streams: StreamsRow | null;
  /** Null where nobody asked. */
  readonly goodput: GoodputRow | null;
  /** Null where iterations open no sessions. */
  readonly opened: Readonly<Record<keyof OpenedResult, Quantity>> | null;
  /** Sent and received per operation, all rounds together. */
  readonly wireBytesPerOperation: Quantity;
  /** What the wire carries beyond the bodies of request and reply, per operation; all rounds together. */
  readonly wireAddedBytesPerOperation: Quantity;
  /** The same as a share of the bodies. */
  readonly wireOverhead: Quantity;
  /** `rssPeakBytes` is the highest of all rounds. */
  readonly server: Readonly<Record<ServerKey | DerivedServerKey, Quantity>>;
  /** `rssPeakBytes` is the highest of all rounds. */
  readonly generator: Readonly<Record<keyof GeneratorUsage, Quantity>>;
  readonly findings: readonly RowFinding[];
}

/** A row without numbers, and why. */
export interface UnmeasuredRow {
  readonly status: "not-applicable" | "failed";
  readonly cell: RowCell;
  /** As it was asked for; null where the run does not say. */
  readonly load: LoadFacts | null;
  readonly reason: string;
}

export type Row = MeasuredRow | UnmeasuredRow;

/** What has a place in the order of rows. */
export interface Placed {
  readonly cell: RowCell;
}

/** Equal for two cells that differ in nothing but the round. */
export function rowKey(cell: RowCell): string {
  return [whoKey(cell), cell.load].join("\n");
}

/** Equal for two cells that differ in nothing but round and load. */
export function whoKey({ scenario, case: params, binding, server, client, security }: Omit<RowCell, "load">): string {
  return [scenario, caseLabel(params), binding, server, client, security].join("\n");
}

/** Equal for two cells of one scenario and case under one load, whoever is measured. */
export function pointKey({ scenario, case: params, load }: RowCell): string {
  return [scenario, caseLabel(params), load].join("\n");
}

const ramps: readonly string[] = ["ramping-vus", "ramping-arrival-rate"];

/** Whether a load is not the same all the time. */
export function changes({ executor }: LoadFacts): boolean {
  return executor.split(",").some((one) => ramps.includes(one));
}

/** A percentile (or min, mean, max) of a step's response times in milliseconds; without a value when the step never ran. */
export function latencyOf(row: MeasuredRow, step: string, key: keyof Latency): Quantity {
  return row.steps[step]?.latencyMs[key] ?? absent(`no ${step} ended in the window`);
}

/** The same of its service times. */
export function serviceOf(row: MeasuredRow, step: string, key: keyof Latency): Quantity {
  return row.steps[step]?.serviceMs[key] ?? absent(`no ${step} ended in the window`);
}
