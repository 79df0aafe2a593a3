import { changePoints } from "@apb/stats/change-points";
import { median } from "@apb/stats/median";
import { type HistoryMetric, type HistoryPoint, historyMetrics, type Machine, type SeriesId } from "./history-point.ts";
import { metricOf } from "./metrics.ts";
import { compareCases, groupedBy, placeIn } from "./order.ts";
import { rowKey } from "./row.ts";
import type { Spread } from "./spread.ts";

/** Of which series; null: of all. */
export interface SeriesFilter {
  readonly bindings: readonly string[] | null;
  readonly scenarios: readonly string[] | null;
  readonly metrics: readonly HistoryMetric[] | null;
}

/** Somebody has said that this night's values are what later ones are held against. */
export interface Accepted {
  readonly schemaVersion: HistoryPoint["schemaVersion"];
  readonly kind: "accepted";
  readonly night: string;
  /** Its id. */
  readonly machine: string;
  readonly only: SeriesFilter;
  /**
   * The ids of that night's runs by then, of one kind: one that is added to it later moves nothing, and series of other kinds
   * are not concerned.
   */
  readonly runs: readonly string[];
  /** ISO 8601. */
  readonly acceptedAt: string;
}

/** One line of the file. */
export type HistoryLine = HistoryPoint | Accepted;

/** A stored history, in the order of its lines. */
export interface History {
  readonly points: readonly HistoryPoint[];
  readonly accepted: readonly Accepted[];
  /** What a reader must know about the file itself, such as a line that was cut off. */
  readonly notes: readonly string[];
}

/** Where a series begins to be another one. */
export interface TrendChange {
  /** The first night after the change, and the one before. */
  readonly night: string;
  readonly previous: string;
  /** What was measured in these: the change is after the first and not after the second. */
  readonly commits: { readonly after: string | null; readonly upTo: string | null };
  /** The means on both sides, outliers aside. */
  readonly before: number;
  readonly after: number;
  /** As a fraction of `before`; null where that is 0. */
  readonly change: number | null;
  /** 1 − p of Student's test, which takes no account of the search for the place. */
  readonly confidence: number;
  readonly worse: boolean;
}

/** What the last nights are held against. */
export interface Baseline {
  /** `accepted`: by a person; `first`: the first nights there are, until one is accepted; `A`: the commit that an A/B's A is. */
  readonly kind: "accepted" | "first" | "A";
  /** Null for A. */
  readonly night: string | null;
  /** Of the accepted night; of first ones the median of three. */
  readonly value: number;
}

/** One series on one machine, read. */
export interface Trend {
  readonly series: SeriesId;
  readonly machine: Machine;
  /** One a night, in their order. */
  readonly nights: readonly HistoryPoint[];
  /** The nights' values: of an A/B the ratios, or where the metric has none, B's values. */
  readonly values: readonly number[];
  readonly changes: readonly TrendChange[];
  /** Null where it was not measured any more when the baseline was accepted. */
  readonly baseline: Baseline | null;
  /** The median of the last three nights since the baseline's, against it, as a fraction; null where there is nothing to divide by. */
  readonly drift: number | null;
  readonly worse: boolean;
  /** The log of the greatest drift that nights give by chance, in 19 of 20 cases; null when nobody knows yet. */
  readonly noise: number | null;
  /** The standard deviation of the log-ratio of two nights between which nothing has changed; null when nobody knows yet. */
  readonly spread: number | null;
  /** Whether it is missing in the last night of its kind, although nobody has accepted a night without it. */
  readonly lost: boolean;
}

/** Nights whose median says what a series is, whichever of them is a bad one. */
const fewNights = 3;
/** Of one night's variance what the median of so many has, for normal values. */
const medianVariance = [0, 1, 0.5, 0.449] as const;
/** 95% of a normal's values lie within so many deviations. */
export const likely = 1.96;
/** Of normal values the median of their sizes tells the deviation as well as the root of their squares does of this share of them. */
const sizesEfficiency = 0.37;
/** With fewer nights than this nobody knows how they differ. */
const enoughNights = 8;

/** Every series of a history on every machine, as it went: the last machine first, otherwise in the order of tables. Pure. */
export function trendsOf(history: History, filter: SeriesFilter = everySeries): readonly Trend[] {
  const lastOf = lastNightsOf(history.points);
  const kinds = new Set(history.points.map((point) => `${point.run}\n${kindKey(point)}`));
  const concerns = (point: HistoryPoint): readonly Accepted[] =>
    history.accepted.filter(({ runs }) => runs.some((run) => kinds.has(`${run}\n${kindKey(point)}`)));
  const chosen = history.points.filter((point) => isOf(filter, point));
  const trends = groupedBy(chosen, (point) => `${point.machine.id}\n${seriesKey(point)}`).flatMap((own) => {
    const nights = nightsOf(own);
    const last = nights.at(-1);
    return last === undefined ? [] : [trendOf(nights, last, baselineOf(own, nights, concerns(last)), lastOf(last))];
  });
  return inOrder(trends);
}

/** No filter. */
export const everySeries: SeriesFilter = { bindings: null, scenarios: null, metrics: null };

/** Whether a series is one of these. */
export function isOf({ bindings, scenarios, metrics }: SeriesFilter, { cell, metric }: SeriesId): boolean {
  return (
    (bindings?.includes(cell.binding) ?? true) &&
    (scenarios?.includes(cell.scenario) ?? true) &&
    (metrics?.includes(metric) ?? true)
  );
}

/** Whether a series is of an A/B against a commit, which is its baseline: it moves when another one is named. */
export function isAnchored({ versus }: SeriesId): boolean {
  return versus !== null && versus.commit !== null;
}

/** Equal for two points of one series. */
export function seriesKey({ cell, metric, method, versus }: SeriesId): string {
  return [rowKey(cell), metric, method, versus?.a ?? "", versus?.b ?? ""].join("\n");
}

/**
 * The standard deviation of the log-ratio of two equal runs of this series at two times, on the machine with this
 * fingerprint: what a comparison of two runs must allow for. From the changes from one night to the next, but for those
 * at change points, by the median of their sizes, which a bad night does not move. Null with fewer than eight nights.
 */
export function spreadOf(history: History, series: SeriesId, fingerprint: string): Spread | null {
  const key = seriesKey(series);
  const nights = nightsOf(
    history.points.filter((point) => point.machine.id === fingerprint && seriesKey(point) === key),
  );
  const sd = spreadAmong(nights.map(figureOf));
  return sd === null ? null : { sd, runs: 1 + sizesEfficiency * (nights.length - 1) };
}

function spreadAmong(values: readonly number[]): number | null {
  const changed = new Set(changePoints(values).map(({ index }) => index));
  const ratios = values.slice(1).flatMap((value, n) => {
    const before = values[n] ?? 0;
    return changed.has(n + 1) || value <= 0 || before <= 0 ? [] : [Math.abs(Math.log(value / before))];
  });
  // A normal's median size is 0.6745 deviations.
  return ratios.length < enoughNights - 1 ? null : median(ratios) / 0.6745;
}

/** Of several points of a night the last line; in the order of the nights. */
function nightsOf(points: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const byNight = new Map(points.map((point) => [point.night, point]));
  return [...byNight.values()].sort((a, b) => a.night.localeCompare(b.night));
}

function figureOf({ value, ratio }: HistoryPoint): number {
  return ratio?.value ?? value;
}

/** Equal for points that one run on one machine may give: the same method, and the same sides of an A/B. */
export function kindKey({ machine, method, versus }: HistoryPoint): string {
  return [machine.id, method, versus?.a ?? "", versus?.b ?? ""].join("\n");
}

/** The last night in which anything of a point's kind was measured. */
function lastNightsOf(points: readonly HistoryPoint[]): (point: HistoryPoint) => string {
  const last = new Map<string, string>();
  for (const point of points) {
    const known = last.get(kindKey(point)) ?? "";
    if (point.night > known) last.set(kindKey(point), point.night);
  }
  return (point) => last.get(kindKey(point)) ?? point.night;
}

function trendOf(
  nights: readonly HistoryPoint[],
  last: HistoryPoint,
  [baseline, since]: Held,
  lastOfAll: string,
): Trend {
  const { cell, metric, method, versus, machine } = last;
  const values = nights.map(figureOf);
  const lately = since.slice(-fewNights);
  const now = median(lately.map(figureOf));
  const spread = spreadAmong(values);
  const drift = baseline === null || baseline.value === 0 ? null : now / baseline.value - 1;
  return {
    series: { cell, metric, method, versus },
    ...{ machine, nights, values, changes: changesOf(nights, values, metric) },
    ...{ baseline, drift, worse: baseline !== null && isWorse(metric, baseline.value, now) },
    ...{ spread, noise: spread === null || baseline === null ? null : spread * noiseOf(baseline, since.length) },
    lost: baseline !== null && last.night < lastOfAll,
  };
}

/** By how much a drift is likely to be wrong, in the deviations of two nights' ratio: by both of its sides. */
function noiseOf({ kind }: Baseline, nights: number): number {
  const few = medianVariance[Math.min(nights, fewNights)] ?? 1;
  const base = { accepted: 1, first: few, A: 0 }[kind];
  return likely * Math.sqrt((few + base) / 2);
}

/** A baseline, and the nights from it on. */
type Held = readonly [baseline: Baseline | null, since: readonly HistoryPoint[]];

/** What was accepted last for this series, or its first night. */
function baselineOf(
  own: readonly HistoryPoint[],
  nights: readonly HistoryPoint[],
  accepted: readonly Accepted[],
): Held {
  const [sample] = own;
  if (sample === undefined) return [null, []];
  if (isAnchored(sample) && sample.ratio !== null) return [{ kind: "A", night: null, value: 1 }, nights];
  const told = accepted.findLast(({ machine, only }) => machine === sample.machine.id && isOf(only, sample));
  const since = nights.filter(({ night }) => told === undefined || night >= told.night);
  const [first] = since;
  if (first === undefined) return [null, []];
  const meant = own.findLast(({ night, run }) => night === told?.night && told.runs.includes(run));
  if (meant !== undefined) return [{ kind: "accepted", night: meant.night, value: figureOf(meant) }, since];
  const value = median(since.slice(0, fewNights).map(figureOf));
  return [{ kind: "first", night: first.night, value }, since];
}

/** Exactly as {@link changePoints} finds them; of failures those that are more than noise. */
function changesOf(
  nights: readonly HistoryPoint[],
  values: readonly number[],
  metric: HistoryMetric,
): readonly TrendChange[] {
  return changePoints(values).flatMap(({ index, before, after, change, p }) => {
    const [previous, night] = [nights[index - 1], nights[index]];
    if (previous === undefined || night === undefined) return [];
    if (metric === "errors" && Math.abs(after.mean - before.mean) <= (metricOf(metric).floor ?? 0)) return [];
    return [
      {
        ...{ night: night.night, previous: previous.night },
        commits: { after: previous.commit, upTo: night.commit },
        ...{ before: before.mean, after: after.mean, change, confidence: 1 - p },
        worse: isWorse(metric, before.mean, after.mean),
      },
    ];
  });
}

function isWorse(metric: HistoryMetric, before: number, after: number): boolean {
  return metricOf(metric).better === "less" ? after > before : after < before;
}

function inOrder(trends: readonly Trend[]): readonly Trend[] {
  const lastNight = (id: string): string =>
    trends.reduce((last, { machine, nights }) => {
      const night = nights.at(-1)?.night ?? "";
      return machine.id === id && night > last ? night : last;
    }, "");
  const machines = [...new Set(trends.map(({ machine }) => machine.id))].sort((a, b) =>
    lastNight(b).localeCompare(lastNight(a)),
  );
  const appearing = (key: "scenario" | "binding"): readonly string[] => [
    ...new Set(trends.map(({ series }) => series.cell[key])),
  ];
  const [scenarios, bindings] = [appearing("scenario"), appearing("binding")];
  const versusText = ({ series: { versus } }: Trend): string => (versus === null ? "" : `${versus.b}\n${versus.a}`);
  return [...trends].sort(
    (a, b) =>
      placeIn(machines, a.machine.id) - placeIn(machines, b.machine.id) ||
      versusText(a).localeCompare(versusText(b)) ||
      placeIn(scenarios, a.series.cell.scenario) - placeIn(scenarios, b.series.cell.scenario) ||
      compareCases(a.series.cell.case, b.series.cell.case) ||
      placeIn(historyMetrics, a.series.metric) - placeIn(historyMetrics, b.series.metric) ||
      a.series.cell.load.localeCompare(b.series.cell.load, "en", { numeric: true }) ||
      placeIn(bindings, a.series.cell.binding) - placeIn(bindings, b.series.cell.binding) ||
      seriesKey(a.series).localeCompare(seriesKey(b.series)),
  );
}
