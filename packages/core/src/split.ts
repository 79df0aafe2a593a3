import { arrivalsOf } from "./arrivals.ts";
import { isOpen, type Load, partOf, type Share } from "./load.ts";
import { mostVUs } from "./vus.ts";

/**
 * Into how many shares a load can be split at most, from 1: each holds a VU (an open one the connections of one and a place
 * in flight) and an iteration, and, while they last, the connections of a VU.
 */
export function splittable(load: Load, sessionsPerVU: number): number {
  const sets = Math.floor(load.sessions / sessionsPerVU);
  const most = isOpen(load)
    ? [sets, load.maxInFlight, arrivalsOf(load)]
    : [sets, mostVUs(load), load.executor === "shared-iterations" ? load.iterations : Number.POSITIVE_INFINITY];
  return Math.max(1, Math.min(...most));
}

/** Connections of a share: those of whole VUs, and what is left over with the last share. They sum to `load.sessions`. */
export function sessionsOf(load: Load, share: Share, sessionsPerVU: number): number {
  const sets = Math.floor(load.sessions / sessionsPerVU);
  const rest = share.index === share.of - 1 ? load.sessions - sets * sessionsPerVU : 0;
  return partOf(sets, share) * sessionsPerVU + rest;
}

/** How many iterations a share may begin, its VUs or arrivals all together; Infinity where only time limits them. */
export function iterationsOf(load: Load, share: Share): number {
  switch (load.executor) {
    case "per-vu-iterations":
      return partOf(load.vus, share) * load.iterations;
    case "shared-iterations":
      return partOf(load.iterations, share);
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return partOf(arrivalsOf(load), share);
    case "constant-vus":
    case "ramping-vus":
      return Number.POSITIVE_INFINITY;
  }
}

/** Arrivals of a share that may wait and be sent together; Infinity for closed loads, which have none waiting. */
export function inFlightOf(load: Load, share: Share): number {
  return isOpen(load) ? partOf(load.maxInFlight, share) : Number.POSITIVE_INFINITY;
}
