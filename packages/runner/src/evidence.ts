import type { Ceiling } from "@apb/core/ceiling";
import { attemptsOf, type Finding, type Measured } from "@apb/core/cell";
import type { Totals } from "@apb/core/totals";
import type { Closed } from "@apb/generator/channel";

/** What a verdict is made from. */
export interface Evidence
  extends Pick<
    Measured,
    "load" | "connections" | "dropped" | "operationsPerSecond" | "partial" | "generator" | "server" | "wire"
  > {
  readonly totals: Totals;
  /** Null when a generator did not live to tell. */
  readonly closed: Closed | null;
  /** Agent calls of the drive by the server's own count; null when it does not tell. */
  readonly serverCalls: number | null;
  /** Of one generator process; null when it was not measured. */
  readonly ceiling: Ceiling | null;
  /** How long agents were told to wait before they answer. */
  readonly agentDelayMs: number;
  /** Checks the server failed as it was known to: no doubt about a number, but about what was measured. */
  readonly deviations: readonly Finding[];
  /** Whether the load is the same from the window's beginning to its end. */
  readonly steady: boolean;
}

/** What there is to doubt about a number, and what a reader can do about it. */
export type Reason = Omit<Finding, "kind">;

/** One way to doubt a number. Pure; null when there is nothing to doubt. */
export type Doubt = (evidence: Evidence) => Reason | null;

/** The share of a cell's iterations that failed, 0 to 1; null when none has ended. */
export function failedShare({ totals }: Pick<Evidence, "totals">): number | null {
  const { failed, due } = attemptsOf(totals.step("total")?.counts());
  return due === 0 ? null : failed / due;
}

/** The median response time; Infinity where nothing succeeded. */
export function medianMs({ totals }: Pick<Evidence, "totals">): number {
  return totals.step("total")?.response.percentileMs(50) ?? Number.POSITIVE_INFINITY;
}

/** A whole number for a reader. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
