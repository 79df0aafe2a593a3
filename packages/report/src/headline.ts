import type { Spec } from "@apb/core/binding";
import { caseLabel } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { placeText } from "./format.ts";
import { type Figures, type MetricKey, metricOf } from "./metrics.ts";
import { compareCases, groupedBy, placeIn } from "./order.ts";
import { overloadRemarks } from "./overload.ts";
import { isSaturated, type Pair, pairsOf, rowsOfPair } from "./pairs.ts";
import { absent, pooled, type Quantity, ratio, sum } from "./quantity.ts";
import type { MeasuredRow, Row, RowCell } from "./row.ts";

/** The one scenario and case at which bindings are put side by side. */
export interface ReferencePoint {
  readonly scenario: string;
  readonly case: RowCell["case"];
  /** The loads that latency is from, and throughput and cost, as labels; null where no cell has such a one. */
  readonly roundTrip: string | null;
  readonly busy: string | null;
  /** Whether the busy load is arrivals that come faster than some row serves them; what is said of it. */
  readonly overload: readonly string[];
  /** Whether the busy load is more than the servers can take, so that its latency is one of waiting. */
  readonly saturated: boolean;
}

/**
 * What is read at the reference point from the round trip, and what from the busy load, or the only one there is. Service times
 * are shown where the generator was late with arrivals, which is no part of them.
 */
export const headlineMetrics = {
  roundTrip: ["meanMs", "p50Ms", "p99Ms", "serviceP50Ms"],
  busy: ["operationsPerSecond", "cpuPercent", "cpuMsPerOperation", "wireBytesPerOperation"],
  /** Of the busy load alone. */
  waiting: ["p50Ms", "p99Ms", "serviceP50Ms"],
} as const satisfies Readonly<Record<string, readonly MetricKey[]>>;

/** One binding, behind one server, asked by one client, in one line. */
export interface HeadlineRow {
  /** Null, as `spec` is, where the run does not say what its binding is. */
  readonly protocol: string | null;
  readonly binding: string;
  readonly server: RowCell["server"];
  readonly client: RowCell["client"];
  readonly spec: Spec | null;
  /** At the reference point, by {@link headlineMetrics}. */
  readonly roundTrip: Figures;
  readonly busy: Figures;
  readonly waiting: Figures;
  /** The highest of all closed-load rows, and which row that is. */
  readonly bestOperationsPerSecond: Quantity;
  readonly best: RowCell | null;
  /** Of all rows. */
  readonly rssPeakBytes: Quantity;
  readonly errors: Quantity;
  /** The rows at the reference point; null where there is none. */
  readonly pair: Pair | null;
  /** The rows these numbers come from, and those that failed: their marks are this line's. */
  readonly sources: readonly Row[];
}

/** Smallest case of the scenario that compares sizes, else of the first scenario that was measured; null without numbers. */
export function referencePoint(rows: readonly Row[], { views }: RunInfo): ReferencePoint | null {
  const measured = rows.filter((row) => row.status === "measured");
  const first = measured.find((row) => views[row.cell.scenario] === "size") ?? measured[0];
  if (first === undefined) return null;
  const { scenario } = first.cell;
  const cases = measured.filter((row) => row.cell.scenario === scenario).map((row) => row.cell.case);
  const [smallest = first.cell.case] = cases.sort(compareCases);
  const there = measured.filter((row) => isAt(row, { scenario, case: smallest }));
  const pairs = pairsOf(there);
  const loadOf = (row: (pair: Pair) => Row | null): string | null =>
    pairs.map(row).find((one) => one !== null)?.cell.load ?? null;
  return {
    ...{ scenario, case: smallest },
    roundTrip: loadOf(({ roundTrip }) => roundTrip),
    busy: loadOf(({ busy }) => busy),
    overload: overloadRemarks(there),
    saturated: isSaturated(pairs),
  };
}

/** One line for each binding × server × client that has rows, in the order in which the run selected the bindings. */
export function headlineOf(rows: readonly Row[], info: RunInfo): readonly HeadlineRow[] {
  const reference = referencePoint(rows, info);
  const groups = groupedBy(rows, ({ cell }) => [cell.binding, cell.server, cell.client, cell.security].join("\n"));
  return groups
    .map((group) => lineOf(group, rows, reference, info))
    .sort((a, b) => placeIn(info.selection.bindings, a.binding) - placeIn(info.selection.bindings, b.binding));
}

/** Of a line's own rows; a rate is a round trip only where it is one for all rows. */
function lineOf(
  rows: readonly Row[],
  all: readonly Row[],
  reference: ReferencePoint | null,
  info: RunInfo,
): HeadlineRow {
  const [{ cell }] = rows as readonly [Row, ...Row[]];
  const measured = rows.filter((row) => row.status === "measured");
  const closed = measured.filter((row) => row.load.model === "closed");
  const [pair = null] =
    reference === null
      ? []
      : pairsOf(
          rows.filter((row) => isAt(row, reference)),
          all,
        );
  const best = greatestRow(closed, (row) => row.operationsPerSecond.value);
  const peak = greatestRow(measured, (row) => row.server.rssPeakBytes.value);
  const known = info.bindings[cell.binding] ?? null;
  const nothing = rows.find((row) => row.status !== "measured")?.reason ?? "nothing was measured";
  const used: readonly (Row | undefined)[] = [...(pair === null ? [] : rowsOfPair(pair)), best, peak];
  return {
    protocol: known?.protocol ?? null,
    ...{ binding: cell.binding, server: cell.server, client: cell.client },
    spec: known,
    ...figuresAt(pair, reference),
    bestOperationsPerSecond: best?.operationsPerSecond ?? absent(measured.length === 0 ? nothing : openLoad),
    best: best?.cell ?? null,
    rssPeakBytes: peak?.server.rssPeakBytes ?? absent(nothing),
    errors: errorsOf(measured, nothing),
    pair,
    sources: rows.filter((row) => used.includes(row) || row.status === "failed"),
  };
}

function figuresAt(
  pair: Pair | null,
  reference: ReferencePoint | null,
): Pick<HeadlineRow, keyof typeof headlineMetrics> {
  const none = reference === null ? "nothing was measured" : `no cell of ${placeText(reference)} in this run`;
  const [roundTrip, busy] = [pair?.roundTrip ?? null, pair?.busy ?? null];
  return {
    roundTrip: figuresOf(headlineMetrics.roundTrip, roundTrip, noRoundTrip(reference, busy) ?? none),
    busy: figuresOf(headlineMetrics.busy, busy ?? roundTrip, none),
    waiting: figuresOf(headlineMetrics.waiting, busy, none),
  };
}

function figuresOf(keys: readonly MetricKey[], row: Row | null, none: string): Figures {
  const missing = row !== null && row.status !== "measured" ? row.reason : none;
  const of = (key: MetricKey): Quantity => (row?.status === "measured" ? metricOf(key).of(row) : absent(missing));
  return Object.fromEntries(keys.map((key) => [key, of(key)]));
}

/** Why there is no latency where a busy row is all there is; null where there is none. */
function noRoundTrip(reference: ReferencePoint | null, busy: Row | null): string | null {
  if (reference === null || busy === null) return null;
  if (busy.status !== "measured") return busy.reason;
  const { load } = busy.cell;
  return `no cell of ${placeText(reference)} with one VU, or with a rate that all serve: latency under ${load} is of waiting`;
}

function isAt({ cell }: Row, reference: Pick<ReferencePoint, "scenario" | "case">): boolean {
  return cell.scenario === reference.scenario && caseLabel(cell.case) === caseLabel(reference.case);
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

/** Failed and dropped iterations of rows as a share of all that were due. */
function errorsOf(rows: readonly MeasuredRow[], nothing: string): Quantity {
  const failed = sum(rows.map(({ attempts }) => attempts.failed));
  const due = sum(rows.map(({ attempts }) => attempts.due));
  return pooled(ratio(failed, due), [], nothing);
}
