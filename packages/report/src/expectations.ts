import { caseLabel } from "@apb/core/cell";
import type { Expectation, Expectations, Run } from "@apb/core/run";
import { reasonsFor } from "./expectation-reasons.ts";
import { counted } from "./format.ts";
import type { HeadlineRow } from "./headline.ts";
import { type MetricKey, metricOf, titleOf } from "./metrics.ts";
import { isOfVUs, rowsOfPair } from "./pairs.ts";
import { absent, type Quantity } from "./quantity.ts";
import type { Row } from "./row.ts";

/** One printed figure held against one measured one, both in the expectation's unit. */
export interface Expected {
  readonly metric: keyof Expectation;
  /** Virtual users of the cell it is from. */
  readonly vus: number;
  readonly expected: number;
  readonly measured: number | null;
  /** Measured over expected; null where nothing was measured. */
  readonly ratio: number | null;
  /** What differs, and why it can. */
  readonly remark: string;
}

/** A binding's measured figures against those expected of its protocol. */
export interface ExpectedRow {
  readonly line: HeadlineRow;
  readonly figures: readonly Expected[];
}

/** A figure of an expectation, by the metric that tells it. */
export interface ExpectedMetric {
  readonly key: keyof Expectation;
  readonly metric: MetricKey;
  /** The expectation's unit, and how many of the metric's own make one. */
  readonly unit: string;
  readonly per: number;
}

/** All figures of an expectation, in the order of tables. */
export const expectedMetrics: readonly ExpectedMetric[] = [
  { key: "meanMs", metric: "meanMs", unit: "ms", per: 1 },
  { key: "requestsPerSecond", metric: "operationsPerSecond", unit: "1/s", per: 1 },
  { key: "memoryMegabytes", metric: "rssPeakBytes", unit: "MB", per: 1_000_000 },
  { key: "cpuPercent", metric: "cpuPercent", unit: "%", per: 1 },
];

/** Within this ratio, either way, expected and measured are called alike: expectations are round numbers. */
const alike = 1.25;

/** Every line whose protocol has expectations, figure by figure; none where the run has no cell under the load they are of. */
export function expectedAgainstMeasured(
  lines: readonly HeadlineRow[],
  { load, protocols }: Expectations,
  { info }: Pick<Run, "info">,
): readonly ExpectedRow[] {
  const rows = lines.flatMap((line) => {
    const expectation = line.protocol === null ? undefined : protocols[line.protocol];
    if (expectation === undefined) return [];
    const rowsThere = rowsAt(line, load.case);
    return [
      { line, rowsThere, figures: expectedMetrics.map((one) => hold(one, rowsThere, expectation, load.vus, info)) },
    ];
  });
  const some = rows.some(({ rowsThere }) => rowsThere.some((row) => isOfVUs(row, 1) || isOfVUs(row, load.vus)));
  return some ? rows.map(({ line, figures }) => ({ line, figures })) : [];
}

function rowsAt({ pair }: HeadlineRow, params: Expectations["load"]["case"]): readonly Row[] {
  return pair === null || caseLabel(pair.cell.case) !== caseLabel(params) ? [] : rowsOfPair(pair);
}

function hold(
  { key, metric, per }: ExpectedMetric,
  rows: readonly Row[],
  expectation: Expectation,
  many: number,
  info: Run["info"],
): Expected {
  const { title, from, of } = metricOf(metric);
  const vus = from === "roundTrip" ? 1 : many;
  const expected = expectation[key];
  const named = `${titleOf({ title })} with ${vusText(vus)}`;
  const row = rows.find((one) => isOfVUs(one, vus));
  const { value, missing } = quantityOf(row, of);
  if (row?.status !== "measured" || value === null)
    return { metric: key, vus, expected, measured: null, ratio: null, remark: `${named}: ${missing}` };
  const measured = value / per;
  const ratio = measured / expected;
  const reasons = reasonsFor(key, ratio > 1 ? "above" : "below", { selection: info.selection, row, vus });
  return { metric: key, vus, expected, measured, ratio, remark: `${named} ${remarkOn(ratio, reasons)}` };
}

function quantityOf(row: Row | undefined, of: ReturnType<typeof metricOf>["of"]): Quantity {
  if (row === undefined) return absent("the run has no such cell, which the expectation is of");
  return row.status === "measured" ? of(row) : absent(row.reason);
}

function remarkOn(ratio: number, reasons: readonly string[]): string {
  if (isAlike(ratio)) return "as expected";
  const where = ratio > 1 ? "above expectation" : "below expectation";
  return reasons.length === 0 ? where : `${where}: ${reasons.join("; ")}`;
}

/** Whether expected and measured are the same, as far as round numbers can be. */
export function isAlike(ratio: number): boolean {
  return ratio <= alike && ratio >= 1 / alike;
}

/** `10 VUs`. */
export function vusText(vus: number): string {
  return counted(vus, "VU");
}
