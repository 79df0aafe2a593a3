import type { Footnotes } from "./footnotes.ts";
import { noValue, percent, whole } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { figureColumn } from "./metric-columns.ts";
import { ratio } from "./quantity.ts";
import type { Row } from "./row.ts";
import { rowSection } from "./row-section.ts";
import { plain, type Section } from "./section.ts";

/** How often a scenario's checks said yes, a column each; none where it has none. */
export function checkSections(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const names = new Set(rows.flatMap((row) => (row.status === "measured" ? Object.keys(row.checks) : [])));
  if (names.size === 0) return [];
  const columns = [...names].map((name) =>
    figureColumn<Row>(
      1,
      name,
      "% · of",
      (row) => row,
      ({ checks }) => plain(passesText(checks[name])),
    ),
  );
  const keys = [...caseColumns(rows), ...loadColumns(rows), ...whoColumns(rows, ({ cell }) => cell)];
  const caption = "how many of its checks said yes; all rounds together";
  const remarks = [...names].flatMap((name) => saidOf(name, rows));
  return [rowSection({ title: `${scenario}: checks`, caption, rows, notes, remarks }, [...keys, ...columns])];
}

/** Why a check said no without having been worked out, in the first row in which it did. */
function saidOf(name: string, rows: readonly Row[]): readonly string[] {
  const said = rows.flatMap((row) => (row.status === "measured" ? (row.checks[name]?.said ?? []) : []));
  return said.slice(0, 1).map((reason) => `${name} says no where it cannot be worked out: ${reason}`);
}

function passesText(check: { readonly passes: number; readonly fails: number } | undefined): string {
  const all = (check?.passes ?? 0) + (check?.fails ?? 0);
  const share = ratio(check?.passes ?? 0, all);
  return share === null ? noValue : `${percent(share)} · ${whole(all)}`;
}
