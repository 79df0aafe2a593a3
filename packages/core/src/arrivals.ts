import type { Load, Share } from "./load.ts";
import { type Ramp, rampsOf } from "./ramp.ts";

/** Sums of stages are rounded: an arrival so near to a boundary (a part of all arrivals until then) is on it. */
const tolerance = 1e-12;

/**
 * When arrival n (from 0) of a share of an open load is due, in milliseconds since the load's own start; Infinity when there
 * is none. As in k6: at a constant rate arrival k of the whole is due at k/rate, the first at once; on a ramp arrival i (from
 * 1) is due where the area under the rate reaches i, so that an arrival can be due at the load's very end.
 */
export function dueAt(load: Load, { index, of }: Share): (n: number) => number {
  const due = dueOfWhole(load);
  const arrivals = arrivalsOf(load);
  return (n) => {
    const arrival = n * of + index;
    return arrival < arrivals ? due(arrival) : Number.POSITIVE_INFINITY;
  };
}

/** Arrivals of the whole of an open load: at a constant rate every k with k/rate before the end, on a ramp the area's whole part. */
export function arrivalsOf(load: Load): number {
  if (load.executor === "constant-arrival-rate")
    return Math.ceil(((load.perSecond * load.durationMs) / 1000) * (1 - tolerance));
  if (load.executor !== "ramping-arrival-rate") return 0;
  return Math.floor(areasOf(rampsOf(load.startPerSecond, load.stages)).at(-1)?.limit ?? 0);
}

function dueOfWhole(load: Load): (arrival: number) => number {
  if (load.executor === "constant-arrival-rate") return (arrival) => (arrival * 1000) / load.perSecond;
  if (load.executor !== "ramping-arrival-rate") return () => Number.POSITIVE_INFINITY;
  const areas = areasOf(rampsOf(load.startPerSecond, load.stages));
  return (arrival) => {
    const area = areas.find(({ limit }) => arrival + 1 <= limit);
    return area === undefined ? Number.POSITIVE_INFINITY : dueIn(area, arrival + 1);
  };
}

/** The arrivals due before a ramp and until its end, with their fractions; `limit` is `until` and the tolerance. */
interface Area {
  readonly ramp: Ramp;
  readonly before: number;
  readonly until: number;
  readonly limit: number;
}

function areasOf(ramps: readonly Ramp[]): readonly Area[] {
  let until = 0;
  return ramps.map((ramp) => {
    const before = until;
    until += ((ramp.from + ramp.to) * ramp.durationMs) / 2000;
    return { ramp, before, until, limit: until * (1 + tolerance) };
  });
}

/** When the whole's area is `reached`, counted from the slower end of the ramp, where less is lost to rounding. */
function dueIn({ ramp, before, until }: Area, reached: number): number {
  const { startMs, endMs, durationMs, from, to } = ramp;
  if (to < from) return endMs - timeFor(until - reached, to, from, durationMs);
  return Math.min(startMs + timeFor(reached - before, from, to, durationMs), endMs);
}

/**
 * Milliseconds until a rate that grows from `slow` to `fast` per second in a time has made so many arrivals: the root of
 * `slow x + (fast - slow) x² / (2 duration) = arrivals` in the form that subtracts nothing and holds for `slow = fast` too.
 */
function timeFor(arrivals: number, slow: number, fast: number, durationMs: number): number {
  if (arrivals <= 0) return 0;
  const growth = ((fast - slow) * 1000) / durationMs;
  return (2000 * arrivals) / (slow + Math.sqrt(slow * slow + 2 * arrivals * growth));
}
