import type { Footnotes } from "./footnotes.ts";
import { caseText, mib, noValue, number, percent } from "./format.ts";
import type { HeadlineRow, ReferencePoint } from "./headline.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, shown, valueColumn } from "./section.ts";

/** The comparison in one table: a line for each binding, and under it what each binding is. */
export function headlineSection(
  lines: readonly HeadlineRow[],
  reference: ReferencePoint,
  load: string,
  notes: Footnotes,
): Section {
  return sectionOf({
    title: "Comparison",
    caption: captionOf(reference, load),
    columns: [...whoColumns(lines, (line) => line), ...columns],
    groups: [lines],
    footnotes: { notes, marks: (line) => line.sources.flatMap((row) => notes.of(row)) },
  });
}

function captionOf(reference: ReferencePoint, load: string): string {
  const point = `${reference.scenario} ${caseText(reference.case)}`.trim();
  return `mean, p50, p99, CPU and wire bytes at ${point} (${load}); errors, best RPS and peak memory over all cells`;
}

const columns: readonly ColumnOf<HeadlineRow>[] = [
  valueColumn(1, "mean", "ms", (line) => shown(line.meanMs, number)),
  valueColumn(1, "p50", "ms", (line) => shown(line.p50Ms, number)),
  valueColumn(1, "p99", "ms", (line) => shown(line.p99Ms, number)),
  valueColumn(1, "server\nCPU", "%", (line) => shown(line.cpuPercent, number)),
  valueColumn(1, "server\nCPU", "ms/op", (line) => shown(line.cpuMsPerOperation, number)),
  valueColumn(1, "wire", "B/op", (line) => shown(line.wireBytesPerOperation, number)),
  valueColumn(1, "errors", "%", (line) => shown(line.errorRate, percent)),
  valueColumn(2, "best\nRPS", "1/s", (line) => shown(line.bestOperationsPerSecond, number)),
  valueColumn(2, "server\nmemory", "MiB", (line) => shown(line.rssPeakBytes, mib)),
  textColumn(3, "best RPS at", ({ best }) =>
    best === null ? noValue : `${best.scenario} ${caseText(best.case)}`.trim(),
  ),
  textColumn(4, "standing", ({ spec }) => spec?.standing ?? noValue),
  textColumn(4, "specification", ({ spec }) => spec?.name ?? noValue),
  textColumn(4, "version", ({ spec }) => spec?.version ?? noValue),
];

function textColumn(part: number, header: string, text: (line: HeadlineRow) => string): ColumnOf<HeadlineRow> {
  return { ...valueColumn(part, header, "", (line) => plain(text(line))), align: "left" };
}

/** The key columns that tell lines apart: the binding, and server and client where they differ within a run. */
export function whoColumns<T>(
  items: readonly T[],
  who: (item: T) => { readonly binding: string; readonly server: string; readonly client: string },
): readonly ColumnOf<T>[] {
  const differ = (key: "server" | "client"): boolean => new Set(items.map((item) => who(item)[key])).size > 1;
  return [
    keyColumn("binding", (item) => who(item).binding),
    ...(differ("server") ? [keyColumn<T>("server", (item) => who(item).server)] : []),
    ...(differ("client") ? [keyColumn<T>("client", (item) => who(item).client)] : []),
  ];
}
