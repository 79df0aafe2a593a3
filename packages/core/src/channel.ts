import { Failure, type FailureKind } from "./failure.ts";

/**
 * How the conductor talks with a process it started: requests with an id, each answered once, with any number of events
 * before its answer. Both sides must be of one version, and say theirs with each message.
 */
export const channelVersion = 1;

/** What may be asked: by name, what goes along, what comes back, and what is told meanwhile (`never` for nothing). */
export type Calls<Names extends PropertyKey = string> = Record<
  Names,
  { readonly argument: unknown; readonly result: unknown; readonly event: unknown }
>;

/** Conductor → process. */
export interface Request<Name = string, Argument = unknown> {
  readonly version: typeof channelVersion;
  /** Different for every request of a process. */
  readonly id: number;
  /** Which of the conversations that a process has at the same time, from 0; each remembers its own. */
  readonly side: number;
  readonly call: Name;
  readonly argument: Argument;
}

/** Process → conductor, of one call or of any; `id` is that of the request. */
export type Answer<Call extends Calls[string] = Calls[string]> = {
  readonly version: typeof channelVersion;
  readonly id: number;
} & (
  | { readonly kind: "event"; readonly event: Call["event"] }
  | { readonly kind: "result"; readonly value: Call["result"] }
  | { readonly kind: "failure"; readonly failure: FailureKind; readonly message: string }
);

/** What the conductor asks of a server of ours, over the process's own channel and not through the measured door. */
export interface ServerCalls {
  /** Agent calls so far. */
  calls: { readonly argument: null; readonly result: number; readonly event: never };
  /** To collect all garbage; how many bytes are left in the heap and outside of it for objects in it. */
  collect: { readonly argument: null; readonly result: number; readonly event: never };
}

/** What is wrong where the sides of a channel are of different versions: which one the process speaks, and which the conductor does. */
export function versionFailure(who: string, speaks: unknown, expected: unknown): Failure {
  return new Failure(
    "environment",
    `this ${who} speaks ${speaks === undefined ? "no version" : `version ${String(speaks)}`} of the channel, expected ${String(expected)}; run the same version of this program on both sides`,
  );
}
