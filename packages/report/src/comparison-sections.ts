import type { ComparedMetric, ComparedRow } from "./compare.ts";
import { betterSign, caseText, change, noValue, worseSign } from "./format.ts";
import { loadColumns, whoColumns } from "./key-columns.ts";
import { comparedMetrics, type ShownMetric, titleOf } from "./metrics.ts";
import { namesOf } from "./names.ts";
import { byCase } from "./order.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, valueColumn } from "./section.ts";

/** A table for each scenario: how much every metric changed, and what is made of it. */
export function comparisonSections(rows: readonly ComparedRow[]): readonly Section[] {
  const scenarios = [...new Set(rows.map(({ cell }) => cell.scenario))];
  return scenarios.map((scenario) => {
    const own = rows.filter(({ cell }) => cell.scenario === scenario);
    return sectionOf({
      title: scenario,
      caption: "",
      columns: columnsOf(own),
      groups: byCase(own),
    });
  });
}

/** How the tables' cells are to be read. */
export const legend = `change from baseline to candidate; ${worseSign} worse, ${betterSign} better, in brackets: not judged, ${noValue} no value on a side`;

/** One line for every row that lost something. */
export function losses(rows: readonly ComparedRow[]): readonly string[] {
  return lines(rows, (row) => [...(row.loss === null ? [] : [row.loss]), ...changed(row, "worse")]);
}

/** One line for every row that gained something. */
export function gains(rows: readonly ComparedRow[]): readonly string[] {
  return lines(rows, (row) => changed(row, "better"));
}

function lines(rows: readonly ComparedRow[], partsOf: (row: ComparedRow) => readonly string[]): readonly string[] {
  const names = namesOf(rows, {
    servers: [...new Set(rows.map(({ cell }) => cell.server))],
    clients: [...new Set(rows.map(({ cell }) => cell.client))],
  });
  return rows.flatMap((row) => {
    const parts = partsOf(row);
    return parts.length === 0 ? [] : [`${names.who(row.cell)}, ${names.place(row.cell)}: ${parts.join("; ")}`];
  });
}

function changed(row: ComparedRow, judgement: ComparedMetric["judgement"]): readonly string[] {
  return comparedMetrics.flatMap((metric) => {
    const found = row.metrics.find((one) => one.metric === metric.key && one.judgement === judgement);
    if (found === undefined || found.baseline === null || found.candidate === null) return [];
    return [changeText(metric, found.baseline, found.candidate, found.change)];
  });
}

/** `p99 1.20 → 2.40 ms (+100%)`. */
function changeText(metric: ShownMetric, baseline: number, candidate: number, by: number | null): string {
  const { format, unit } = metric;
  return `${titleOf(metric)} ${format(baseline)} → ${format(candidate)} ${unit}${by === null ? "" : ` (${change(by)})`}`;
}

function columnsOf(rows: readonly ComparedRow[]): readonly ColumnOf<ComparedRow>[] {
  const told = comparedMetrics.filter((metric) => metric.key !== "refused" || rows.some((row) => isRefusing(row)));
  return [
    keyColumn("case", ({ cell }) => caseText(cell.case)),
    ...loadColumns(rows),
    ...whoColumns(rows, ({ cell }) => cell),
    ...told.map((metric) =>
      valueColumn<ComparedRow>(metric.aspect === "speed" ? 1 : 2, metric.title, "", (row) =>
        plain(changeCell(metric, row)),
      ),
    ),
    { ...valueColumn<ComparedRow>(3, "", "", (row) => plain(remark(row))), align: "left" },
  ];
}

function isRefusing({ metrics: compared }: ComparedRow): boolean {
  const refused = compared.find(({ metric }) => metric === "refused");
  return (refused?.baseline ?? 0) > 0 || (refused?.candidate ?? 0) > 0;
}

function changeCell(metric: ShownMetric, row: ComparedRow): string {
  const found = row.metrics.find(({ metric: key }) => key === metric.key);
  if (found === undefined || found.baseline === null || found.candidate === null) return noValue;
  const by =
    found.change === null
      ? `${metric.format(found.baseline)} → ${metric.format(found.candidate)}`
      : change(found.change);
  switch (found.judgement) {
    case "worse":
      return `${by} ${worseSign}`;
    case "better":
      return `${by} ${betterSign}`;
    case "same":
      return by;
    case "not judged":
      return `(${by})`;
  }
}

/** What is wrong with a row as a whole, or which findings keep some of it from being judged. */
function remark({ loss, unjudged, metrics: compared }: ComparedRow): string {
  const valued = compared.filter(({ baseline, candidate }) => baseline !== null && candidate !== null);
  const doubts = new Set(valued.flatMap(({ reason }) => reason?.split(", ") ?? []));
  return [
    ...(loss === null ? [] : [`${worseSign} ${loss.replace(/:.*$/s, "")}`]),
    ...(unjudged === null ? [] : [`not judged: ${unjudged}`]),
    ...(doubts.size === 0 ? [] : [`not judged: ${[...doubts].join(", ")}`]),
  ].join("; ");
}
