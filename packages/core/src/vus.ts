import { type Load, partOf, type Share } from "./load.ts";
import { type Ramp, rampsOf } from "./ramp.ts";

/** From `atMs` after the load's own start on there are so many VUs. */
export interface VUChange {
  readonly atMs: number;
  readonly vus: number;
}

/**
 * How many VUs a share of a closed load has, by the milliseconds since the load's own start; 0 before it, from its end on,
 * and for an open load. They are the share's first so many: the last that came is the first that goes. As in k6, n VUs
 * more in a time d start at d/n, 2d/n, … d after the stage's start, and n VUs fewer stop at the same moments.
 */
export function vusAt(load: Load, share: Share): (ms: number) => number {
  const ramps = vuRampsOf(load);
  return (ms) => {
    const ramp = ramps.find(({ startMs, endMs }) => startMs <= ms && ms < endMs);
    return ramp === undefined ? 0 : partOf(vusIn(ramp, ms), share);
  };
}

/** Every moment at which {@link vusAt} of the share changes, in order, made one by one as they are read; the first is at 0. */
export function* vuChanges(load: Load, share: Share): Generator<VUChange, void, undefined> {
  let last: number | undefined;
  for (const { atMs, vus } of changesOf(vuRampsOf(load))) {
    const part = partOf(vus, share);
    if (part !== last) yield { atMs, vus: part };
    last = part;
  }
}

/** The greatest number of VUs there is at any time: one that would start at the load's very end is none. 0 for open loads. */
export function mostVUs(load: Load): number {
  return Math.max(0, ...vuRampsOf(load).map(({ from, to }) => Math.max(from, to - 1)));
}

function vuRampsOf(load: Load): readonly Ramp[] {
  switch (load.executor) {
    case "constant-vus":
      return rampsOf(load.vus, [{ durationMs: load.durationMs, target: load.vus }]);
    case "per-vu-iterations":
    case "shared-iterations":
      return rampsOf(load.vus, [{ durationMs: load.maxDurationMs, target: load.vus }]);
    case "ramping-vus":
      return rampsOf(load.startVUs, load.stages);
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return [];
  }
}

function* changesOf(ramps: readonly Ramp[]): Generator<VUChange, void, undefined> {
  for (const ramp of ramps) {
    const changes = Math.abs(ramp.to - ramp.from);
    // The last change is at the end, where the next ramp begins, or where all VUs stop.
    yield { atMs: ramp.startMs, vus: ramp.from };
    for (let k = 1; k < changes; k++) yield { atMs: momentOf(ramp, k), vus: after(ramp, k) };
  }
  yield { atMs: ramps.at(-1)?.endMs ?? 0, vus: 0 };
}

function vusIn(ramp: Ramp, ms: number): number {
  const changes = Math.abs(ramp.to - ramp.from);
  let k = Math.floor(((ms - ramp.startMs) / ramp.durationMs) * changes);
  // Rounding: the moments themselves decide.
  while (k < changes && momentOf(ramp, k + 1) <= ms) k++;
  while (k > 0 && momentOf(ramp, k) > ms) k--;
  return after(ramp, k);
}

/** When a ramp makes its change k, from 1. Counted from its end, so that rounding cannot move the last one past it. */
function momentOf({ endMs, durationMs, from, to }: Ramp, k: number): number {
  const changes = Math.abs(to - from);
  return endMs - (durationMs * (changes - k)) / changes;
}

function after({ from, to }: Ramp, changes: number): number {
  return to < from ? from - changes : from + changes;
}
