import type { Spec } from "@apb/core/binding";
import { caseLabel } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { caseText } from "./format.ts";
import { absent, pooled, type Quantity, ratio, sum } from "./quantity.ts";
import {
  compareCases,
  latencyOf,
  type MeasuredRow,
  placeIn,
  type Row,
  type RowCell,
  type UnmeasuredRow,
} from "./rows.ts";

/** The one scenario and case at which bindings are put side by side. */
export interface ReferencePoint {
  readonly scenario: string;
  readonly case: RowCell["case"];
}

/** One binding, behind one server, asked by one client, in one line. */
export interface HeadlineRow {
  /** Null, as `spec` is, where the run does not say what its binding is. */
  readonly protocol: string | null;
  readonly binding: string;
  readonly server: RowCell["server"];
  readonly client: RowCell["client"];
  readonly spec: Spec | null;
  /** At the reference point, as are p50, p99, CPU and bytes. */
  readonly meanMs: Quantity;
  readonly p50Ms: Quantity;
  readonly p99Ms: Quantity;
  readonly cpuPercent: Quantity;
  readonly cpuMsPerOperation: Quantity;
  readonly wireBytesPerOperation: Quantity;
  /** The highest of all closed-load rows, and which row that is. */
  readonly bestOperationsPerSecond: Quantity;
  readonly best: RowCell | null;
  /** Of all rows. */
  readonly rssPeakBytes: Quantity;
  readonly errorRate: Quantity;
  /** The rows these numbers come from, and those that failed: their marks are this line's. */
  readonly sources: readonly Row[];
}

/** Smallest case of the scenario that shows a single request, else of the first scenario that was measured; null without numbers. */
export function referencePoint(rows: readonly Row[]): ReferencePoint | null {
  const measured = rows.filter((row) => row.status === "measured");
  const scenario = measured.find((row) => row.cell.scenario === "message-size") ?? measured[0];
  if (scenario === undefined) return null;
  const cases = measured.filter((row) => row.cell.scenario === scenario.cell.scenario).map((row) => row.cell.case);
  const [smallest = scenario.cell.case] = cases.sort(compareCases);
  return { scenario: scenario.cell.scenario, case: smallest };
}

/** One line for each binding × server × client that has rows, in the order in which the run selected the bindings. */
export function headlineOf(rows: readonly Row[], info: RunInfo): readonly HeadlineRow[] {
  const reference = referencePoint(rows);
  const groups = new Map<string, { cell: RowCell; rows: Row[] }>();
  for (const row of rows) {
    const key = [row.cell.binding, row.cell.server, row.cell.client].join(" ");
    const group = groups.get(key) ?? { cell: row.cell, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
  }
  const place = ({ cell }: { cell: RowCell }): number => placeIn(info.selection.bindings, cell.binding);
  return [...groups.values()]
    .sort((a, b) => place(a) - place(b))
    .map((group) => lineOf(group.cell, group.rows, reference, info));
}

function lineOf(
  { binding, server, client }: RowCell,
  rows: readonly Row[],
  reference: ReferencePoint | null,
  info: RunInfo,
): HeadlineRow {
  const measured = rows.filter((row) => row.status === "measured");
  const closed = measured.filter((row) => row.load.model === "closed");
  const at = rows.find((row) => reference !== null && isAt(row, reference));
  const best = greatestRow(closed, (row) => row.operationsPerSecond.value);
  const peak = greatestRow(measured, (row) => row.server.rssPeakBytes.value);
  const known = info.bindings[binding] ?? null;
  const nothing = rows.find((row) => row.status !== "measured")?.reason ?? "nothing was measured";
  return {
    protocol: known?.protocol ?? null,
    binding,
    server,
    client,
    spec: known,
    ...quantitiesAt(at, reference),
    bestOperationsPerSecond: best?.operationsPerSecond ?? absent(measured.length === 0 ? nothing : openLoad),
    best: best?.cell ?? null,
    rssPeakBytes: peak?.server.rssPeakBytes ?? absent(nothing),
    errorRate: errorsOf(measured, nothing),
    sources: rows.filter((row) => row === at || row === best || row === peak || row.status === "failed"),
  };
}

type AtReference = "meanMs" | "p50Ms" | "p99Ms" | "cpuPercent" | "cpuMsPerOperation" | "wireBytesPerOperation";

function quantitiesAt(row: Row | undefined, reference: ReferencePoint | null): Pick<HeadlineRow, AtReference> {
  const here = (of: (row: MeasuredRow) => Quantity): Quantity =>
    row?.status === "measured" ? of(row) : absent(noPoint(row, reference));
  return {
    meanMs: here((at) => latencyOf(at, "total", "mean")),
    p50Ms: here((at) => latencyOf(at, "total", "p50")),
    p99Ms: here((at) => latencyOf(at, "total", "p99")),
    cpuPercent: here((at) => at.server.cpuPercentMean),
    cpuMsPerOperation: here((at) => at.server.cpuMsPerOperation),
    wireBytesPerOperation: here((at) => at.wireBytesPerOperation),
  };
}

function isAt(row: Row, reference: ReferencePoint): boolean {
  return row.cell.scenario === reference.scenario && caseLabel(row.cell.case) === caseLabel(reference.case);
}

function noPoint(row: UnmeasuredRow | undefined, reference: ReferencePoint | null): string {
  if (row !== undefined) return row.reason;
  if (reference === null) return "nothing was measured";
  return `no cell of ${reference.scenario} ${caseText(reference.case)} in this run`;
}

const openLoad = "in an open load the rate is given, not found";

function greatestRow(
  rows: readonly MeasuredRow[],
  value: (row: MeasuredRow) => number | null,
): MeasuredRow | undefined {
  return rows.reduce<MeasuredRow | undefined>(
    (best, row) => (best === undefined || (value(row) ?? -1) > (value(best) ?? -1) ? row : best),
    undefined,
  );
}

function errorsOf(measured: readonly MeasuredRow[], nothing: string): Quantity {
  const totals = measured.flatMap((row) => row.steps.total ?? []);
  const failed = sum(totals.map((total) => sum(Object.values(total.failures))));
  const succeeded = sum(totals.map((total) => total.count));
  return pooled(ratio(failed, failed + succeeded), [], nothing);
}
