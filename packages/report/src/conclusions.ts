import { Histogram } from "@apb/core/histogram";
import type { ThresholdSummary } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { median } from "@apb/stats/median";
import { momentsOf } from "@apb/stats/moments";
import { type Plateau, plateausOf } from "./plateaus.ts";
import { sum } from "./quantity.ts";

/** What can be concluded from how a load went over time. */
export type Conclusion =
  /** The first step that breaks a limit, or brings less than half of what its added users should; null where none does. */
  | {
      readonly kind: "breaking point";
      readonly at: number | null;
      /** The knee lies between this level and the one that broke. */
      readonly after: number;
      /** The limit that it breaks; null where it is the throughput. */
      readonly limit: string | null;
      /** What the added users brought, of what they should have. */
      readonly gain: number | null;
      /** The most iterations a second there were, and at which level. */
      readonly most: { readonly perSecond: number; readonly level: number };
      /** The first level behind the most at which there was a tenth less; null where there was none. */
      readonly bucklesAt: number | null;
    }
  /** Seconds from the end of a spike to the first of three in which it was as before; null where that never came. */
  | { readonly kind: "recovery"; readonly seconds: number | null; readonly watched: number }
  /** The mean time of the last third of a steady load by that of its first, with its 95 % interval, and the failures of both. */
  | {
      readonly kind: "degradation";
      readonly ratio: number;
      readonly low: number;
      readonly high: number;
      readonly failed: { readonly first: number; readonly last: number };
    };

/** A limit that a second can be held against. */
export type Limit = Pick<ThresholdSummary, "metric" | "threshold" | "aggregation" | "operator" | "limit">;

/** A step brings less than this of what it should: the server has broken. */
const leastGain = 0.5;
/** Behind the most, this much less is a buckling. */
const buckling = 0.9;
/** A spike is twice what was before, and what follows no more than a fifth above that. */
const spikeFactor = 2;
const afterFactor = 1.2;
/** As before is no more than a tenth slower, for so many seconds. */
const recoveredFactor = 1.1;
const recoveredSeconds = 3;
/** A steady load tells of degradation when it lasted so long, for nearly all of its time. */
const leastSoakSeconds = 30;
const nearlyAll = 0.9;

/** Concludes from a cell's seconds, in their order. Pure. */
export function conclusionsOf(
  seconds: readonly Second[],
  open: boolean,
  limits: readonly Limit[],
): readonly Conclusion[] {
  const plateaus = plateausOf(seconds, open);
  return [...breakingPoint(plateaus, limits), ...recovery(plateaus, seconds), ...degradation(plateaus, seconds)];
}

function breakingPoint(plateaus: readonly Plateau[], limits: readonly Limit[]): readonly Conclusion[] {
  const rising = plateaus.findIndex(({ level }, n) => n > 0 && level <= (plateaus[n - 1]?.level ?? 0));
  const steps = rising === -1 ? plateaus : plateaus.slice(0, rising);
  const [first] = steps;
  if (first === undefined || first.level === 0 || steps.length < 3) return [];
  const each = first.perSecond / first.level;
  const judged = steps.map((step, n) => {
    const before = steps[n - 1];
    const gain =
      before === undefined ? null : (step.perSecond - before.perSecond) / (each * (step.level - before.level));
    return { step, before, gain, limit: limits.find((limit) => breaks(step.seconds, limit)) ?? null };
  });
  const broken = judged.find(({ gain, limit }) => limit !== null || (gain !== null && gain < leastGain));
  const most = steps.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
  const buckled = steps.find(({ from, perSecond }) => from > most.from && perSecond < buckling * most.perSecond);
  return [
    {
      kind: "breaking point",
      at: broken?.step.level ?? null,
      after: broken === undefined ? (steps.at(-1)?.level ?? 0) : (broken.before?.level ?? 0),
      limit:
        broken?.limit === null || broken?.limit === undefined
          ? null
          : `${broken.limit.metric}: ${broken.limit.threshold}`,
      gain: broken?.gain ?? null,
      most: { perSecond: most.perSecond, level: most.level },
      bucklesAt: buckled?.level ?? null,
    },
  ];
}

/** Whether more than half of some seconds are beyond a limit; false for one that a second says nothing of. */
function breaks(seconds: readonly Second[], limit: Limit): boolean {
  const beyond = seconds.filter((second) => {
    const value = valueIn(second, limit);
    return value !== null && !within(value, limit);
  });
  return beyond.length * 2 > seconds.length;
}

function valueIn({ steps, dropped }: Second, { metric, aggregation }: Limit): number | null {
  const [, key, step = "total"] = /^(response|failed)(?:\{step:([^,}]+)\})?$/.exec(metric) ?? [];
  const one = steps[step];
  if (key === "failed" && one !== undefined) return shareOf(one.failures + dropped, one.count);
  if (key !== "response" || one === undefined) return null;
  const values = { avg: one.meanMs, med: one.p50Ms, "p(50)": one.p50Ms, "p(99)": one.p99Ms };
  if (aggregation in values) return values[aggregation as keyof typeof values];
  const [, percent] = /^p\((\d+(?:\.\d+)?)\)$/.exec(aggregation) ?? [];
  // Other percentiles are in what is kept of whole iterations, failed ones among them.
  if (percent === undefined || one.histogram === undefined) return null;
  return Histogram.decode(one.histogram).percentileMs(Number(percent));
}

function within(value: number, { operator, limit }: Limit): boolean {
  if (operator === "<") return value < limit;
  if (operator === "<=") return value <= limit;
  return operator === "==" ? value === limit : true;
}

function recovery(plateaus: readonly Plateau[], seconds: readonly Second[]): readonly Conclusion[] {
  const spikes = plateaus.flatMap((spike, n) => {
    const [before, after] = [plateaus[n - 1], plateaus[n + 1]];
    if (before === undefined || after === undefined || before.level === 0) return [];
    const isSpike = spike.level >= spikeFactor * before.level && after.level <= afterFactor * before.level;
    return isSpike ? [{ before, spike }] : [];
  });
  return spikes.map(({ before, spike }): Conclusion => {
    const usualMs = median(before.seconds.flatMap(({ steps }) => steps.total?.p99Ms ?? []));
    const usualFailed = failedOf(before.seconds);
    const behind = seconds.filter(({ second }) => second >= spike.to);
    const well = behind.map(
      ({ steps, dropped }) =>
        (steps.total?.p99Ms ?? Number.POSITIVE_INFINITY) <= recoveredFactor * usualMs &&
        shareOf((steps.total?.failures ?? 0) + dropped, steps.total?.count ?? 0) <= usualFailed,
    );
    const at = well.findIndex(
      (_, n) => n + recoveredSeconds <= well.length && well.slice(n, n + recoveredSeconds).every(Boolean),
    );
    return { kind: "recovery", seconds: at === -1 ? null : at, watched: behind.length };
  });
}

function degradation(plateaus: readonly Plateau[], seconds: readonly Second[]): readonly Conclusion[] {
  const steady = plateaus.find((plateau) => plateau.seconds.length >= nearlyAll * seconds.length);
  if (steady === undefined || steady.seconds.length < leastSoakSeconds) return [];
  const third = Math.floor(steady.seconds.length / 3);
  const [first, last] = [steady.seconds.slice(0, third), steady.seconds.slice(-third)];
  const [a, b] = [first, last].map((some) => momentsOf(some.flatMap(({ steps }) => steps.total?.meanMs ?? [])));
  if (a === undefined || b === undefined || !(a.mean > 0 && b.mean > 0)) return [];
  const ratio = b.mean / a.mean;
  // The error of a ratio of two means, on the scale of its logarithm.
  const errors = [a, b].map(({ mean, sd, n }) => sd / Math.sqrt(n) / mean);
  const factor = Math.exp(1.96 * Math.hypot(...errors));
  const failed = { first: failedOf(first), last: failedOf(last) };
  return [{ kind: "degradation", ratio, low: ratio / factor, high: ratio * factor, failed }];
}

function failedOf(seconds: readonly Second[]): number {
  const failures = sum(seconds.map(({ steps, dropped }) => (steps.total?.failures ?? 0) + dropped));
  return shareOf(failures, sum(seconds.map(({ steps }) => steps.total?.count ?? 0)));
}

function shareOf(failures: number, successes: number): number {
  return failures + successes === 0 ? 0 : failures / (failures + successes);
}
