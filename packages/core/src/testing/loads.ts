import fc from "fast-check";
import type { Load, Share, Stage } from "../load.ts";

/** All shares of a load split over so many generators. */
export function sharesOf(of: number): readonly Share[] {
  return Array.from({ length: of }, (_, index) => ({ index, of }));
}

/** What all loads have, for tests that look at something else. */
export const plain = { startTimeMs: 0, gracefulStopMs: 30_000, sessions: 10 } as const;

/** A ramp of VUs, of stages written as [seconds, target]. */
export function vuRamp(startVUs: number, ...stages: readonly (readonly [number, number])[]): Load {
  return { ...plain, executor: "ramping-vus", startVUs, stages: stages.map(stageOf), gracefulRampDownMs: 30_000 };
}

/** A ramp of arrivals per second, of stages written as [seconds, target]. */
export function rateRamp(startPerSecond: number, ...stages: readonly (readonly [number, number])[]): Load {
  return { ...plain, executor: "ramping-arrival-rate", startPerSecond, stages: stages.map(stageOf), maxInFlight: 100 };
}

function stageOf([seconds, target]: readonly [number, number]): Stage {
  return { durationMs: seconds * 1000, target };
}

/** Whole milliseconds and fractions of them; a stage in four takes none. */
const durationMs = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }),
  fc.integer({ min: 1, max: 60_000 }).map((thirds) => thirds / 3),
);
const stageMs = fc.oneof({ weight: 3, arbitrary: durationMs }, { weight: 1, arbitrary: fc.constant(0) });
const vus = fc.integer({ min: 0, max: 60 });
const perSecond = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.double({ min: 0, max: 50, noNaN: true }).map((rate) => Math.round(rate * 1000) / 1000),
);
const maxInFlight = fc.integer({ min: 1, max: 1000 });
const around = {
  startTimeMs: fc.integer({ min: 0, max: 1000 }),
  gracefulStopMs: fc.integer({ min: 0, max: 1000 }),
  sessions: fc.integer({ min: 1, max: 200 }),
};

function stages(target: fc.Arbitrary<number>): fc.Arbitrary<Stage[]> {
  return fc
    .array(fc.record({ durationMs: stageMs, target }), { minLength: 1, maxLength: 6 })
    .filter((some) => some.some((stage) => stage.durationMs > 0));
}

const iterating = {
  vus: fc.integer({ min: 1, max: 60 }),
  iterations: fc.integer({ min: 60, max: 10_000 }),
  maxDurationMs: durationMs,
};

/** Closed loads of every executor. A ramp may be one that never has a VU. */
export const closedLoads: fc.Arbitrary<Load> = fc.oneof(
  fc.record({ ...around, executor: fc.constant("constant-vus"), vus: iterating.vus, durationMs }),
  fc.record({
    ...around,
    executor: fc.constant("ramping-vus"),
    startVUs: vus,
    stages: stages(vus),
    gracefulRampDownMs: fc.integer({ min: 0, max: 1000 }),
  }),
  fc.record({ ...around, ...iterating, executor: fc.constant("per-vu-iterations") }),
  fc.record({ ...around, ...iterating, executor: fc.constant("shared-iterations") }),
);

/** Open loads of both executors. A ramp may be one on which nothing arrives. */
export const openLoads: fc.Arbitrary<Load> = fc.oneof(
  fc.record({
    ...around,
    executor: fc.constant("constant-arrival-rate"),
    perSecond: perSecond.filter((rate) => rate > 0),
    durationMs,
    maxInFlight,
  }),
  fc.record({
    ...around,
    executor: fc.constant("ramping-arrival-rate"),
    startPerSecond: perSecond,
    stages: stages(perSecond),
    maxInFlight,
  }),
);

/** Any load. */
export const loads: fc.Arbitrary<Load> = fc.oneof(closedLoads, openLoads);

/** Over how many generators. */
export const generators = fc.integer({ min: 1, max: 8 });
