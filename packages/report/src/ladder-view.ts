import type { Footnotes } from "./footnotes.ts";
import { caseText, mib, notApplicable } from "./format.ts";
import { loadColumns, whoColumns } from "./key-columns.ts";
import { loadText } from "./load-words.ts";
import { figureColumn } from "./metric-columns.ts";
import { metricOf } from "./metrics.ts";
import type { MeasuredRow, Row } from "./row.ts";
import { occasionalMetrics, occasionalRemarks, rowColumns, rowSection } from "./row-section.ts";
import { keyColumn, plain, type Section, type Shown } from "./section.ts";

/** Rows by how many connections were asked for: who holds them, and what each costs. */
export function ladderView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const columns = [
    keyColumn<Row>("asked", (row) => caseText(row.cell.case).replace(/ connections?$/, ""), "right"),
    ...loadColumns(rows),
    ...whoColumns(rows, (row) => row.cell),
    ...rowColumns(1, ["held", "notHeld", "errors", "connectP50Ms", "connectP99Ms"]),
    ...rowColumns(2, ["operationsPerSecond", "p50Ms", "p99Ms"]),
    figureColumn<Row>(3, "server memory\nidle → peak", "MiB", (row) => row, idleToPeak),
    ...rowColumns(3, ["rssPerConnectionBytes"]),
    ...rowColumns(4, occasionalMetrics(rows)),
  ];
  const remarks = [
    "connections asked, held and refused; memory per connection: with all connections open and no request sent, less idle",
    ...occasionalRemarks(rows),
  ];
  return [rowSection({ title: scenario, caption: ladderLoad(rows), rows, notes, remarks }, columns)];
}

function ladderLoad(rows: readonly Row[]): string {
  const measured = rows.filter((row) => row.status === "measured");
  return measured.length > 0 && measured.every(isOneEach) ? "one VU on each connection, closed load" : loadText(rows);
}

/** A VU whose connection was refused may not have run: there are as many as connections were held, or up to all that were asked for. */
function isOneEach({ load: { vus }, connections: { asked, held } }: MeasuredRow): boolean {
  return vus !== null && vus >= held && vus <= asked;
}

function idleToPeak(row: MeasuredRow): Shown {
  const [idle, peak] = [metricOf("rssIdleBytes").of(row), metricOf("rssPeakBytes").of(row)];
  if (idle.value === null || peak.value === null) return { text: notApplicable, missing: idle.missing ?? peak.missing };
  return plain(`${mib(idle.value)} → ${mib(peak.value)}`);
}
