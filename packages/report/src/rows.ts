import {
  type CellId,
  type CellResult,
  caseLabel,
  type GeneratorUsage,
  type Latency,
  type Measured,
  type MeasuredLoad,
  type ServerUsage,
} from "@apb/core/cell";
import type { FailureKind } from "@apb/core/failure";
import type { Run, RunInfo } from "@apb/core/run";
import { fold } from "./fold.ts";
import { absent, type Quantity } from "./quantity.ts";

/** What one row is about: a cell without its round. */
export type RowCell = Omit<CellId, "round">;

/** A finding of the verdicts, and in how many of the row's rounds it was made; message and hint are the first round's. */
export interface RowFinding {
  readonly kind: string;
  readonly message: string;
  readonly hint: string;
  readonly rounds: number;
}

/** One timed step over all rounds. */
export interface StepRow {
  readonly count: number;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** 0 to 1, all rounds together. */
  readonly errorRate: Quantity;
  /** Response times in milliseconds, from the rounds' merged histograms. */
  readonly latencyMs: Readonly<Record<keyof Latency, Quantity>>;
}

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
  /** All rounds together. */
  readonly dropped: number;
  /** Sent and received per operation, all rounds together. */
  readonly wireBytesPerOperation: Quantity;
  /** What the wire carries beyond the bodies of request and reply, per operation; all rounds together. */
  readonly wireAddedBytesPerOperation: Quantity;
  /** The same as a share of the bodies. */
  readonly wireOverhead: Quantity;
  /** `rssPeakBytes` is the highest of all rounds. */
  readonly server: Readonly<Record<keyof ServerUsage | "rssPerConnectionBytes", Quantity>>;
  /** `rssPeakBytes` is the highest of all rounds. */
  readonly generator: Readonly<Record<keyof GeneratorUsage, Quantity>>;
  readonly findings: readonly RowFinding[];
}

/** A row without numbers, and why. */
export interface UnmeasuredRow {
  readonly status: "not-applicable" | "failed";
  readonly cell: RowCell;
  readonly reason: string;
}

export type Row = MeasuredRow | UnmeasuredRow;

/** One row for every cell, its rounds folded together: by scenario and case, bindings in the order of the selection. */
export function rowsOf(run: Run): readonly Row[] {
  const groups = new Map<string, CellResult[]>();
  for (const result of run.results) {
    const key = rowKey(result.cell);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  const rows = [...groups.values()].map((group) => fold(group.sort((a, b) => a.cell.round - b.cell.round)));
  return rows.sort(inOrderOf(run.info));
}

/** Equal for two cells that differ in nothing but the round. */
export function rowKey({ scenario, case: params, binding, server, client }: RowCell): string {
  return [scenario, caseLabel(params), binding, server, client].join(" ");
}

/** The order of tables: scenarios and bindings as the run selected them, cases from small to large. */
export function inOrderOf({ selection: { scenarios, bindings } }: RunInfo): (a: Placed, b: Placed) => number {
  return ({ cell: a }, { cell: b }) =>
    placeIn(scenarios, a.scenario) - placeIn(scenarios, b.scenario) ||
    a.scenario.localeCompare(b.scenario) ||
    compareCases(a.case, b.case) ||
    placeIn(bindings, a.binding) - placeIn(bindings, b.binding) ||
    rowKey(a).localeCompare(rowKey(b));
}

/** Where an item stands in a list; what is not in it comes last. */
export function placeIn(list: readonly string[], item: string): number {
  return list.includes(item) ? list.indexOf(item) : list.length;
}

interface Placed {
  readonly cell: RowCell;
}

/** Cases in the order of their parameters' values, smallest first. */
export function compareCases(a: RowCell["case"], b: RowCell["case"]): number {
  for (const [name, value] of Object.entries(a)) {
    const difference = value - (b[name] ?? value);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A percentile (or min, mean, max) of a step's response times in milliseconds; without a value when the step never ran. */
export function latencyOf(row: MeasuredRow, step: string, key: keyof Latency): Quantity {
  return row.steps[step]?.latencyMs[key] ?? absent(`no ${step} ended in the window`);
}

/** The share of failed iterations of a row, 0 to 1. */
export function errorRateOf(row: MeasuredRow): Quantity {
  return row.steps.total?.errorRate ?? absent("no iteration ended in the window");
}

/** Neighbours of the same case together, in their order. */
export function byCase<T extends Placed>(rows: readonly T[]): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && compareCases(group[0].cell.case, row.cell.case) === 0) group.push(row);
    else groups.push([row]);
  }
  return groups;
}
