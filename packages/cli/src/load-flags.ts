import { Failure } from "@apb/core/failure";
import { defaultMaxInFlight, type Executor, type Stage, scaled } from "@apb/core/load";
import { type Profile, usualGraceMs } from "@apb/core/scenario";

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
  readonly gracefulRampDown?: number;
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
  "constant-vus": ["startVus", "rate", "stage", "iterations", "gracefulRampDown"],
  "ramping-vus": ["vus", "rate", "iterations", "duration"],
  "per-vu-iterations": ["startVus", "rate", "stage", "gracefulRampDown"],
  "shared-iterations": ["startVus", "rate", "stage", "gracefulRampDown"],
  "constant-arrival-rate": ["startVus", "vus", "stage", "iterations", "gracefulRampDown"],
  "ramping-arrival-rate": ["startVus", "vus", "iterations", "duration", "gracefulRampDown"],
};

/** Each of {@link LoadFlags} by its name on the command line. */
export const loadFlagNames: Readonly<Record<keyof LoadFlags, string>> = {
  executor: "--executor",
  vus: "--vus",
  startVus: "--start-vus",
  rate: "--rate",
  stage: "--stage",
  iterations: "--iterations",
  duration: "--duration",
  gracefulStop: "--graceful-stop",
  gracefulRampDown: "--graceful-ramp-down",
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
    ...(profile.churnMs === undefined ? {} : { churnMs: flags.duration ?? profile.churnMs }),
    ...(name === null ? {} : { executor: executorOf(name, flags, profile) }),
    ...(gracefulStop === undefined ? {} : { gracefulStopMs: gracefulStop }),
  };
  return timeScale === 1 ? loaded : stretched(loaded, timeScale);
}

/** What flags mean that name no executor: none, where they only overwrite the profile's own. */
function impliedExecutor({ rate, stage, iterations, startVus, gracefulRampDown }: LoadFlags): ExecutorName | null {
  if (stage !== undefined) return rate === undefined ? "ramping-vus" : "ramping-arrival-rate";
  if (rate !== undefined) return "constant-arrival-rate";
  if (iterations !== undefined) return "shared-iterations";
  return startVus === undefined && gracefulRampDown === undefined ? null : "ramping-vus";
}

function executorOf(executor: ExecutorName, flags: LoadFlags, profile: Profile): Executor {
  for (const flag of foreign[executor])
    if (flags[flag] !== undefined)
      throw new Failure(
        "usage",
        `${loadFlagNames[flag]} means nothing to ${executor}; leave it out${insteadOf(executor, flag)}`,
      );
  const { vus = profile.vus, startVus: startVUs = usualStartVUs, iterations, duration } = flags;
  const { gracefulRampDown: gracefulRampDownMs = usualRampDownMs } = flags;
  const durationMs = duration ?? profile.windowMs;
  const maxInFlight = defaultMaxInFlight;
  switch (executor) {
    case "constant-vus":
      return { executor, vus, durationMs };
    case "ramping-vus":
      return { executor, startVUs, stages: needed(executor, "stage", flags), gracefulRampDownMs };
    case "per-vu-iterations":
      return { executor, vus, iterations: iterations ?? 1, maxDurationMs: duration ?? usualMaxDurationMs };
    case "shared-iterations":
      return {
        executor,
        // Where nobody said how many users, there are no more than iterations.
        vus: flags.vus ?? Math.min(vus, iterations ?? vus),
        iterations: iterations ?? vus,
        maxDurationMs: duration ?? usualMaxDurationMs,
      };
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
  throw new Failure("usage", `${executor} needs ${loadFlagNames[flag]}, like ${example}`);
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
  const { windowMs, churnMs, warmUpMs, primeMs, executor, gracefulStopMs = usualGraceMs } = profile;
  return {
    ...profile,
    windowMs: windowMs * factor,
    ...(churnMs === undefined ? {} : { churnMs: churnMs * factor }),
    warmUpMs: warmUpMs * factor,
    primeMs: primeMs * factor,
    gracefulStopMs: gracefulStopMs * factor,
    ...(executor === undefined ? {} : { executor: scaled(executor, factor) }),
  };
}
