import type { Run } from "@apb/core/run";
import { exitNote } from "./document.ts";
import { counted } from "./format.ts";
import type { ComparedMetric, ComparedRow } from "./judge.ts";
import { comparedMetrics, type MetricKey, metricOf, titleOf } from "./metrics.ts";
import { namesAmong } from "./names.ts";
import { isTimed, knownSpread, unknownSpread } from "./spread.ts";

/** Why a candidate cannot pass whatever its numbers are, a sentence each: what is not there cannot be shown to be no worse. */
export function faultsOf(
  rows: readonly ComparedRow[],
  { info, truncated = [] }: Run,
  required: readonly MetricKey[],
): readonly string[] {
  return [
    ...exitNote(info, "The candidate"),
    ...truncated.map((sentence) => `The candidate is not whole: ${sentence}.`),
    ...missingFault(rows),
    ...blindFault(rows),
    ...required.flatMap((key) => requiredFault(rows, key)),
  ];
}

/** What a row without numbers in either run is not judged because of. */
export const failedInBoth = "failed in both";

/** What weakens a comparison, a sentence each. */
export function warningsOf(rows: readonly ComparedRow[], { info, truncated = [] }: Run): readonly string[] {
  return [
    ...exitNote(info, "The baseline"),
    ...truncated.map((sentence) => `The baseline is not whole: ${sentence}.`),
    ...blindWarning(rows),
    ...spreadWarning(rows),
  ];
}

function missingFault(rows: readonly ComparedRow[]): readonly string[] {
  const missing = rows.filter((row) => row.missing !== null);
  if (missing.length === 0) return [];
  return [
    `The baseline has ${counted(missing.length, "row")} that the candidate lacks, whole or in rounds: ${listed(missing, rows, (row) => row.missing ?? "")}.`,
  ];
}

/** What a slower server shows in: without these a row says nothing of it. */
function timedOf(row: ComparedRow): readonly ComparedMetric[] {
  return row.metrics.filter(({ metric }) => isTimed(metric));
}

function isBlind(row: ComparedRow): boolean {
  return timedOf(row).every(({ reason }) => reason !== null);
}

function blindFault(rows: readonly ComparedRow[]): readonly string[] {
  if (!rows.every(isBlind)) return [];
  return [`Nothing could be judged that a slower server shows in: ${reasonsOf(rows.flatMap(timedOf))}.`];
}

function blindWarning(rows: readonly ComparedRow[]): readonly string[] {
  if (rows.every(isBlind)) return [];
  const told = rows.filter(({ metrics }) => metrics.length > 0);
  const blind = told.filter(isBlind);
  const speed = comparedMetrics.filter(({ aspect }) => aspect === "speed").map(({ key }) => key);
  const times = told.flatMap(({ metrics }) => metrics.filter(({ metric }) => speed.includes(metric)));
  return [
    ...(blind.length === 0
      ? []
      : [
          `In ${counted(blind.length, "row")} of ${told.length} nothing could be judged that a slower server shows in: ${listed(blind, rows, (row) => reasonsOf(timedOf(row)))}.`,
        ]),
    ...(times.some(({ reason }) => reason === null)
      ? []
      : [
          `No latency and no RPS could be judged (${reasonsOf(times)}): CPU per call, memory, bytes and failures were.`,
        ]),
  ];
}

function reasonsOf(metrics: readonly ComparedMetric[]): string {
  const reasons = [...new Set(metrics.map(({ reason }) => reason))];
  return shortened(reasons.filter((reason) => reason !== null)) || "no row has numbers in both runs";
}

function requiredFault(rows: readonly ComparedRow[], key: MetricKey): readonly string[] {
  const reasonOf = ({ metrics, unjudged }: ComparedRow): string | null =>
    unjudged === failedInBoth ? unjudged : (metrics.find(({ metric }) => metric === key)?.reason ?? null);
  const unjudged = rows.filter((row) => reasonOf(row) !== null);
  if (unjudged.length === 0) return [];
  return [
    `${titleOf(metricOf(key))} (${key}) was to be judged, and could not be in ${counted(unjudged.length, "row")}: ${listed(unjudged, rows, (row) => reasonOf(row) ?? "")}.`,
  ];
}

/** How far apart equal runs may lie, by what is known of them: the furthest of each metric. */
function spreadWarning(rows: readonly ComparedRow[]): readonly string[] {
  const timed = rows.flatMap((row) =>
    timedOf(row).flatMap(({ metric, ratio }) => (ratio === null ? [] : [{ metric, ratio }])),
  );
  const known = new Map<MetricKey, number>();
  for (const { metric, ratio } of timed)
    if (ratio.runs !== null) known.set(metric, Math.max(known.get(metric) ?? 1, ratio.apart));
  return [
    ...(known.size === 0 ? [] : [knownSpread(known)]),
    ...(timed.some(({ ratio }) => ratio.runs === null) ? [unknownSpread(known.size > 0)] : []),
  ];
}

/** Rows by name, each with what is to be said of it; of many the first. */
function listed(some: readonly ComparedRow[], all: readonly ComparedRow[], what: (row: ComparedRow) => string): string {
  const { who, place } = namesAmong(all);
  return shortened(some.map((row) => `${who(row.cell)}, ${place(row.cell)} (${what(row)})`));
}

const listedAtMost = 3;

function shortened(texts: readonly string[]): string {
  const more = texts.length - listedAtMost;
  return [...texts.slice(0, listedAtMost), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
