import type { Footnotes } from "./footnotes.ts";
import { caseText } from "./format.ts";
import { whoColumns } from "./key-columns.ts";
import { loadText, type PairHeads, pairHeads, pairText } from "./load-words.ts";
import { metricColumn, type RowOf, sayingFailed } from "./metric-columns.ts";
import type { MetricKey } from "./metrics.ts";
import { byCase } from "./order.ts";
import { giving, isSaturated, type Pair, pairsOf, rowsOfPair } from "./pairs.ts";
import { type Row, whoKey } from "./row.ts";
import { occasionalMetrics, occasionalRemarks, rowColumns, rowSection } from "./row-section.ts";
import { type ColumnOf, keyColumn, type Section, sectionOf } from "./section.ts";

/** Rows by the size of their bodies: the round trip and what a busy server does, each in columns of its own, on one line. */
export function sizeView(scenario: string, rows: readonly Row[], notes: Footnotes): readonly Section[] {
  const pairs = pairsOf(rows);
  const isPaired = pairs.some(({ roundTrip, busy }) => roundTrip !== null && busy !== null);
  return [isPaired ? pairSection(scenario, pairs, notes) : oneLoad(scenario, rows, notes)];
}

const bytesRemark =
  "added: what the wire carries beyond the bodies (request and reply); overhead: the same as a share of the bodies (request and reply)";

const bytesAndCost: readonly MetricKey[] = [
  ...(["wireBytesPerOperation", "wireAddedBytesPerOperation", "wireOverhead"] as const),
  ...(["cpuMsPerOperation", "clientCpuMsPerOperation"] as const),
];

function oneLoad(scenario: string, rows: readonly Row[], notes: Footnotes): Section {
  const columns = [
    keyColumn<Row>("size", ({ cell }) => caseText(cell.case), "right"),
    ...whoColumns(rows, ({ cell }) => cell),
    ...rowColumns(1, ["operationsPerSecond", "meanMs", "p50Ms", "p90Ms", "p99Ms", "maxMs", "errors"]),
    ...rowColumns(2, bytesAndCost),
    ...rowColumns(3, occasionalMetrics(rows)),
  ];
  const remarks = [bytesRemark, ...occasionalRemarks(rows)];
  return rowSection({ title: scenario, caption: loadText(rows), rows, notes, remarks }, columns);
}

const ofRoundTrip: RowOf<Pair> = ({ roundTrip }) => roundTrip;
const ofBusy: RowOf<Pair> = ({ busy }) => busy;

function pairSection(scenario: string, pairs: readonly Pair[], notes: Footnotes): Section {
  const [quiet, busy] = [labelsOf(pairs, ofRoundTrip), labelsOf(pairs, ofBusy)];
  const saturated = isSaturated(pairs);
  return sectionOf({
    title: scenario,
    caption: pairText(quiet.join(", "), busy.join(", "), saturated),
    columns: [
      keyColumn<Pair>("size", ({ cell }) => caseText(cell.case), "right"),
      ...pairLoads(pairs),
      ...whoColumns(pairs, ({ cell }) => cell),
      ...pairColumns(pairs, pairHeads(quiet, busy, saturated)),
    ],
    groups: byCase(pairs),
    remarks: [bytesRemark, ...occasionalRemarks(pairs.flatMap(rowsOfPair))],
    footnotes: { notes, marks: (pair) => rowsOfPair(pair).flatMap((row) => notes.of(row)) },
  });
}

/** Each column says at its head which of the two rows it is of. */
function pairColumns(pairs: readonly Pair[], { roundTrip, busy, waiting }: PairHeads): readonly ColumnOf<Pair>[] {
  const columns = (part: number, keys: readonly MetricKey[], rowOf: RowOf<Pair>, head: string) =>
    keys.map((key) => metricColumn(part, key, rowOf, head));
  return [
    ...sayingFailed(columns(1, ["meanMs", "p50Ms", "p99Ms", "errors"], ofRoundTrip, roundTrip), ofRoundTrip),
    ...sayingFailed(columns(2, ["operationsPerSecond"], ofBusy, busy), ofBusy),
    ...columns(2, ["p50Ms", "p99Ms"], ofBusy, waiting),
    ...columns(2, ["errors"], ofBusy, busy),
    ...columns(3, bytesAndCost, (pair) => giving(pair, "busy"), busy),
    ...columns(4, occasionalMetrics(pairs.flatMap((pair) => pair.roundTrip ?? [])), ofRoundTrip, roundTrip),
    ...columns(4, occasionalMetrics(pairs.flatMap((pair) => pair.busy ?? [])), ofBusy, busy),
  ];
}

function labelsOf(pairs: readonly Pair[], rowOf: RowOf<Pair>): readonly string[] {
  return [...new Set(pairs.flatMap((pair) => rowOf(pair)?.cell.load ?? []))];
}

/** A case of three loads or more has several lines. */
function pairLoads(pairs: readonly Pair[]): readonly ColumnOf<Pair>[] {
  const lines = new Set(pairs.map(({ cell }) => whoKey(cell)));
  if (lines.size === pairs.length) return [];
  return [
    keyColumn<Pair>("load", (pair) =>
      rowsOfPair(pair)
        .map(({ cell }) => cell.load)
        .join(" · "),
    ),
  ];
}
