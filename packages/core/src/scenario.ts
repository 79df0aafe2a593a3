import type { Need, Session } from "./binding.ts";

/** When a window ends: after a time, or after a number of iterations if that comes first. */
export interface Until {
  readonly durationMs: number;
  readonly iterations?: number;
}

/**
 * How hard. Closed: N users, each starting its next iteration when the last one ended.
 * Open: arrivals on a fixed schedule, whatever the server does; more than `maxInFlight` waiting or sent are dropped and counted.
 */
export type Load =
  | { readonly model: "closed"; readonly users: number; readonly sessions: number; readonly until: Until }
  | {
      readonly model: "open";
      readonly perSecond: number;
      /** When the first arrival is due, for a load that takes turns with others; absent means at once. */
      readonly offsetMs?: number;
      readonly maxInFlight: number;
      readonly sessions: number;
      readonly until: Until;
    };

/** Times a named part of an iteration. The signal given to `work` ends it when it takes too long. */
export type Step = <T>(name: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Who runs an iteration. */
export interface User {
  /** The user's first session. */
  readonly session: Session;
  /** All of the user's sessions, as many as the case's `sessionsPerUser`. */
  readonly sessions: readonly Session[];
  /** Different for every iteration of a window: for making bodies that cannot be confused. */
  readonly iteration: number;
}

/** Checks what an iteration got, after the clocks have stopped. Throws a Failure of kind `mismatch`. */
export type Verify = () => void;

/** One point of a scenario: its parameters, its load, and what one user does once. */
export interface Case {
  readonly params: Readonly<Record<string, number>>;
  readonly load: Load;
  /** Wants a server that nobody has used before, as for reading what its memory grows by; absent means it shares one. */
  readonly freshServer?: true;
  /** Connections one user holds, for calls that must run in parallel. */
  readonly sessionsPerUser: number;
  /** Protocol operations in one iteration. */
  readonly operations: number;
  /** Bytes of body one iteration carries, both ways together. */
  readonly bodyBytes: number;
  iterate(user: User, step: Step): Promise<Verify>;
}

/** What is done. Knows operations, never protocols. */
export interface Scenario {
  readonly name: string;
  /** One sentence: what it shows. */
  readonly shows: string;
  readonly needs: ReadonlySet<Need>;
  cases(profile: Profile): readonly Case[];
}

/** The size of a run. Flags of the command line overwrite single fields. */
export interface Profile {
  readonly name: string;
  readonly rounds: number;
  readonly warmUpMs: number;
  /** The warm-up of the first cell on a fresh server and generator, whose code is cold. */
  readonly primeMs: number;
  readonly windowMs: number;
  /** Time for each of the client's own ceilings, before the first cell; absent or 0 means they are not measured. */
  readonly ceilingMs?: number;
  /** Ends a window before `windowMs`; absent means time alone decides. */
  readonly iterations?: number;
  /** Body sizes of the message-size scenario. */
  readonly sizesBytes: readonly number[];
  /** Connections of the concurrency ladder. */
  readonly rungs: readonly number[];
  /** Users of the scenarios other than the ladder. */
  readonly users: number;
  /** Connections these users share; absent means one each. */
  readonly sessions?: number;
  /** Arrivals per second; present means open load. */
  readonly perSecond?: number;
}

/** The load a profile asks for with this many users (or, in an open load, this many connections to send on). */
export function loadOf(profile: Profile, users: number, sessions: number): Load {
  const until: Until = {
    durationMs: profile.windowMs,
    ...(profile.iterations === undefined ? {} : { iterations: profile.iterations }),
  };
  if (profile.perSecond === undefined) return { model: "closed", users, sessions, until };
  return { model: "open", perSecond: profile.perSecond, maxInFlight: 100_000, sessions, until };
}
