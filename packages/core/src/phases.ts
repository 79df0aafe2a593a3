import type { Clock } from "./clock.ts";

/** The steps that a call's phases are kept as. */
export const phaseSteps = ["blocked", "waiting", "receiving"] as const;

/**
 * The phases of one call in milliseconds, as k6 has them: `blocked`, until its connection was free for it; `waiting`, from
 * when its request was handed to the socket whole to the read that brought the first byte of its answer; `receiving`, from
 * there to the read that brought the last. NaN for one that there is not.
 */
export type Phases = Readonly<Record<(typeof phaseSteps)[number], number>>;

/** Who is told of every call on our own sockets, as its answer has come whole. */
export interface PhaseEar {
  readonly now: Clock;
  told(phases: Phases, endedAt: number): void;
}

/** Lets one be told from now on; null ends it. */
export type ObservePhases = (ear: PhaseEar | null) => void;
