import type { Aspect } from "@apb/core/metrics";
import type { Run } from "@apb/core/run";
import { configurationOf, environmentOf, exitNote } from "../document.ts";
import { doubtsAbout } from "../doubts.ts";
import { groupedBy } from "../order.ts";
import { range, sum } from "../quantity.ts";
import { type MeasuredRow, type Row, rowKey } from "../row.ts";
import { rowsOf } from "../rows.ts";
import { thresholdLines } from "../thresholds.ts";
import {
  type Exported,
  exportedMetrics,
  type Figure,
  groupName,
  metricTitle,
  type Outcome,
  placeName,
  seriesName,
  shownMetric,
} from "./exported.ts";

/** A run for the programs of others: an outcome for each row, and its numbers but for those that are doubted. */
export function exportedRun(run: Run): Exported {
  const rows = rowsOf(run);
  const { id, startedAt, environment } = run.info;
  const measured = rows.filter((row) => row.status === "measured");
  return {
    ...{ id, startedAt, commit: environment.gitCommit, node: environment.node, cpuModel: environment.cpuModel },
    facts: Object.fromEntries([...configurationOf(run.info), ...environmentOf(run.info)]),
    outcomes: [...ofTheWhole(run, rows), ...rows.map((row) => outcomeOf(row, run))],
    figures: measured.flatMap(figuresOf),
    leftOut: [
      ...measured.flatMap(doubted),
      ...rows.flatMap((row) => (row.status === "measured" ? [] : [`${seriesName(row.cell)}: ${row.reason}`])),
    ],
  };
}

/** The numbers of a row, but for those that are doubted. */
function figuresOf(row: MeasuredRow): readonly Figure[] {
  return exportedMetrics.flatMap((metric) => {
    const known = shownMetric(metric.key);
    const quantity = known?.of(row);
    if (known === undefined || quantity === undefined || quantity.value === null) return [];
    if (doubtsAbout(known, row).length > 0) return [];
    const spread = quantity.rounds.length > 1 ? range(quantity) : null;
    const bounds = { low: spread?.min ?? null, high: spread?.max ?? null };
    const remark = `${row.rounds} round${row.rounds === 1 ? "" : "s"}`;
    return [{ series: row.cell, metric, value: quantity.value, ...bounds, remark }];
  });
}

/** Which numbers of a row are kept back, and for what findings. */
function doubted(row: MeasuredRow): readonly string[] {
  const metrics = exportedMetrics.flatMap(({ key }) => shownMetric(key) ?? []);
  const doubts = groupedBy(
    metrics
      .filter((metric) => metric.of(row).value !== null)
      .map((metric) => ({ key: metric.key, kinds: doubtsAbout(metric, row).join(", ") }))
      .filter(({ kinds }) => kinds !== ""),
    ({ kinds }) => kinds,
  );
  return doubts.map((same) => {
    const titles = same.map(({ key }) => metricTitle(key)).join(", ");
    return `${seriesName(row.cell)}: ${titles} doubted (${same[0]?.kinds})`;
  });
}

/** What concerns no row: an early end, nothing measured, and limits that were kept from judging. */
function ofTheWhole(run: Run, rows: readonly Row[]): readonly Outcome[] {
  const whole = { group: "run", status: "failed", seconds: null, shown: {} } as const;
  const early = exitNote(run.info);
  const nothing = rows.some(({ status }) => status === "measured") ? [] : ["Nothing was measured."];
  const reasons = [...early, ...nothing];
  const unjudged = thresholdLines(run).filter(({ ok, crossed }) => !ok && crossed === 0);
  return [
    ...(reasons.length === 0 ? [] : [{ ...whole, name: "its end", kind: "incomplete", reasons }]),
    ...unjudged.map(({ metric, threshold }) => ({
      ...{ ...whole, name: `${metric}: ${threshold}`, kind: "threshold" },
      reasons: [`The threshold ${metric}: ${threshold} could not be judged: none of its cells was measured.`],
    })),
  ];
}

function outcomeOf(row: Row, run: Run): Outcome {
  const place = { group: groupName(row.cell), name: placeName(row.cell) };
  const results = run.results.filter(({ cell }) => rowKey(cell) === rowKey(row.cell));
  const crossed = crossedIn(results);
  if (row.status !== "measured") {
    const status = row.status === "failed" ? "failed" : "skipped";
    return { ...place, status, kind: row.status, reasons: [row.reason, ...crossed], seconds: null, shown: {} };
  }
  const windows = results.flatMap((result) => (result.status === "measured" ? [result.load.durationMs] : []));
  const measured = { ...place, seconds: sum(windows) / 1000, shown: shownOf(row) };
  const failed = failuresOf(row, run);
  if (crossed.length > 0) return { ...measured, status: "failed", kind: "threshold", reasons: [...crossed, ...failed] };
  if (failed.length > 0) return { ...measured, status: "failed", kind: "failed", reasons: failed };
  const doubts = doubtsOf(row);
  if (doubts.length > 0) return { ...measured, status: "skipped", kind: "doubtful", reasons: doubts };
  return { ...measured, status: "passed", kind: "", reasons: [] };
}

/** The limits that its cells crossed, with the rounds and values. */
function crossedIn(results: Run["results"]): readonly string[] {
  const crossed = results.flatMap(({ cell: { round }, thresholds = [] }) =>
    thresholds.filter(({ ok }) => !ok).map((one) => ({ round, ...one })),
  );
  return groupedBy(crossed, ({ metric, threshold }) => `${metric}: ${threshold}`).map((same) => {
    const rounds = same.map(({ round, value }) => `round ${round}: ${value ?? "no samples"}`).join(", ");
    return `The threshold ${same[0]?.metric}: ${same[0]?.threshold} was crossed (${rounds}).`;
  });
}

/** What makes a run fail: rounds without numbers, and failures of which no threshold says how many may be. */
function failuresOf(row: MeasuredRow, run: Run): readonly string[] {
  const rounds = row.unmeasured
    .filter(({ status }) => status === "failed")
    .map(({ round, reason }) => `Round ${round} failed: ${reason}`);
  const counts = thresholdLines(run).length === 0 ? ["errors", "partial"] : ["partial"];
  const findings = row.findings.filter(({ kind }) => counts.includes(kind));
  return [...rounds, ...findings.map(({ message }) => message)];
}

const aspects: readonly Aspect[] = ["speed", "cost", "failures"];

function doubtsOf(row: MeasuredRow): readonly string[] {
  const kinds = new Set(aspects.flatMap((aspect) => doubtsAbout({ aspect }, row)));
  return row.findings
    .filter(({ kind }) => kinds.has(kind))
    .map(({ kind, message, rounds }) => `${kind} in ${rounds} of ${row.rounds} rounds: ${message}`);
}

/** Its numbers as they are shown in tables. */
function shownOf(row: MeasuredRow): Outcome["shown"] {
  const shown = exportedMetrics.flatMap(({ key }): readonly (readonly [string, string])[] => {
    const metric = shownMetric(key);
    const value = metric?.of(row).value ?? null;
    if (metric === undefined || value === null) return [];
    return [[metricTitle(key), `${metric.format(value)} ${metric.unit}`.trimEnd()]];
  });
  return Object.fromEntries(shown);
}
