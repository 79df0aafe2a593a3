import type { RunInfo } from "@apb/core/run";
import type { Footnotes } from "./footnotes.ts";
import { noValue, placeText } from "./format.ts";
import { type HeadlineRow, headlineMetrics, type ReferencePoint } from "./headline.ts";
import { whoColumns } from "./key-columns.ts";
import { type PairHeads, pairHeads, pairText, waitingRemark, windowText } from "./load-words.ts";
import { readyColumn } from "./metric-columns.ts";
import type { MetricKey } from "./metrics.ts";
import type { Names } from "./names.ts";
import { type ColumnOf, plain, type Section, sectionOf, valueColumn } from "./section.ts";

/** The comparison in one table: a line for each binding, and under it what each binding is. */
export function headlineSection(
  lines: readonly HeadlineRow[],
  reference: ReferencePoint,
  { info, notes, names }: { readonly info: RunInfo; readonly notes: Footnotes; readonly names: Names },
): Section {
  return sectionOf({
    title: "Comparison",
    caption: captionOf(reference, info),
    columns: [...whoColumns(lines, (line) => line), ...pointColumns(reference, hasLate(lines)), ...runColumns(names)],
    groups: [lines],
    remarks: waitingRemarks(reference),
    footnotes: { notes, marks: (line) => line.sources.flatMap((row) => notes.of(row)) },
  });
}

/** Where there is no round trip, what latency is instead. */
function waitingRemarks({ roundTrip, busy, overload }: ReferencePoint): readonly string[] {
  if (overload.length > 0) return overload;
  return roundTrip === null && busy !== null ? [waitingRemark(busy)] : [];
}

function captionOf({ roundTrip, busy, saturated, ...point }: ReferencePoint, info: RunInfo): string {
  const loads = roundTrip === null || busy === null ? (roundTrip ?? busy) : pairText(roundTrip, busy, saturated);
  const windows = info.profile.executor === undefined ? `; windows of ${windowText(info)}` : "";
  return `at ${placeText(point)}: ${loads}; errors, best RPS and server memory: over all cells${windows}`;
}

/** Whether a row of this table is marked late-starts, whose hint asks to compare service times. */
function hasLate(lines: readonly HeadlineRow[]): boolean {
  const found = lines.flatMap(({ sources }) =>
    sources.flatMap((row) => (row.status === "measured" ? row.findings : [])),
  );
  return found.some(({ kind }) => kind === "late-starts");
}

/** Columns that say at their heads which of the two cells they are of; where there is one, the caption says it. */
function pointColumns({ roundTrip, busy, saturated }: ReferencePoint, late: boolean): readonly ColumnOf<HeadlineRow>[] {
  const heads = roundTrip === null || busy === null ? null : pairHeads([roundTrip], [busy], saturated);
  const columns = (part: number, of: keyof PairHeads, keys: readonly MetricKey[]) =>
    keys
      .filter((key) => late || key !== "serviceP50Ms")
      .map((key) => readyColumn<HeadlineRow>(part, key, (line) => line[of], heads?.[of]));
  const [rps, ...costs] = headlineMetrics.busy;
  return [
    ...(roundTrip === null ? [] : columns(1, "roundTrip", headlineMetrics.roundTrip)),
    ...columns(2, "busy", [rps]),
    ...(busy === null ? [] : columns(2, "waiting", headlineMetrics.waiting)),
    ...columns(2, "busy", costs),
  ];
}

function runColumns(names: Names): readonly ColumnOf<HeadlineRow>[] {
  return [
    readyColumn(3, "errors", ({ errors }) => ({ errors })),
    readyColumn(3, "operationsPerSecond", (line) => ({ operationsPerSecond: line.bestOperationsPerSecond }), "best"),
    readyColumn(3, "rssPeakBytes", ({ rssPeakBytes }) => ({ rssPeakBytes })),
    textColumn(4, "best RPS at", ({ best }) => (best === null ? noValue : names.place(best))),
    textColumn(5, "standing", ({ spec }) => spec?.standing ?? noValue),
    textColumn(5, "specification", ({ spec }) => spec?.name ?? noValue),
    textColumn(5, "version", ({ spec }) => spec?.version ?? noValue),
  ];
}

function textColumn(part: number, header: string, text: (line: HeadlineRow) => string): ColumnOf<HeadlineRow> {
  return { ...valueColumn(part, header, "", (line) => plain(text(line))), align: "left" };
}
