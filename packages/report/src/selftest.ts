import type { AB } from "@apb/core/ab";
import { median } from "@apb/stats/median";
import { proportionInterval } from "@apb/stats/proportion";
import { abMetrics, costIn, halfOf } from "./ab.ts";
import { nameOf } from "./ab-words.ts";
import { percent } from "./format.ts";
import { enoughRounds } from "./rounds.ts";

/** One A/B of a self-test: of a binding, against itself or against a server that was made slower by a known part. */
export interface Trial {
  readonly kind: "equal" | "slower";
  readonly binding: string;
  readonly ab: AB;
}

/** So many of so many, with the exact interval of their share. */
export interface Share {
  readonly of: number;
  readonly count: number;
  readonly low: number;
  readonly high: number;
}

/** How often the slower server was found by the first so many restarts, and how long those took. */
export interface Power {
  readonly restarts: number;
  /** The median, of a binding. */
  readonly seconds: number;
  readonly found: Share;
}

/** What the gate is worth on a machine. */
export interface SelfTest {
  /**
   * Equal servers of which something judged was called worse, or better: B of an A/B of equal ones, and the control of one
   * whose B is slower, taken for a B.
   */
  readonly falseAlarms: Share;
  /** The same of each judged metric alone. */
  readonly byMetric: Readonly<Record<string, Share>>;
  /** A/Bs in which the slower server was called worse by its CPU per call. */
  readonly found: Share;
  /** How much CPU per call the slower ones really took more, in the median, as a fraction. */
  readonly slowdownSeen: number | null;
  /** Half of the judged intervals, as a fraction, in the median; by metric. */
  readonly halfWidths: Readonly<Record<string, number>>;
  readonly power: readonly Power[];
}

/** The trials added up. Pure. */
export function selfTestOf(trials: readonly Trial[]): SelfTest {
  const equal = [...trials.filter(({ kind }) => kind === "equal"), ...trials.flatMap(ofControl)];
  const slower = trials.filter(({ kind }) => kind === "slower");
  const keys = [...new Set(trials.flatMap(({ ab }) => costIn(ab.info.metrics).map(({ metric }) => metric)))];
  const metricsOf = (some: readonly Trial[], key: string) =>
    some.flatMap(({ ab }) => ab.info.metrics.filter(({ metric, low }) => metric === key && low !== null));
  const seen = metricsOf(slower, "cpuMsPerOperation").flatMap(({ ratio }) => (ratio === null ? [] : [ratio - 1]));
  return {
    falseAlarms: alarmsOf(equal, keys),
    byMetric: Object.fromEntries(keys.map((key) => [key, alarmsOf(equal, [key])])),
    found: shareOf(slower, ({ ab }) => isFound(ab)),
    slowdownSeen: seen.length === 0 ? null : median(seen),
    halfWidths: Object.fromEntries(
      keys.flatMap((key) => {
        const halves = metricsOf(trials, key).map(halfOf);
        return halves.length === 0 ? [] : [[key, median(halves)]];
      }),
    ),
    power: powerOf(slower),
  };
}

/** Of the trials in which one of these metrics was judged: where nothing was, there could be no alarm. */
function alarmsOf(trials: readonly Trial[], keys: readonly string[]): Share {
  const verdicts = trials.map(({ ab }) =>
    ab.info.metrics.flatMap(({ metric, verdict }) =>
      keys.includes(metric) && verdict !== "not judged" ? [verdict] : [],
    ),
  );
  return shareOf(
    verdicts.filter((some) => some.length > 0),
    (some) => some.some((verdict) => verdict !== "no difference shown"),
  );
}

/** The control of an A/B in the place of its B, which has no control of its own then. */
function ofControl({ kind, binding, ab: { info, cells, notes } }: Trial): readonly Trial[] {
  if (kind === "equal" || !info.control) return [];
  const others = cells.flatMap((cell) =>
    cell.side === "b" ? [] : [cell.side === "control" ? ({ ...cell, side: "b" } as const) : cell],
  );
  const equal = { ...info, b: info.a, control: false, metrics: abMetrics(others, info) };
  return [{ kind: "equal", binding, ab: { info: equal, cells: others, notes } }];
}

function isFound({ info: { metrics } }: Pick<AB, "info">): boolean {
  return metrics.some(({ metric, verdict }) => metric === "cpuMsPerOperation" && verdict === "worse");
}

function shareOf<T>(trials: readonly T[], holds: (trial: T) => boolean): Share {
  const count = trials.filter(holds).length;
  const { interval } = proportionInterval(count, trials.length);
  return { of: trials.length, count, low: interval?.low ?? 0, high: interval?.high ?? 1 };
}

/** What would have been found had each A/B ended earlier: after six restarts, eight, and so on. */
function powerOf(slower: readonly Trial[]): readonly Power[] {
  const restartsOf = ({ ab, binding }: Trial): number => ab.info.spent[binding]?.restarts ?? 0;
  const most = Math.max(0, ...slower.map(restartsOf));
  const steps = Array.from({ length: Math.floor((most - enoughRounds) / 2) + 1 }, (_, n) => enoughRounds + 2 * n);
  return steps.map((restarts) => {
    const seconds = slower.map((trial) => {
      const spent = trial.ab.info.spent[trial.binding];
      return spent === undefined ? 0 : ((spent.ms / 1000) * Math.min(restarts, spent.restarts)) / spent.restarts;
    });
    return {
      restarts,
      seconds: median(seconds),
      found: shareOf(slower, (trial) => isFound(until(trial.ab, restarts))),
    };
  });
}

function until({ info, cells }: AB, restarts: number): Pick<AB, "info"> {
  const metrics = abMetrics(
    cells.filter(({ cell }) => cell.round <= restarts),
    info,
  );
  return { info: { ...info, metrics } };
}

/** For a terminal. */
export function selfTestText(test: SelfTest, slowdown: number): string {
  const share = ({ count, of, low, high }: Share): string =>
    of === 0 ? "none measured" : `${count} of ${of} (95%: ${percent(low)} to ${percent(high)}%)`;
  const seen =
    test.slowdownSeen === null ? "" : `; its CPU per call was seen to be ${percent(test.slowdownSeen)}% more`;
  const widths = Object.entries(test.halfWidths).map(([key, half]) => `${nameOf(key)} ±${percent(half)}%`);
  return [
    `False alarms, equal servers: ${share(test.falseAlarms)}`,
    ...Object.entries(test.byMetric).map(([key, one]) => `  ${nameOf(key)}: ${share(one)}`),
    `A server ${percent(slowdown)}% slower was found: ${share(test.found)}${seen}`,
    ...test.power.map(
      ({ restarts, seconds, found }) =>
        `  by ${restarts} restarts, ${Math.round(seconds)} s a binding: ${share(found)}`,
    ),
    `Intervals, in the median: ${widths.join(", ") || "none"}`,
  ].join("\n");
}
