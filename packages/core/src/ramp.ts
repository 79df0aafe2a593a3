import type { Stage } from "./load.ts";

/** A straight line of VUs or of arrivals per second over time. It holds from its start up to, not at, its end. */
export interface Ramp {
  /** Since the load's own start. */
  readonly startMs: number;
  /** Above 0. */
  readonly durationMs: number;
  /** `startMs + durationMs`, exactly where the next ramp starts. */
  readonly endMs: number;
  readonly from: number;
  readonly to: number;
}

/** Stages laid out in time, one ramp each. A stage of no duration makes none: it only moves where the next starts from. */
export function rampsOf(start: number, stages: readonly Stage[]): readonly Ramp[] {
  const ramps: Ramp[] = [];
  let [startMs, from] = [0, start];
  for (const { durationMs, target: to } of stages) {
    const endMs = startMs + durationMs;
    if (durationMs > 0) ramps.push({ startMs, durationMs, endMs, from, to });
    [startMs, from] = [endMs, to];
  }
  return ramps;
}
