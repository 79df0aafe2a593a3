import type { FailureKind } from "./failure.ts";

/**
 * How the conductor talks with a process it started: requests with an id, each answered once, with any number of events
 * before its answer. Both sides must be of one version.
 */
export const channelVersion = 1;

/** What may be asked: by name, what goes along and what comes back. */
export type Calls<Names extends PropertyKey = string> = Record<
  Names,
  { readonly argument: unknown; readonly result: unknown }
>;

/** Conductor → process. */
export interface Request<Name = string, Argument = unknown> {
  readonly version: typeof channelVersion;
  /** Different for every request of a process. */
  readonly id: number;
  readonly call: Name;
  readonly argument: Argument;
}

/** Process → conductor; `id` is that of the request. */
export type Answer =
  | { readonly id: number; readonly kind: "event"; readonly event: unknown }
  | { readonly id: number; readonly kind: "result"; readonly value: unknown }
  | { readonly id: number; readonly kind: "failure"; readonly failure: FailureKind; readonly message: string };
