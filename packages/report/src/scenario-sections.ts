import type { Latency, MeasuredLoad } from "@apb/core/cell";
import type { Footnotes } from "./footnotes.ts";
import { caseText, counted, failed, kib, mib, notApplicable, noValue, number, percent, whole } from "./format.ts";
import { whoColumns } from "./headline-section.ts";
import { type Quantity, ratio } from "./quantity.ts";
import { byCase, errorRateOf, latencyOf, type MeasuredRow, type Row } from "./rows.ts";
import { type ColumnOf, keyColumn, plain, type Section, type Shown, sectionOf, shown, valueColumn } from "./section.ts";

/** How the rows of one scenario become tables. */
type View = (scenario: string, rows: readonly Row[], notes: Footnotes) => readonly Section[];

/** Scenarios with a view of their own; all others get the general one. */
const views: Readonly<Record<string, View>> = {
  "message-size": sizeView,
  "concurrency-ladder": ladderView,
};

/** The tables of every scenario in the rows, in their order. */
export function scenarioSections(rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const scenarios = [...new Set(rows.map((row) => row.cell.scenario))];
  return scenarios.flatMap((scenario) => {
    const own = rows.filter((row) => row.cell.scenario === scenario);
    return (views[scenario] ?? generalView)(scenario, own, notes);
  });
}

function sizeView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const columns = [
    keyColumn<Row>("size", (row) => caseText(row.cell.case), "right"),
    ...whoColumns(rows, (row) => row.cell),
    numbers(1, "RPS", "1/s", (row) => row.operationsPerSecond, number),
    ...latencies(1, ["mean", "p50", "p90", "p99", "max"]),
    errors,
    numbers(2, "wire", "B/op", (row) => row.wireBytesPerOperation, number),
    numbers(2, "added", "B/op", (row) => row.wireAddedBytesPerOperation, number),
    numbers(2, "overhead", "%", (row) => row.wireOverhead, percent),
    numbers(2, "server\nCPU", "ms/op", (row) => row.server.cpuMsPerOperation, number),
    numbers(2, "client\nCPU", "ms/op", (row) => row.generator.cpuMsPerOperation, number),
  ];
  const remarks = [
    "added: what the wire carries beyond the bodies (request and reply); overhead: the same as a share of the bodies (request and reply)",
    ...punctuality(rows),
  ];
  return [rowSection(scenario, loadText(rows), columns, rows, notes, remarks)];
}

function ladderView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const columns = [
    keyColumn<Row>("asked", (row) => caseText(row.cell.case).replace(/ connections?$/, ""), "right"),
    ...whoColumns(rows, (row) => row.cell),
    figures(1, "held", "", (row) => plain(whole(row.connections.held))),
    figures(1, "refused", "", (row) => plain(whole(row.connections.asked - row.connections.held))),
    errors,
    numbers(1, "connect\np50", "ms", (row) => latencyOf(row, "connect", "p50"), number),
    numbers(1, "connect\np99", "ms", (row) => latencyOf(row, "connect", "p99"), number),
    numbers(2, "RPS", "1/s", (row) => row.operationsPerSecond, number),
    ...latencies(2, ["p50", "p99"]),
    figures(3, "server memory\nidle → peak", "MiB", idleToPeak),
    numbers(3, "per\nconnection", "KiB", (row) => row.server.rssPerConnectionBytes, kib),
  ];
  const remarks = [
    "connections asked, held and refused; memory per connection: with all connections open and no request sent, less idle",
  ];
  return [rowSection(scenario, ladderLoad(rows), columns, rows, notes, remarks)];
}

function ladderLoad(rows: readonly Row[]): string {
  const model = rows.find((row) => row.status === "measured")?.load.model ?? "closed";
  return model === "closed" ? "one user on each connection, closed load" : loadText(rows);
}

function idleToPeak({ server: { rssIdleBytes, rssPeakBytes } }: MeasuredRow): Shown {
  if (rssIdleBytes.value === null || rssPeakBytes.value === null)
    return { text: notApplicable, missing: rssIdleBytes.missing ?? rssPeakBytes.missing };
  return plain(`${mib(rssIdleBytes.value)} → ${mib(rssPeakBytes.value)}`);
}

function generalView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const keys = [...caseColumns(rows), ...whoColumns(rows, (row) => row.cell)];
  const columns = [
    ...keys,
    numbers(1, `${scenario}s`, "1/s", (row) => row.iterationsPerSecond, number),
    numbers(1, "RPS", "1/s", (row) => row.operationsPerSecond, number),
    ...latencies(1, ["mean", "p50", "p99", "max"]),
    errors,
    numbers(2, "server\nCPU", "ms/op", (row) => row.server.cpuMsPerOperation, number),
    numbers(2, "server\nmemory", "MiB", (row) => row.server.rssPeakBytes, mib),
  ];
  const endToEnd = rowSection(
    scenario,
    `end to end; ${loadText(rows)}`,
    columns,
    rows,
    notes,
    operationsRemark(scenario, rows),
  );
  const steps = ownSteps(rows);
  if (steps.length < 2) return [endToEnd];
  const stepColumns = steps.map((step) => figures(1, step, "ms · share", (row) => stepShare(row, step)));
  return [
    endToEnd,
    rowSection(
      `${scenario}: steps`,
      "mean of each step, and its share of the whole",
      [...keys, ...stepColumns],
      rows,
      notes,
    ),
  ];
}

/** RPS are of protocol operations everywhere: how many of them an iteration has. */
function operationsRemark(scenario: string, rows: readonly Row[]): readonly string[] {
  const measured = rows.find((row) => row.status === "measured");
  const operations = ratio(measured?.operationsPerSecond.value ?? 0, measured?.iterationsPerSecond.value ?? 0);
  return operations === null ? [] : [`RPS: protocol operations, of which every ${scenario} has ${whole(operations)}`];
}

/** One case needs no column: it is in the caption. */
function caseColumns(rows: readonly Row[]): readonly ColumnOf<Row>[] {
  const cases = new Set(rows.map((row) => caseText(row.cell.case)));
  return cases.size > 1 ? [keyColumn<Row>("case", (row) => caseText(row.cell.case))] : [];
}

/** The scenario's own steps, in the order of their first appearance. */
function ownSteps(rows: readonly Row[]): readonly string[] {
  const names = rows.flatMap((row) => (row.status === "measured" ? Object.keys(row.steps) : []));
  return [...new Set(names)].filter((name) => name !== "total" && name !== "connect");
}

function stepShare(row: MeasuredRow, step: string): Shown {
  const mean = latencyOf(row, step, "mean");
  const total = latencyOf(row, "total", "mean");
  if (mean.value === null) return { text: notApplicable, missing: mean.missing };
  const counts = ratio(row.steps[step]?.count ?? 0, row.steps.total?.count ?? 0);
  if (total.value === null || counts === null) return plain(number(mean.value));
  const share = (100 * mean.value * counts) / total.value;
  return plain(`${number(mean.value)} · ${share < 1 ? "<1" : whole(share)}%`);
}

type Figure = (row: MeasuredRow) => Shown;

/** A column that only measured rows can fill. */
function figures(part: number, header: string, unit: string, figure: Figure): ColumnOf<Row> {
  return valueColumn(part, header, unit, (row) => {
    if (row.status === "measured") return figure(row);
    return plain(row.status === "failed" ? noValue : notApplicable);
  });
}

function numbers(
  part: number,
  header: string,
  unit: string,
  of: (row: MeasuredRow) => Quantity,
  format: (value: number) => string,
): ColumnOf<Row> {
  return figures(part, header, unit, (row) => shown(of(row), format));
}

const errors = numbers(1, "errors", "%", errorRateOf, percent);

function latencies(part: number, keys: readonly (keyof Latency)[]): readonly ColumnOf<Row>[] {
  return keys.map((key) => numbers(part, key, "ms", (row) => latencyOf(row, "total", key), number));
}

function rowSection(
  title: string,
  caption: string,
  columns: readonly ColumnOf<Row>[],
  rows: readonly Row[],
  notes: Footnotes,
  remarks: readonly string[] = [],
): Section {
  return sectionOf({
    title,
    caption,
    columns: sayingFailed(columns),
    groups: byCase(rows),
    remarks,
    footnotes: { notes, marks: (row) => notes.of(row) },
  });
}

/** The word once in a line: in its first column of values. */
function sayingFailed(columns: readonly ColumnOf<Row>[]): readonly ColumnOf<Row>[] {
  const first = columns.find(({ role }) => role === "value");
  return columns.map((column) =>
    column === first
      ? { ...column, show: (row) => (row.status === "failed" ? plain(failed) : column.show(row)) }
      : column,
  );
}

/** What a client spends to be on time is no protocol's cost. */
function punctuality(rows: readonly Row[]): readonly string[] {
  const isOpen = rows.some((row) => row.status === "measured" && row.load.model === "open");
  return isOpen ? ["client CPU: up to 0.3 ms of every arrival is the load generator's waiting for its time"] : [];
}

/** The load of the first measured row in words; all rows of a scenario share it but for what their case names. */
export function loadText(rows: readonly Row[]): string {
  const measured = rows.find((row) => row.status === "measured");
  return measured === undefined ? "" : describeLoad(measured.load);
}

function describeLoad({ model, users, perSecond, sessions }: MeasuredLoad): string {
  const pressure =
    model === "closed"
      ? `${counted(users ?? sessions, "user")}, closed load`
      : `${number(perSecond ?? 0)} arrivals per second, open load`;
  return `${pressure}, ${counted(sessions, "connection")}`;
}
