import { medianSlope } from "@apb/stats/trend";
import { type RssPoint, rssBetween, type UsageSample } from "./usage-series.ts";

/** How memory went through a window. */
export interface Growth {
  /** The slope of the line that fits best; negative when memory falls. */
  readonly bytesPerSecond: number;
  /** The slope over the whole window, but never more than the memory's range in it. */
  readonly growthBytes: number;
  /** Whether it is a steady growth: long enough, large enough, and seen in all parts of the window. */
  readonly steady: boolean;
}

/** A healthy heap widens too in its first seconds. */
const leastWindowMs = 10_000;
const leastGrowthBytes = 8 * 1024 * 1024;
/** Of the range: by how much each third's lowest must lie above the one before. Where a sawtooth is read 22 times a tooth, its lowest readings differ by less. */
const leastStep = 1 / 20;

/**
 * Growth of resident memory between two moments, null where usageBetween is. Made so as not to cry wolf: steady only
 * when the window has 10 s, the growth 8 MiB, and the lowest of each third lies clearly above that of the third before,
 * which garbage that comes and goes does not do.
 */
export function growthOf(samples: readonly UsageSample[], fromMs: number, toMs: number): Growth | null {
  const points = rssBetween(samples, fromMs, toMs);
  if (points === null) return null;
  const rangeBytes = highestOf(points) - lowestOf(points);
  const bytesPerSecond = 1000 * medianSlope(evenly(points, mostPoints).map(({ atMs, rssBytes }) => [atMs, rssBytes]));
  const slopeBytes = (bytesPerSecond * (toMs - fromMs)) / 1000;
  const growthBytes = Math.max(-rangeBytes, Math.min(rangeBytes, slopeBytes));
  const thirdOf = ({ atMs }: RssPoint): number => Math.min(2, Math.floor((3 * (atMs - fromMs)) / (toMs - fromMs)));
  const floorOf = (third: number): number => lowestOf(points.filter((point) => thirdOf(point) === third));
  const step = Math.min(floorOf(1) - floorOf(0), floorOf(2) - floorOf(1));
  const steady =
    toMs - fromMs >= leastWindowMs && growthBytes >= leastGrowthBytes && step > 0 && step >= leastStep * rangeBytes;
  return { bytesPerSecond, growthBytes, steady };
}

function lowestOf(points: readonly RssPoint[]): number {
  return points.reduce((lowest, { rssBytes }) => Math.min(lowest, rssBytes), Number.POSITIVE_INFINITY);
}

function highestOf(points: readonly RssPoint[]): number {
  return points.reduce((highest, { rssBytes }) => Math.max(highest, rssBytes), Number.NEGATIVE_INFINITY);
}

/** Their pairs (44,850) cost 10 to 20 ms as it is, and those of more tell little more. */
const mostPoints = 300;

/** At most so many of a list, the first and the last among them. */
function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const step = (list.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, n) => list[Math.round(n * step)] as T);
}
