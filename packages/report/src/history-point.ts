import { createHash } from "node:crypto";
import type { AB, ABMetric, ABSubject } from "@apb/core/ab";
import { caseLabel, type FindingKind, findingKinds } from "@apb/core/cell";
import type { Environment, Run } from "@apb/core/run";
import { median } from "@apb/stats/median";
import { doubtsAbout } from "./doubts.ts";
import { type MetricKey, metricOf, type ShownMetric } from "./metrics.ts";
import { groupedBy } from "./order.ts";
import { giving, pairsOf } from "./pairs.ts";
import { ratio, sum } from "./quantity.ts";
import { roundsIn } from "./rounds.ts";
import { type MeasuredRow, type RowCell, rowKey } from "./row.ts";
import { fold, rowsOf } from "./rows.ts";

/** The metrics that a history keeps: few, since each is a series for every row, and every series a chance of a false alarm. */
export const historyMetrics = [
  ...(["cpuMsPerOperation", "operationsPerSecond", "p50Ms", "wireBytesPerOperation", "errors"] as const),
] satisfies readonly MetricKey[];

/** One of {@link historyMetrics}. */
export type HistoryMetric = (typeof historyMetrics)[number];

/** The version of a history's lines. A change that an older reader would misread raises it. */
export const historyVersion = 1;

/** What values must have in common to be of one series on one machine. */
export interface SeriesId {
  readonly cell: RowCell;
  readonly metric: HistoryMetric;
  /** The profile's name and a hash of how it measures: windows, costs added to servers, the user's target, call or file. */
  readonly method: string;
  /**
   * Of an A/B: what B is and what A, as labels, with A's commit where it is one of this repository's: then A is what later
   * nights are held against. Null of a run, whose values stand alone.
   */
  readonly versus: { readonly a: string; readonly b: string; readonly commit: string | null } | null;
}

/** What values are comparable on. */
export interface Machine {
  /** A hash of CPU, memory, their limits, platform and Node's major version. */
  readonly id: string;
  /** The same for people. */
  readonly label: string;
}

/** One series' value of one night. */
export interface HistoryPoint extends SeriesId {
  readonly schemaVersion: typeof historyVersion;
  readonly kind: "point";
  /** The day that it was begun on, in UTC, `2026-08-01`. */
  readonly night: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly machine: Machine;
  /** Of what was measured; null where nobody knows. */
  readonly commit: string | null;
  /** The id of the run or A/B. */
  readonly run: string;
  readonly unit: string;
  /** The median of the rounds, of errors their share in all; in the metric's own unit. Of an A/B it is B's. */
  readonly value: number;
  /** The lowest and the highest round. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** Rounds whose value is known to be wrong, by finding; they are in none of the above. */
  readonly setAside: Readonly<Partial<Record<FindingKind, number>>>;
  /** The gravest finding about the rounds that count. */
  readonly verdict: FindingKind | "valid";
  /** Of an A/B: B over A with its interval, null where there were too few restarts for one; null of a run and of errors. */
  readonly ratio: { readonly value: number; readonly low: number | null; readonly high: number | null } | null;
}

/** What one run or A/B gives a history. */
export interface Gathered {
  readonly points: readonly HistoryPoint[];
  /** Why values are missing, and of how many. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** One point for every series of a run: latency of the load that is a round trip, CPU and throughput of the busy one. `commit`: instead of the stored one. */
export function pointsOfRun(run: Run, commit = run.info.environment.gitCommit): Gathered {
  const { environment, startedAt, id } = run.info;
  const same = { ...head(environment, startedAt, commit), run: id };
  const roundsOf = roundsIn(run.results);
  const leftOut = new Map<string, number>();
  const points = pairsOf(rowsOf(run)).flatMap((pair) =>
    historyMetrics.flatMap((metric): readonly HistoryPoint[] => {
      const row = giving(pair, metricOf(metric).from);
      const figures = row.status === "measured" ? figuresOf(metric, [...roundsOf(rowKey(row.cell)).values()]) : row;
      if ("value" in figures) return [{ ...same, ...seriesOf(run.info, row.cell, metric), ...figures, ratio: null }];
      leave(leftOut, figures.reason);
      return [];
    }),
  );
  return { points, leftOut };
}

/** One point for every series of an A/B: B's values, and its ratios to A. `commit`: instead of B's. */
export function pointsOfAB({ info, cells }: AB, commit = info.b.commit ?? info.environment.gitCommit): Gathered {
  const { environment, startedAt, id, a, b } = info;
  // A's commit is what a series is against; B's moves from night to night, and is what it is about.
  const versus = { a: named(a, `ref=${a.commit}`), b: named(b, "ref"), commit: a.commit ?? null };
  const method = methodOf({ profile: info.profile });
  const same = { ...head(environment, startedAt, commit), run: id, method, versus };
  const own = cells.filter(({ side, cell }) => side === "b" && cell.round >= (info.spent[cell.binding]?.from ?? 1));
  const rows = own.map(({ side: _, ...result }) => fold([result], {}));
  const places = new Map(groupedBy(rows, ({ cell }) => placeKey(cell)).map((some) => [placeKey(some[0]?.cell), some]));
  const leftOut = new Map<string, number>();
  const points = info.metrics.flatMap((compared): readonly HistoryPoint[] => {
    const metric = historyMetrics.find((key) => key === compared.metric);
    if (metric === undefined) return [];
    const rounds = (places.get(placeKey(compared)) ?? []).filter((row) => row.status === "measured");
    const figures = figuresOf(metric, rounds);
    const cell = rounds[0]?.cell;
    const told = ratioOf(compared);
    if ("value" in figures && cell !== undefined && (told !== null || metric === "errors"))
      return [{ ...same, cell, metric, ...figures, ratio: told }];
    leave(leftOut, "reason" in figures ? figures.reason : (compared.reason ?? "it has no ratio"));
    return [];
  });
  return { points, leftOut };
}

/** The series of a run's row and metric; of a latency it is kept for the round trip, of the others for the busy load. */
export function seriesOf(info: Run["info"], cell: RowCell, metric: HistoryMetric): SeriesId {
  return { cell, metric, method: methodOf(info), versus: null };
}

function leave(leftOut: Map<string, number>, reason: string): void {
  leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
}

/** A side's label, without the words that its commit was named by: `ref=HEAD~1` is another one tomorrow. */
function named({ label, commit }: ABSubject, ref: string): string {
  return commit === undefined ? label : label.replace(/\bref=[^,]+/, ref);
}

function ratioOf({ ratio: value, low, high }: ABMetric): HistoryPoint["ratio"] {
  return value === null ? null : { value, low, high };
}

function placeKey(cell: Pick<RowCell, "binding" | "scenario" | "case" | "load"> | undefined): string {
  return cell === undefined ? "" : [cell.binding, cell.scenario, caseLabel(cell.case), cell.load].join("\n");
}

type Head = Pick<HistoryPoint, "schemaVersion" | "kind" | "night" | "startedAt" | "machine" | "commit">;

function head(environment: Environment, startedAt: string, commit: string | null): Head {
  const machine = machineOf(environment);
  return { schemaVersion: historyVersion, kind: "point", night: startedAt.slice(0, 10), startedAt, machine, commit };
}

type Figures = Pick<HistoryPoint, "unit" | "value" | "low" | "high" | "rounds" | "setAside" | "verdict">;

/** What the rounds that nothing speaks against come to, or why there is nothing. */
function figuresOf(key: HistoryMetric, rounds: readonly MeasuredRow[]): Figures | { readonly reason: string } {
  const metric = metricOf(key);
  const [kept, setAside] = sifted(metric, rounds);
  const values = kept.flatMap((row) => metric.of(row).value ?? []);
  // A median of shares would say nothing of failures in a few rounds.
  const value = key === "errors" ? shareOf(kept) : values.length === 0 ? null : median(values);
  if (value === null)
    return { reason: `${key}: ${Object.keys(setAside).join(", ") || (missingOf(metric, kept) ?? "no round of it")}` };
  const kinds = new Set(kept.flatMap(({ findings }) => findings.map(({ kind }) => kind)));
  return {
    ...{ unit: metric.unit, value, low: Math.min(...values), high: Math.max(...values), rounds: values.length },
    ...{ setAside, verdict: findingKinds.find((kind) => kinds.has(kind)) ?? "valid" },
  };
}

function sifted(
  metric: ShownMetric,
  rounds: readonly MeasuredRow[],
): readonly [kept: readonly MeasuredRow[], setAside: HistoryPoint["setAside"]] {
  const setAside: Partial<Record<FindingKind, number>> = {};
  const kept = rounds.filter((row) => {
    const doubts = doubtsAbout(metric, row);
    for (const kind of doubts) setAside[kind] = (setAside[kind] ?? 0) + 1;
    return doubts.length === 0;
  });
  return [kept, setAside];
}

function shareOf(rows: readonly MeasuredRow[]): number | null {
  return ratio(sum(rows.map(({ attempts }) => attempts.failed)), sum(rows.map(({ attempts }) => attempts.due)));
}

function missingOf(metric: ShownMetric, rows: readonly MeasuredRow[]): string | undefined {
  return rows.map((row) => metric.of(row).missing).find((reason) => reason !== null) ?? undefined;
}

/** What a machine's values are comparable on: two of one kind are one machine, another Node or another limit is another. */
export function machineOf(environment: Environment): Machine {
  const { cpuModel, cpuCount, cpuLimit, memoryBytes, memoryLimitBytes, governor, platform, node } = environment;
  // What the kernel keeps for itself differs from boot to boot by some megabytes, and is part of a whole number.
  const gib = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 3)} GiB`;
  const label = [
    `${cpuModel} × ${cpuCount}${cpuLimit === null ? "" : ` (limit ${cpuLimit})`}`,
    `${gib(memoryBytes)}${memoryLimitBytes === null ? "" : ` (limit ${gib(memoryLimitBytes)})`}`,
    ...(governor === null ? [] : [governor]),
    platform,
    `Node ${node.split(".", 1)[0]}`,
  ].join(", ");
  return { id: hashOf(label, 12), label };
}

/** How a run measures, whatever it selects: values that were measured in other ways are of other series. */
export function methodOf(info: Pick<Run["info"], "profile"> & Partial<Pick<Run["info"], "selection">>): string {
  const { name, warmUpMs, primeMs, windowMs, sessions, executor, timeScale } = info.profile;
  const { gracefulStopMs, call, goodput, phases } = info.profile;
  const { file, target, headers, timeoutMs, delayMs, workMs, generators } = info.selection ?? {};
  // What is undefined is not in the text: a setting that later versions add leaves the hash of runs without it as it is.
  const how = { warmUpMs, primeMs, windowMs, sessions, executor, timeScale, gracefulStopMs, call, goodput, phases };
  const what = { file: file?.sha256, target, headers, timeoutMs, delayMs, workMs, generators };
  return `${name} ${hashOf(JSON.stringify({ ...how, ...what }), 8)}`;
}

function hashOf(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}
