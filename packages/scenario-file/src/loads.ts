import { asFailure } from "@apb/core/failure";
import { defaultMaxInFlight, type Executor, isOpen, type Load, type Stage, scaled } from "@apb/core/load";
import { requireLoad } from "@apb/core/require-load";
import { usualGraceMs } from "@apb/core/scenario";
import { mostVUs } from "@apb/core/vus";
import type { RawLoad } from "./scenario-schema.ts";
import type { Path, Source } from "./source.ts";
import { msOf } from "./units.ts";

/** k6's defaults; connections of an open load are ours, k6 wants to be told. */
const usualMaxDuration = "10m";
const usualRampDown = "30s";
const usualConnections = 10;

/** A load as it is driven, of users with so many connections each. Throws `usage`, with the place, for one that makes no sense. */
export function loadOf(raw: RawLoad, connections: number, source: Source, path: Path): Load {
  const startTimeMs = raw.startTime === undefined ? 0 : msOf(raw.startTime);
  const gracefulStopMs = raw.gracefulStop === undefined ? usualGraceMs : msOf(raw.gracefulStop);
  const load: Load = { ...executorOf(raw), startTimeMs, gracefulStopMs, sessions: 1 };
  const sets = isOpen(load) && "preAllocatedVUs" in raw ? Math.max(raw.preAllocatedVUs ?? 0, raw.maxVUs ?? 0) : 0;
  const users = isOpen(load) ? sets || openConnections(raw) : mostVUs(load);
  const whole = { ...load, sessions: Math.max(1, users) * connections };
  try {
    requireLoad(whole);
  } catch (error) {
    throw source.failure(path, asFailure(error).sentence, { cause: error });
  }
  return whole;
}

/** With every duration times a factor. */
export function stretched(load: Load, factor: number): Load {
  const { startTimeMs, gracefulStopMs, sessions } = load;
  return {
    ...scaled(load, factor),
    ...{ startTimeMs: startTimeMs * factor, gracefulStopMs: gracefulStopMs * factor, sessions },
  };
}

function openConnections(raw: RawLoad): number {
  return ("maxVUs" in raw ? raw.maxVUs : undefined) ?? usualConnections;
}

function executorOf(raw: RawLoad): Executor {
  switch (raw.executor) {
    case "constant-vus":
      return { executor: raw.executor, vus: raw.vus ?? 1, durationMs: msOf(raw.duration) };
    case "ramping-vus": {
      const gracefulRampDownMs = msOf(raw.gracefulRampDown ?? usualRampDown);
      return { executor: raw.executor, startVUs: raw.startVUs ?? 1, stages: stagesOf(raw.stages), gracefulRampDownMs };
    }
    case "per-vu-iterations":
    case "shared-iterations": {
      const { executor, vus = 1, iterations = 1, maxDuration = usualMaxDuration } = raw;
      return { executor, vus, iterations, maxDurationMs: msOf(maxDuration) };
    }
    case "constant-arrival-rate": {
      const perSecond = raw.rate / unitOf(raw);
      const durationMs = msOf(raw.duration);
      return { executor: raw.executor, perSecond, durationMs, maxInFlight: defaultMaxInFlight };
    }
    case "ramping-arrival-rate": {
      const unit = unitOf(raw);
      const stages = stagesOf(raw.stages).map(({ durationMs, target }) => ({ durationMs, target: target / unit }));
      const startPerSecond = (raw.startRate ?? 0) / unit;
      return { executor: raw.executor, startPerSecond, stages, maxInFlight: defaultMaxInFlight };
    }
    case "steps":
      return stepsOf(raw);
  }
}

function stagesOf(raw: readonly { readonly duration: string; readonly target: number }[]): readonly Stage[] {
  return raw.map(({ duration, target }) => ({ durationMs: msOf(duration), target }));
}

function unitOf({ timeUnit = "1s" }: { readonly timeUnit?: string }): number {
  return msOf(timeUnit) / 1000;
}

/** A staircase: each step holds for the interval, the last at the most. */
function stepsOf(raw: Extract<RawLoad, { executor: "steps" }>): Executor {
  const { startVUs, increment, maxVUs, gracefulRampDown = usualRampDown } = raw;
  const durationMs = msOf(raw.incrementInterval);
  const stages: Stage[] = [{ durationMs, target: startVUs }];
  for (let vus = startVUs + increment; vus < maxVUs + increment; vus += increment) {
    const target = Math.min(vus, maxVUs);
    stages.push({ durationMs: 0, target }, { durationMs, target });
  }
  return { executor: "ramping-vus", startVUs, stages, gracefulRampDownMs: msOf(gracefulRampDown) };
}
