import type { OwnResult } from "@apb/core/cell";
import type { Footnotes } from "./footnotes.ts";
import { noValue, number, percent, whole } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { figureColumn } from "./metric-columns.ts";
import type { Row } from "./row.ts";
import { rowSection } from "./row-section.ts";
import { plain, type Section } from "./section.ts";

/** What a scenario's own metrics have come to, a column each; none where it has none. */
export function ownSections(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const metrics = new Map(
    rows.flatMap((row) =>
      row.status === "measured" ? Object.entries(row.metrics).map(([name, { type }]) => [name, type]) : [],
    ),
  );
  if (metrics.size === 0) return [];
  const columns = [...metrics].map(([name, type]) =>
    figureColumn<Row>(
      1,
      name,
      headings[type],
      (row) => row,
      ({ metrics: own }) => plain(textOf(own[name])),
    ),
  );
  const keys = [...caseColumns(rows), ...loadColumns(rows), ...whoColumns(rows, ({ cell }) => cell)];
  const caption = "metrics that the scenario counts itself; all rounds together";
  return [rowSection({ title: `${scenario}: metrics`, caption, rows, notes }, [...keys, ...columns])];
}

const headings: Readonly<Record<OwnResult["type"], string>> = {
  counter: "count · 1/s",
  gauge: "last · min–max",
  rate: "% · of",
  trend: "mean · p95",
};

function textOf(own: OwnResult | undefined): string {
  switch (own?.type) {
    case undefined:
      return noValue;
    case "counter":
      return `${number(own.count)} · ${number(own.perSecond)}`;
    case "gauge":
      return `${number(own.value)} · ${number(own.min)}–${number(own.max)}`;
    case "rate":
      return own.of === 0 ? noValue : `${percent(own.hits / own.of)} · ${whole(own.of)}`;
    case "trend":
      return `${number(own.values.mean)} · ${number(own.values.p95)}`;
  }
}
