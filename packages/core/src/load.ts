/** A part of a ramp: from the value before it to `target`, evenly, in this time; at once when that is 0. */
export interface Stage {
  readonly durationMs: number;
  /** VUs (whole) or arrivals per second (fractions too). */
  readonly target: number;
}

/** How hard, over time: the executors of k6 under their names, with its semantics. Rates may be fractions. */
export type Executor =
  | { readonly executor: "constant-vus"; readonly vus: number; readonly durationMs: number }
  | {
      readonly executor: "ramping-vus";
      readonly startVUs: number;
      readonly stages: readonly Stage[];
      /** How long a VU that the ramp takes away may finish its iteration. */
      readonly gracefulRampDownMs: number;
    }
  | {
      /** Iterations of each VU, or of all VUs together. */
      readonly executor: "per-vu-iterations" | "shared-iterations";
      readonly vus: number;
      readonly iterations: number;
      readonly maxDurationMs: number;
    }
  | {
      readonly executor: "constant-arrival-rate";
      readonly perSecond: number;
      readonly durationMs: number;
      /** Arrivals waiting and sent together; one more is dropped and counted. */
      readonly maxInFlight: number;
    }
  | {
      readonly executor: "ramping-arrival-rate";
      readonly startPerSecond: number;
      readonly stages: readonly Stage[];
      readonly maxInFlight: number;
    };

/** How hard, over time, with when it starts, how long it may finish, and how many connections carry it. */
export type Load = Executor & {
  /** From the start of the window to the load's own start. */
  readonly startTimeMs: number;
  /** How long the iterations under way at its end may take to finish. */
  readonly gracefulStopMs: number;
  /** Connections, of all VUs together. */
  readonly sessions: number;
};

/**
 * The part of a load that one generator carries: of everything that is counted from 0 (VUs, arrivals, iterations,
 * connections), number `n * of + index` is this share's number n.
 */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** The share of a generator that is alone. */
export const whole: Share = { index: 0, of: 1 };

/** How many of the first `count` are this share's. Parts differ by one at most and sum to `count`. */
export function partOf(count: number, { index, of }: Share): number {
  return Math.floor((count + of - 1 - index) / of);
}

/** The `maxInFlight` of a load that says nothing else. */
export const defaultMaxInFlight = 100_000;

type OpenName = "constant-arrival-rate" | "ramping-arrival-rate";

/** Loads with arrivals on a schedule, whatever the server does. */
export type OpenLoad = Extract<Load, { executor: OpenName }>;

/** Whether iterations begin on a schedule (the two arrival rates) and not when a VU is free. */
export function isOpen<Some extends Executor>(load: Some): load is Extract<Some, { executor: OpenName }> {
  return load.executor === "constant-arrival-rate" || load.executor === "ramping-arrival-rate";
}

/** Whether a load is over when it has done a number of iterations. */
export function isCounted({ executor }: Load): boolean {
  return executor === "shared-iterations" || executor === "per-vu-iterations";
}

/** Nominal milliseconds from a load's own start to its end: of iterations, the most they may take. */
export function durationOf(executor: Executor): number {
  switch (executor.executor) {
    case "constant-vus":
    case "constant-arrival-rate":
      return executor.durationMs;
    case "per-vu-iterations":
    case "shared-iterations":
      return executor.maxDurationMs;
    case "ramping-vus":
    case "ramping-arrival-rate":
      return executor.stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
  }
}

/** Milliseconds from the start of the window to the load's end, without its graceful stop. */
export function endOf(load: Load): number {
  return load.startTimeMs + durationOf(load);
}

/** The executor with every duration multiplied by `factor`, and every count and rate as it was. */
export function scaled(executor: Executor, factor: number): Executor {
  switch (executor.executor) {
    case "constant-vus":
    case "constant-arrival-rate":
      return { ...executor, durationMs: executor.durationMs * factor };
    case "per-vu-iterations":
    case "shared-iterations":
      return { ...executor, maxDurationMs: executor.maxDurationMs * factor };
    case "ramping-vus": {
      const gracefulRampDownMs = executor.gracefulRampDownMs * factor;
      return { ...executor, stages: scaledStages(executor.stages, factor), gracefulRampDownMs };
    }
    case "ramping-arrival-rate":
      return { ...executor, stages: scaledStages(executor.stages, factor) };
  }
}

function scaledStages(stages: readonly Stage[], factor: number): readonly Stage[] {
  return stages.map(({ durationMs, target }) => ({ durationMs: durationMs * factor, target }));
}
