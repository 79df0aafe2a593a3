import type { Clock } from "@apb/core/clock";
import type { ReadUsage } from "./usage.ts";

/** One reading of a series and when it was taken. */
export interface UsageSample {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly cpuMs: number;
}

/** A series that grows until it is disposed. */
export interface UsageWatch extends AsyncDisposable {
  /** In order of time. */
  readonly samples: readonly UsageSample[];
  /** In which steps CPU time is counted: the coarsest so far, 0 for none. */
  readonly resolutionMs: number;
  /** Takes a reading that begins after this call, and resolves with it. Throws what the reading throws. */
  sample(): Promise<UsageSample>;
}

/** The machine's monotonic clock in milliseconds: process.hrtime's, whose origin all processes of a machine share. */
export const machineMs: Clock = () => Number(process.hrtime.bigint()) / 1e6;

/** How often, and by which clock. */
export interface WatchOptions {
  readonly everyMs?: number;
  readonly now?: Clock;
}

/**
 * Reads a process's usage now and then every so often, one reading at a time: while one takes long, ticks are left out.
 * A reading's time is the middle of before and after. One that fails leaves no sample, so that a process that ended
 * keeps its last one.
 */
export function watchUsage(read: ReadUsage, { everyMs = 100, now = machineMs }: WatchOptions = {}): UsageWatch {
  const samples: UsageSample[] = [];
  let resolutionMs = 0;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const look = async (): Promise<UsageSample> => {
    const before = now();
    const reading = await read();
    const { rssBytes, cpuMs } = reading;
    const sample = { atMs: (before + now()) / 2, rssBytes, cpuMs };
    samples.push(sample);
    resolutionMs = Math.max(resolutionMs, reading.resolutionMs);
    return sample;
  };
  const sample = (): Promise<UsageSample> => {
    const taken = (waiting++ === 0 ? look() : last.then(look)).finally(() => {
      waiting--;
    });
    last = taken.catch(() => undefined);
    return taken;
  };
  const tick = (): void => {
    if (waiting === 0) sample().catch(() => undefined);
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    samples,
    get resolutionMs() {
      return resolutionMs;
    },
    sample,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}

/** CPU time at a moment, between two samples on the line from one to the other, beyond the ends that of the end; null without samples. */
export function cpuMsAt(samples: readonly UsageSample[], atMs: number): number | null {
  return valueAt(samples, atMs, ({ cpuMs }) => cpuMs);
}

/** Resident memory at a moment, in the same way. */
export function rssBytesAt(samples: readonly UsageSample[], atMs: number): number | null {
  return valueAt(samples, atMs, ({ rssBytes }) => rssBytes);
}

/** What was used between two moments. */
export interface UsageBetween {
  readonly cpuMs: number;
  readonly rssPeakBytes: number;
  /** Weighted by time. */
  readonly rssMeanBytes: number;
  /** Readings that fall into this time, the start left out and the end included. */
  readonly rssPoints: number;
}

/** Null when there are fewer than two samples or they do not touch this time; where they cover a part of it, the ends hold for the rest. */
export function usageBetween(samples: readonly UsageSample[], fromMs: number, toMs: number): UsageBetween | null {
  const points = rssBetween(samples, fromMs, toMs);
  const from = cpuMsAt(samples, fromMs);
  const to = cpuMsAt(samples, toMs);
  if (points === null || from === null || to === null) return null;
  let area = 0;
  let rssPeakBytes = 0;
  points.forEach(({ atMs, rssBytes }, n) => {
    const before = points[n - 1];
    if (before !== undefined) area += ((before.rssBytes + rssBytes) / 2) * (atMs - before.atMs);
    rssPeakBytes = Math.max(rssPeakBytes, rssBytes);
  });
  const rssPoints = countUntil(samples, toMs) - countUntil(samples, fromMs);
  return { cpuMs: to - from, rssPeakBytes, rssMeanBytes: area / (toMs - fromMs), rssPoints };
}

/** Resident memory at a moment. */
export type RssPoint = Pick<UsageSample, "atMs" | "rssBytes">;

/** The line of memory between two moments: its value at both and every sample between. Null as in usageBetween. */
export function rssBetween(samples: readonly UsageSample[], fromMs: number, toMs: number): readonly RssPoint[] | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 2) return null;
  if (fromMs >= toMs || first.atMs >= toMs || last.atMs <= fromMs) return null;
  const at = (atMs: number): RssPoint => ({ atMs, rssBytes: rssBytesAt(samples, atMs) ?? first.rssBytes });
  const between = samples.slice(countUntil(samples, fromMs), countUntil(samples, toMs));
  return [at(fromMs), ...between.filter(({ atMs }) => atMs < toMs), at(toMs)];
}

function valueAt(samples: readonly UsageSample[], atMs: number, of: (sample: UsageSample) => number): number | null {
  const count = countUntil(samples, atMs);
  const before = samples[count - 1];
  const after = samples[count];
  if (before === undefined) return after === undefined ? null : of(after);
  if (after === undefined) return of(before);
  return of(before) + ((of(after) - of(before)) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

/** How many samples were taken until a moment, by halving. */
function countUntil(samples: readonly UsageSample[], atMs: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((samples[middle]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
