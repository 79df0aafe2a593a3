import type { ABCell, ABInfo, ABMetric, ABOutcome, ABSide, ABVerdict } from "@apb/core/ab";
import { type CellId, caseLabel } from "@apb/core/cell";
import { holm } from "@apb/stats/holm";
import { median } from "@apb/stats/median";
import { proportionInterval } from "@apb/stats/proportion";
import { ratioInterval, signedRankP } from "@apb/stats/signed-rank";
import { abSentence } from "./ab-words.ts";
import { doubtsAbout } from "./doubts.ts";
import { counted, placeText } from "./format.ts";
import { type MetricKey, metricOf, type ShownMetric } from "./metrics.ts";
import { compareCases, groupedBy } from "./order.ts";
import { giving, pairsOf } from "./pairs.ts";
import { enoughRounds } from "./rounds.ts";
import type { MeasuredRow } from "./row.ts";
import { fold } from "./rows.ts";

/** How sure intervals are, and how rarely the judged metrics of an A/B may raise a false alarm, all of them together. */
const abConfidence = 0.95;
/** A difference up to this is never one: what a median or a heap's step may be off. */
const leastFloor = 0.01;

/** The metrics that decide: few, since each is a chance of a false alarm. Where the clients differ it is the client's CPU. */
function judgedOf({ a, b }: Pick<ABInfo, "a" | "b">): readonly MetricKey[] {
  const cpu = a.client === b.client ? "cpuMsPerOperation" : "clientCpuMsPerOperation";
  return [cpu, "operationsPerSecond", "p50Ms", "errors"];
}

/** Every metric that is compared, in the order of tables. */
const comparedKeys: readonly MetricKey[] = [
  ...(["cpuMsPerOperation", "clientCpuMsPerOperation", "operationsPerSecond", "p50Ms", "p99Ms"] as const),
  ...(["rssPeakBytes", "wireBytesPerOperation", "errors"] as const),
];

/** A metric before it is known what the others' tests say. */
type Estimated = Omit<ABMetric, "p" | "verdict" | "sentence" | "detectable"> & {
  readonly raw: number | null;
  readonly logs: readonly number[];
  /** Of failures, where B's share lies. */
  readonly share?: { readonly low: number; readonly high: number } | null;
};

/** What the cells of an A/B say: for every binding and case its metrics, B over A. Pure. */
export function abMetrics(cells: readonly ABCell[], info: Pick<ABInfo, "a" | "b" | "spent">): readonly ABMetric[] {
  const judged = judgedOf(info);
  const counts = ({ cell }: ABCell): boolean => cell.round >= (info.spent[cell.binding]?.from ?? 1);
  const places = groupedBy(cells.filter(counts).flatMap(seen), ({ cell: { binding, scenario, case: params } }) =>
    [binding, scenario, caseLabel(params)].join("\n"),
  );
  const ordered = [...places].sort(byPlace);
  const all = ordered.flatMap((own) => comparedKeys.flatMap((key) => estimated(own, key, judged.includes(key))));
  return decided(all);
}

/** A side's cell of one restart, as a row of its own. */
interface Seen {
  readonly side: ABSide;
  readonly cell: CellId;
  readonly row: MeasuredRow;
}

/** To read a cell's histograms takes some 3 ms, and an A/B is looked at again after every restart. */
const known = new WeakMap<ABCell, readonly Seen[]>();

function seen(cell: ABCell): readonly Seen[] {
  const before = known.get(cell);
  if (before !== undefined) return before;
  const found = rowOf(cell);
  known.set(cell, found);
  return found;
}

function rowOf({ side, ...result }: ABCell): readonly Seen[] {
  if (result.status !== "measured") return [];
  const row = fold([result], {});
  return row.status === "measured" ? [{ side, cell: result.cell, row }] : [];
}

/** Bindings in the order in which they were measured, cases from small to large. */
function byPlace([a]: readonly Seen[], [b]: readonly Seen[]): number {
  if (a === undefined || b === undefined || a.cell.binding !== b.cell.binding) return 0;
  return a.cell.scenario.localeCompare(b.cell.scenario) || compareCases(a.cell.case, b.cell.case);
}

/**
 * The fewest restarts after which as many judged metrics can show a difference at all: all of them agree by chance in 1 of
 * 2^(n−1) cases, and Holm's correction asks the first of them for its share of what is allowed.
 */
export function fewestRestarts(tests: number): number {
  return Math.max(enoughRounds, Math.ceil(Math.log2((2 * tests) / (1 - abConfidence)) - 1e-9));
}

/** Half of the widest interval of what is tested, as a fraction; infinite while one has none. */
export function halfWidth(metrics: readonly ABMetric[]): number {
  // What one side cannot have, such as the CPU of who knows where, narrows by no restart.
  const tested = costIn(metrics).filter(({ a, b }) => a !== null && b !== null);
  return tested.length === 0 ? Infinity : Math.max(...tested.map(halfOf));
}

/** Half of a ratio's interval, as a fraction; infinite without one. */
export function halfOf({ low, high }: Pick<ABMetric, "low" | "high">): number {
  return low === null || high === null ? Infinity : Math.sqrt(high / low) - 1;
}

/** The judged metrics that tell of cost: of failures alone nothing is known of that. */
export function costIn(metrics: readonly ABMetric[]): readonly ABMetric[] {
  return metrics.filter(({ judged, metric }) => judged && metric !== "errors");
}

/** Bindings and cases of which nothing that costs could be judged, a sentence each. */
function unjudgedIn(metrics: readonly ABMetric[]): readonly string[] {
  const places = groupedBy(costIn(metrics), (metric) => `${metric.binding}, ${placeText(metric)}`);
  return places.flatMap((own) => {
    const [first] = own;
    if (first === undefined || own.some(({ verdict }) => verdict !== "not judged")) return [];
    const reasons = [...new Set(own.map(({ reason }) => reason ?? ""))].join("; ");
    return [`${first.binding}, ${placeText(first)}: nothing could be judged (${reasons})`];
  });
}

/** What an A/B says as a whole: B passes where all could be measured and judged, and nothing is worse. */
export function outcomeOf(metrics: readonly ABMetric[], failures: readonly string[]): ABOutcome {
  const judged = metrics.filter((metric) => metric.judged && metric.verdict !== "not judged");
  const of = (verdict: ABVerdict): number => judged.filter((one) => one.verdict === verdict).length;
  const among = counted(judged.length, "judged metric");
  const [unknown] = [...failures, ...unjudgedIn(metrics)];
  if (of("worse") > 0) return { verdict: "worse", sentence: `B is worse in ${of("worse")} of ${among}` };
  if (unknown !== undefined) return { verdict: "not judged", sentence: `Not all could be judged: ${unknown}` };
  if (costIn(judged).length === 0) return { verdict: "not judged", sentence: "Nothing could be judged" };
  if (of("better") > 0)
    return { verdict: "better", sentence: `B is better in ${of("better")} of ${among}, and worse in none` };
  return { verdict: "no difference shown", sentence: "No difference between A and B is shown" };
}

/** Holm's correction over those that are judged, and what is made of each. */
function decided(all: readonly Estimated[]): readonly ABMetric[] {
  const tested = all.filter(({ judged, raw, low }) => judged && raw !== null && low !== null);
  const corrected = holm(
    tested.map(({ raw }) => raw ?? 1),
    1 - abConfidence,
  );
  const fewest = fewestRestarts(tested.length);
  return all.map((metric) => {
    const { raw: _, logs, share: __, ...stored } = metric;
    const p = corrected[tested.indexOf(metric)]?.adjusted ?? null;
    // So few restarts would agree by chance: that they show nothing says nothing.
    const few = p !== null && metric.restarts < fewest;
    const reason = few ? tooFew(metric.restarts, fewest) : metric.reason;
    const verdict = few ? "not judged" : verdictOf(metric, p);
    const told = { ...stored, reason, p, verdict, detectable: detectableOf(logs, metric, tested.length) };
    return { ...told, sentence: abSentence(told) };
  });
}

/** Half of the interval that Holm's correction asks of the first of so many, or the floor. */
function detectableOf(logs: readonly number[], { judged, floor }: Estimated, tests: number): number | null {
  const confidence = judged && tests > 0 ? 1 - (1 - abConfidence) / tests : abConfidence;
  const { value, interval } = logs.length === 0 ? { value: 1, interval: null } : ratioInterval(logs, confidence);
  return interval === null ? null : Math.max(interval.high / value - 1, value / interval.low - 1, floor);
}

function verdictOf(metric: Estimated, p: number | null): ABVerdict {
  const { judged, better, ratio, low, high, floor } = metric;
  if (metric.metric === "errors") return sharesVerdict(metric);
  if (!judged || ratio === null || low === null || high === null || p === null) return "not judged";
  const shown = p <= 1 - abConfidence && (low > 1 || high < 1) && Math.abs(Math.log(ratio)) > Math.log1p(floor);
  if (!shown) return "no difference shown";
  return ratio > 1 === (better === "less") ? "worse" : "better";
}

/** Shares of failures are compared by their difference, most being 0; B's is the larger where the least it may be is. */
function sharesVerdict({ a, b, share = null, floor }: Estimated): ABVerdict {
  if (a === null || b === null || share === null) return "not judged";
  if (share.low > a + floor) return "worse";
  return share.high < a - floor ? "better" : "no difference shown";
}

/** One metric of one binding and case, for each pair of loads that has it. */
function estimated(cells: readonly Seen[], key: MetricKey, judged: boolean): readonly Estimated[] {
  const metric = metricOf(key);
  const { better } = metric;
  if (better === null) return [];
  const ofA = groupedBy(
    cells.filter(({ side }) => side === "a"),
    ({ cell }) => cell.load,
  ).flatMap(([first]) => (first === undefined ? [] : [first.row]));
  return pairsOf(ofA).flatMap((pair) => {
    const row = giving(pair, metric.from);
    if (row.status !== "measured") return [];
    const { binding, scenario, case: params, load } = row.cell;
    const place = { binding, scenario, case: params, load, metric: key, unit: metric.unit, better, judged };
    const own = cells.filter(({ cell }) => cell.load === load);
    return [{ ...place, ...(key === "errors" ? sharesOf(cells, metric) : ratiosOf(own, metric)) }];
  });
}

type Ratios = Omit<Estimated, "binding" | "scenario" | "case" | "load" | "metric" | "unit" | "better" | "judged">;

/** The ratio B ÷ A of each restart, and what they come to. */
function ratiosOf(cells: readonly Seen[], metric: ShownMetric): Ratios {
  const pairs = pairedBy(cells, metric, "b");
  const control = pairedBy(cells, metric, "control");
  const { ratios, a, b, setAside } = pairs;
  const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));
  const [estimate, controlled] = [ratios, control.ratios].map(estimateOf);
  const interval = estimate?.interval ?? null;
  return {
    ...{ restarts: ratios.length, setAside, a: middle(a), b: middle(b), logs: ratios },
    ...{ ratio: estimate?.value ?? null, low: interval?.low ?? null, high: interval?.high ?? null },
    control: controlled
      ? {
          ratio: controlled.value,
          low: controlled.interval?.low ?? null,
          high: controlled.interval?.high ?? null,
        }
      : null,
    floor: Math.max(leastFloor, controlled ? Math.expm1(Math.abs(Math.log(controlled.value))) : 0),
    raw: interval === null ? null : signedRankP(ratios),
    reason: interval === null ? reasonOf(pairs) : null,
  };
}

function estimateOf(logs: readonly number[]): ReturnType<typeof ratioInterval> | null {
  return logs.length === 0 ? null : ratioInterval(logs, abConfidence);
}

function tooFew(restarts: number, fewest: number): string {
  return `${counted(restarts, "restart")} with a value on both sides, at least ${fewest} are needed`;
}

/** Why there is no interval. */
function reasonOf({ ratios, setAside, missing }: Paired): string {
  const few = ratios.length === 0 ? "" : tooFew(ratios.length, enoughRounds);
  const reasons = [few, ...Object.keys(setAside), missing ?? ""].filter((text) => text !== "");
  return reasons.join("; ") || "no restart has a value on both sides";
}

/** What both sides of the restarts gave. */
interface Paired {
  /** Logarithms. */
  readonly ratios: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly setAside: Readonly<Record<string, number>>;
  /** Why a value is missing, where one is. */
  readonly missing: string | null;
}

function pairedBy(cells: readonly Seen[], metric: ShownMetric, other: ABSide): Paired {
  const ratios: number[] = [];
  const [a, b]: [number[], number[]] = [[], []];
  const setAside: Record<string, number> = {};
  let missing: string | null = null;
  for (const restart of groupedBy(cells, ({ cell }) => String(cell.round))) {
    const [left, right] = (["a", other] as const).map((side) => restart.find((one) => one.side === side)?.row);
    if (left === undefined || right === undefined) continue;
    const doubts = new Set([left, right].flatMap((row) => doubtsAbout(metric, row)));
    const values = [metric.of(left), metric.of(right)];
    const [before, after] = values.map(({ value }) => value);
    missing ??= values.find((one) => one.missing !== null)?.missing ?? null;
    for (const doubt of doubts) setAside[doubt] = (setAside[doubt] ?? 0) + 1;
    if (doubts.size > 0 || !isPositive(before) || !isPositive(after)) continue;
    a.push(before);
    b.push(after);
    ratios.push(Math.log(after / before));
  }
  return { ratios, a, b, setAside, missing };
}

function isPositive(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && value > 0;
}

/** Failures of all restarts and loads together: that there are any counts, not how they spread. */
function sharesOf(cells: readonly Seen[], metric: ShownMetric): Ratios {
  const attemptsOf = (side: ABSide): { readonly failed: number; readonly due: number } =>
    cells
      .filter((one) => one.side === side)
      .map(({ row }) => row.attempts)
      .reduce((sum, one) => ({ failed: sum.failed + one.failed, due: sum.due + one.due }), { failed: 0, due: 0 });
  const shareOf = ({ failed, due }: { readonly failed: number; readonly due: number }): number | null =>
    due === 0 ? null : failed / due;
  const [a, b] = [attemptsOf("a"), attemptsOf("b")];
  const { interval } = proportionInterval(b.failed, b.due, abConfidence);
  const restarts = new Set(cells.map(({ cell }) => cell.round)).size;
  return {
    ...{ a: shareOf(a), b: shareOf(b), restarts, setAside: {}, control: null, floor: metric.floor ?? 0 },
    ...{ ratio: null, low: null, high: null, raw: null, logs: [], share: interval },
    reason: "shares are compared by their difference",
  };
}
