import { betterSign, caseText, change, noValue, times, worseSign } from "./format.ts";
import type { ComparedMetric, ComparedRow, SetAside } from "./judge.ts";
import { loadColumns, whoColumns } from "./key-columns.ts";
import { comparedMetrics, type ShownMetric, titleOf } from "./metrics.ts";
import { namesAmong } from "./names.ts";
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

/** Beside a change that the rounds show, and that equal runs may differ by, too. */
const spreadSign = "~";

/** How the tables' cells are to be read. */
export const legend = `change from baseline to candidate; ${worseSign} worse, ${betterSign} better, ${spreadSign} no more than equal runs may differ by, in brackets: not judged, ${noValue} no value on a side`;

/** One line for every row that lost something. */
export function losses(rows: readonly ComparedRow[]): readonly string[] {
  return lines(rows, (row) => [...(row.loss === null ? [] : [row.loss]), ...changed(row, "worse")]);
}

/** One line for every row that gained something. */
export function gains(rows: readonly ComparedRow[]): readonly string[] {
  return lines(rows, (row) => changed(row, "better"));
}

/** One line for every row with changes that may be the machine's: by how much equal runs may lie apart is beside each. */
export function withinSpread(rows: readonly ComparedRow[]): readonly string[] {
  return lines(rows, (row) => changed(row, "within spread"));
}

/** One line for every row with doubtful rounds: what they are of each side. */
export function asides(rows: readonly ComparedRow[]): readonly string[] {
  return lines(rows, ({ setAside }) =>
    (["baseline", "candidate"] as const).flatMap((side) => {
      const kinds = byFinding(setAside.filter((one) => one.side === side));
      return kinds.length === 0 ? [] : [`${side}: ${kinds.join(", ")}`];
    }),
  );
}

/** `impossible in round 2`. */
function byFinding(rounds: readonly SetAside[]): readonly string[] {
  return [...new Set(rounds.flatMap(({ findings }) => findings))].map((kind) => {
    const own = rounds.filter(({ findings }) => findings.includes(kind)).map(({ round }) => round);
    return `${kind} in round${own.length === 1 ? "" : "s"} ${own.join(", ")}`;
  });
}

function lines(rows: readonly ComparedRow[], partsOf: (row: ComparedRow) => readonly string[]): readonly string[] {
  const names = namesAmong(rows);
  return rows.flatMap((row) => {
    const parts = partsOf(row);
    return parts.length === 0 ? [] : [`${names.who(row.cell)}, ${names.place(row.cell)}: ${parts.join("; ")}`];
  });
}

function changed(row: ComparedRow, judgement: ComparedMetric["judgement"]): readonly string[] {
  return comparedMetrics.flatMap((metric) => {
    const found = row.metrics.find((one) => one.metric === metric.key && one.judgement === judgement);
    if (found === undefined || found.baseline === null || found.candidate === null) return [];
    const { baseline, candidate, change: by, ratio } = found;
    const apart = judgement === "within spread" && ratio !== null ? `, equal runs: up to ${times(ratio.apart)}` : "";
    const brackets = by === null ? "" : ` (${change(by)}${apart})`;
    // `p99 1.20 → 2.40 ms (+100%)`
    return [`${titleOf(metric)} ${metric.format(baseline)} → ${metric.format(candidate)} ${metric.unit}${brackets}`];
  });
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
    case "within spread":
      return `${by} ${spreadSign}`;
    case "same":
      return by;
    case "not judged":
      return `(${by})`;
  }
}

/** What is wrong with a row as a whole, or what keeps some of it from being judged. */
function remark({ loss, missing, unjudged, metrics: compared }: ComparedRow): string {
  const valued = compared.filter(({ baseline, candidate }) => baseline !== null && candidate !== null);
  const reasons = new Set(valued.flatMap(({ reason }) => reason ?? []));
  return [
    ...[loss, missing].flatMap((text) => (text === null ? [] : [`${worseSign} ${text.replace(/:.*$/s, "")}`])),
    ...[unjudged, ...reasons].flatMap((text) => (text === null ? [] : [`not judged: ${text}`])),
  ].join("; ");
}
