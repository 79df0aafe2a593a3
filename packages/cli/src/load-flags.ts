import { Failure } from "@apb/core/failure";
import { defaultMaxInFlight, type Executor, type Load, type Stage, scaled } from "@apb/core/load";
import type { Profile } from "@apb/core/scenario";

/** The flags that say how hard, over time; absent when not given. */
export interface LoadFlags {
  readonly executor?: ExecutorName;
  readonly vus?: number;
  readonly startVus?: number;
  readonly rate?: number;
  readonly stage?: readonly Stage[];
  readonly iterations?: number;
  readonly duration?: number;
  readonly gracefulStop?: number;
  readonly timeScale?: number;
}

/** k6's executors, by their names. */
export const executorNames = [
  "constant-vus",
  "ramping-vus",
  "per-vu-iterations",
  "shared-iterations",
  "constant-arrival-rate",
  "ramping-arrival-rate",
] as const satisfies readonly Executor["executor"][];

/** One of {@link executorNames}. */
export type ExecutorName = (typeof executorNames)[number];

/** k6's defaults. */
const usualMaxDurationMs = 600_000;
const usualRampDownMs = 30_000;
const usualStartVUs = 1;

/** Flags that an executor does not know, besides those all know. */
const foreign: Readonly<Record<ExecutorName, readonly (keyof LoadFlags)[]>> = {
  "constant-vus": ["startVus", "rate", "stage", "iterations"],
  "ramping-vus": ["vus", "rate", "iterations", "duration"],
  "per-vu-iterations": ["startVus", "rate", "stage"],
  "shared-iterations": ["startVus", "rate", "stage"],
  "constant-arrival-rate": ["startVus", "vus", "stage", "iterations"],
  "ramping-arrival-rate": ["startVus", "vus", "iterations", "duration"],
};

/** Each flag by its name on the command line. */
const flagNames: Readonly<Record<keyof LoadFlags, string>> = {
  executor: "--executor",
  vus: "--vus",
  startVus: "--start-vus",
  rate: "--rate",
  stage: "--stage",
  iterations: "--iterations",
  duration: "--duration",
  gracefulStop: "--graceful-stop",
  timeScale: "--time-scale",
};

/** The profile with the load that flags ask for, all its durations times `--time-scale`. Throws `usage`. */
export function withLoad(profile: Profile, flags: LoadFlags): Profile {
  const name = flags.executor ?? impliedExecutor(flags);
  const { vus = profile.vus, duration = profile.windowMs, gracefulStop, timeScale = 1 } = flags;
  const loaded: Profile = {
    ...profile,
    vus,
    windowMs: duration,
    ...(name === null ? {} : { executor: executorOf(name, flags, profile) }),
    ...(gracefulStop === undefined ? {} : { gracefulStopMs: gracefulStop }),
  };
  return timeScale === 1 ? loaded : stretched(loaded, timeScale);
}

/** What flags mean that name no executor: none, where they only overwrite the profile's own. */
function impliedExecutor({ rate, stage, iterations, startVus }: LoadFlags): ExecutorName | null {
  if (stage !== undefined) return rate === undefined ? "ramping-vus" : "ramping-arrival-rate";
  if (rate !== undefined) return "constant-arrival-rate";
  if (startVus !== undefined) return "ramping-vus";
  return iterations === undefined ? null : "shared-iterations";
}

function executorOf(executor: ExecutorName, flags: LoadFlags, profile: Profile): Executor {
  for (const flag of foreign[executor])
    if (flags[flag] !== undefined)
      throw new Failure(
        "usage",
        `${flagNames[flag]} means nothing to ${executor}; leave it out${insteadOf(executor, flag)}`,
      );
  const { vus = profile.vus, startVus: startVUs = usualStartVUs, iterations, duration } = flags;
  const durationMs = duration ?? profile.windowMs;
  const maxInFlight = defaultMaxInFlight;
  switch (executor) {
    case "constant-vus":
      return { executor, vus, durationMs };
    case "ramping-vus":
      return { executor, startVUs, stages: needed(executor, "stage", flags), gracefulRampDownMs: usualRampDownMs };
    case "per-vu-iterations":
      return { executor, vus, iterations: iterations ?? 1, maxDurationMs: duration ?? usualMaxDurationMs };
    case "shared-iterations":
      return { executor, vus, iterations: iterations ?? vus, maxDurationMs: duration ?? usualMaxDurationMs };
    case "constant-arrival-rate":
      return { executor, perSecond: needed(executor, "rate", flags), durationMs, maxInFlight };
    case "ramping-arrival-rate": {
      const stages = needed(executor, "stage", flags);
      return { executor, startPerSecond: flags.rate ?? 0, stages, maxInFlight };
    }
  }
}

function needed<Flag extends "stage" | "rate">(
  executor: string,
  flag: Flag,
  flags: LoadFlags,
): NonNullable<LoadFlags[Flag]> {
  const value = flags[flag];
  if (value !== undefined) return value as NonNullable<LoadFlags[Flag]>;
  const example = flag === "stage" ? "--stage 30s:100" : "--rate 500";
  throw new Failure("usage", `${executor} needs ${flagNames[flag]}, like ${example}`);
}

function insteadOf(executor: ExecutorName, flag: keyof LoadFlags): string {
  if (flag === "duration") return ", its stages say how long it takes";
  if (flag === "vus" && executor.endsWith("arrival-rate"))
    return ", an open load has arrivals; --connections says what it is sent on";
  if (flag === "vus") return ", its stages say how many there are; --start-vus says how many at first";
  return "";
}

/** All durations of a profile's load times a factor. */
function stretched(profile: Profile, factor: number): Profile {
  const { windowMs, warmUpMs, primeMs, executor, gracefulStopMs } = profile;
  return {
    ...profile,
    windowMs: windowMs * factor,
    warmUpMs: warmUpMs * factor,
    primeMs: primeMs * factor,
    ...(gracefulStopMs === undefined ? {} : { gracefulStopMs: gracefulStopMs * factor }),
    ...(executor === undefined ? {} : { executor: stretchedExecutor(executor, factor) }),
  };
}

function stretchedExecutor(executor: Executor, factor: number): Executor {
  const load: Load = { ...executor, startTimeMs: 0, gracefulStopMs: 0, sessions: 1 };
  const { startTimeMs, gracefulStopMs, sessions, ...rest } = scaled(load, factor);
  return rest;
}
