import { change, number, percent, worseSign } from "./format.ts";
import { type Baseline, likely, type Trend, type TrendChange } from "./history.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { metricOf, titleOf } from "./metrics.ts";
import { namesOf } from "./names.ts";
import { groupedBy } from "./order.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, valueColumn } from "./section.ts";
import { sparkline } from "./sparkline.ts";

/** Fewer have no three on either side of anything. */
const leastNights = 6;

/** A trend as one of the rows that columns and names are made for. */
type Line = Trend & { readonly cell: Trend["series"]["cell"] };

/** A table for each machine, scenario and, of A/Bs, what was compared. */
export function historySections(trends: readonly Trend[]): readonly Section[] {
  const lines = trends.map((trend): Line => ({ ...trend, cell: trend.series.cell }));
  return groupedBy(lines, placeOf).map(sectionOfPlace);
}

function placeOf({ machine, series: { cell, versus } }: Trend): string {
  return [machine.id, cell.scenario, versus?.a, versus?.b].join("\n");
}

function sectionOfPlace(lines: readonly Line[]): Section {
  const [first] = lines;
  if (first === undefined) throw new RangeError("expected at least one series");
  const { series, machine } = first;
  const versus = series.versus === null ? "" : `, B (${series.versus.b}) over A (${series.versus.a})`;
  const nights = [...new Set(lines.flatMap((line) => line.nights.map(({ night }) => night)))].sort();
  const span = nights.length === 1 ? `the night of ${nights[0]}` : `${nights[0]} to ${nights.at(-1)}`;
  return sectionOf({
    title: `${series.cell.scenario}${versus}`,
    caption: [`${machine.label} [${machine.id}]`, span, ...baselineWords(lines)].join("; "),
    columns: columnsOf(lines),
    groups: groupedBy(lines, ({ series: { metric, cell } }) => `${metric}\n${JSON.stringify(cell.case)}`),
  });
}

function baselineWords(lines: readonly Line[]): readonly string[] {
  const told = lines.flatMap(({ baseline }) => (baseline === null ? [] : [wordsOf(baseline)]));
  const words = [...new Set(told)];
  return words.length === 0 ? [] : [`drift against ${words.join(", ")}`];
}

function wordsOf({ kind, night }: Baseline): string {
  if (kind === "A") return "A";
  return kind === "accepted" ? `${night}, accepted` : `the first nights from ${night}`;
}

function columnsOf(lines: readonly Line[]): readonly ColumnOf<Line>[] {
  const severalMethods = new Set(lines.map(({ series }) => series.method)).size > 1;
  return [
    ...caseColumns(lines),
    ...loadColumns(lines),
    ...whoColumns(lines, ({ cell }) => cell),
    ...(severalMethods ? [keyColumn<Line>("method", ({ series }) => series.method)] : []),
    keyColumn("metric", ({ series }) => titleOf(metricOf(series.metric))),
    valueColumn(1, "nights", "", ({ nights }) => plain(String(nights.length))),
    valueColumn(1, "trend", "", ({ values }) => plain(sparkline(values))),
    valueColumn(1, "last", "", (line) => plain(valueText(line, line.values.at(-1) ?? 0))),
    valueColumn(1, "usual\nnoise", "", ({ spread }) => plain(spread === null ? "?" : `±${noiseOf(spread)}%`)),
    valueColumn(1, "drift", "", (line) => plain(driftText(line))),
    valueColumn(1, "last\nchange", "", ({ changes }) => plain(changeText(changes.at(-1)))),
  ];
}

function noiseOf(spread: number): string {
  return percent(Math.expm1(likely * spread));
}

/** A value with its unit; of an A/B the ratio. */
function valueText({ nights, series }: Trend, value: number): string {
  if (nights.at(-1)?.ratio != null) return `${number(value)}×`;
  const { format, unit } = metricOf(series.metric);
  return `${format(value)} ${unit}`.trim();
}

function driftText(trend: Trend): string {
  const { baseline, drift, nights, worse, lost } = trend;
  if (lost) return `lost ${worseSign}`;
  if (baseline === null) return "ended";
  if (baseline.night === nights.at(-1)?.night) return baseline.kind === "first" ? "first night" : "baseline";
  if (drift === null) return "?";
  if (!isKnown(trend) || isNoise(trend)) return `(${change(drift)})`;
  return `${change(drift)}${worse ? ` ${worseSign}` : ""}`;
}

/** Whether anybody knows how much of a drift is noise: from the nights before, or from the A/B's own interval. */
function isKnown({ noise, baseline }: Trend): boolean {
  return noise !== null || baseline?.kind === "A";
}

/** Whether nights differ by as much when nothing has changed, or the last A/B shows no difference; false where nobody knows. */
function isNoise({ drift, noise, baseline, nights }: Trend): boolean {
  const { low = null, high = null } = nights.at(-1)?.ratio ?? {};
  if (baseline?.kind === "A" && (low === null || high === null || (low <= 1 && high >= 1))) return true;
  return drift !== null && noise !== null && Math.abs(Math.log1p(drift)) <= noise;
}

function changeText(last: TrendChange | undefined): string {
  if (last === undefined) return "";
  const sign = last.worse ? ` ${worseSign}` : "";
  return `${last.night.slice(5)} ${last.change === null ? "" : change(last.change)}${sign}`;
}

/** What a reader must know of these tables. */
export function historyRemarks(trends: readonly Trend[]): readonly string[] {
  const inBrackets = trends.map(driftText).some((text) => text.startsWith("("));
  const first = trends.some(({ baseline }) => baseline?.kind === "first");
  const few = trends.filter(({ nights }) => nights.length < leastNights).length;
  return [
    ...(trends.some(({ spread }) => spread === null)
      ? ["usual noise is what two equal nights differ by in 19 of 20 cases; it is known from 8 nights on"]
      : []),
    ...(inBrackets
      ? ["a drift in brackets is within the usual noise of the nights that it is of, or that is not known yet"]
      : []),
    ...(first
      ? [
          "no baseline was accepted for some series: their drift is against their first nights until `history accept` names one",
        ]
      : []),
    ...(few > 0
      ? [`${few} of ${trends.length} series have fewer than ${leastNights} nights: too few for a change point`]
      : []),
  ];
}

/** One sentence for each change of a series. */
export function changeSentences(trends: readonly Trend[], worse: boolean): readonly string[] {
  const nameOf = namesFor(trends);
  return trends.flatMap((trend) =>
    trend.changes
      .filter((one) => one.worse === worse)
      .map((one) => {
        const by = one.change === null ? "" : ` (${change(one.change)})`;
        const sizes = `${valueText(trend, one.before)} → ${valueText(trend, one.after)}${by}`;
        const sure = `confidence ${confidenceText(one.confidence)}`;
        return `${nameOf(trend)}: ${sizes} since the night of ${one.night}, ${rangeText(one)}, ${sure}`;
      }),
  );
}

/** `commits 1234567..89abcde`, as git log takes them. */
function rangeText({ commits: { after, upTo }, previous }: TrendChange): string {
  if (after === null && upTo === null) return `the night before was ${previous}, commits are not known`;
  if (after === upTo) return `both nights were of commit ${after}: not the code, or not this repository's`;
  return `commits ${after ?? "?"}..${upTo ?? "?"}`;
}

function confidenceText(confidence: number): string {
  return confidence > 0.9999 ? ">99.99%" : `${(100 * confidence).toFixed(2)}%`;
}

/** What is beyond the limit, a sentence each: a drift in the bad direction that is more than the usual noise, and what is not measured any more. */
export function driftSentences(trends: readonly Trend[], limit: number): readonly string[] {
  const nameOf = namesFor(trends);
  return trends.flatMap((trend) => {
    const { lost, drift, worse, baseline, nights } = trend;
    if (baseline === null) return [];
    const last = nights.at(-1)?.night;
    if (lost)
      return [`${nameOf(trend)}: not in the last night, but until ${last}; accept a night without it if that is meant`];
    if (drift === null || !worse || Math.abs(drift) <= limit || isNoise(trend)) return [];
    const from = `${valueText(trend, baseline.value)} (${wordsOf(baseline)})`;
    return [
      `${nameOf(trend)}: ${change(drift)} against ${from}, more than ${percent(limit)}%${isKnown(trend) ? "" : "; the usual noise is not known yet"}`,
    ];
  });
}

/** `one/rest (sdk), message-size 1 KiB, 10 VUs: RPS`, no more than it takes to tell them apart. */
function namesFor(trends: readonly Trend[]): (trend: Trend) => string {
  const placed = trends.map(({ series }) => ({ cell: series.cell }));
  const names = namesOf(placed, {
    servers: [...new Set(placed.map(({ cell }) => cell.server))],
    clients: [...new Set(placed.map(({ cell }) => cell.client))],
  });
  const machines = new Set(trends.map(({ machine }) => machine.id)).size;
  return ({ series: { cell, metric, versus }, machine }) =>
    [
      `${names.who(cell)}, ${names.place(cell)}`,
      ...(versus === null ? [] : [`${versus.b} over ${versus.a}`]),
      ...(machines > 1 ? [`[${machine.id}]`] : []),
      titleOf(metricOf(metric)),
    ].join(", ");
}
