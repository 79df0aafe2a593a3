import type { Second } from "@apb/core/series";
import { median } from "@apb/stats/median";
import { sum } from "./quantity.ts";

/** Seconds one after the other in which the load was the same. */
export interface Plateau {
  /** The first second, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** VUs, or arrivals a second. */
  readonly level: number;
  /** Iterations that succeeded, a second. */
  readonly perSecond: number;
  readonly seconds: readonly Second[];
}

/** A shorter one is the passing of a ramp. */
const leastSeconds = 2;
/** Arrivals of a constant rate differ by one from second to second. */
const tolerance = 0.03;

/** The times in which a load stayed as it was, in order. `open` says whether it is told by arrivals. Pure. */
export function plateausOf(seconds: readonly Second[], open: boolean): readonly Plateau[] {
  const whole = seconds.filter(({ durationMs }) => durationMs > 999);
  const groups: Second[][] = [];
  for (const second of whole) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group !== undefined && first !== undefined && alike(levelOf(first, open), levelOf(second, open), open))
      group.push(second);
    else groups.push([second]);
  }
  return groups.filter((group) => group.length >= leastSeconds).map((group) => plateauOf(group, open));
}

function plateauOf(seconds: readonly Second[], open: boolean): Plateau {
  const from = seconds[0]?.second ?? 0;
  return {
    ...{ from, to: from + seconds.length, seconds },
    level: median(seconds.map((second) => levelOf(second, open))),
    perSecond: sum(seconds.map(({ completed }) => completed)) / seconds.length,
  };
}

function levelOf({ vus, begun, dropped }: Second, open: boolean): number {
  return open ? begun + dropped : vus;
}

function alike(a: number, b: number, open: boolean): boolean {
  return open ? Math.abs(a - b) <= Math.max(1, tolerance * a) : a === b;
}
