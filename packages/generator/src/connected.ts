import type { FailureKind } from "@apb/core/failure";
import { addCounts, mergeTallies, type Tally } from "@apb/core/snapshot";

/** What came of opening the connections. */
export interface Connected {
  readonly asked: number;
  readonly held: number;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** The first failure's message, null when there was none. */
  readonly firstFailure: string | null;
  readonly step: Tally;
  /** The processes that serve one of these connections each; none where one server has them all. */
  readonly pids: readonly number[];
}

/** What came of opening connections here and there. */
export function mergeConnected(a: Connected, b: Connected): Connected {
  return {
    asked: a.asked + b.asked,
    held: a.held + b.held,
    failures: addCounts(a.failures, b.failures),
    firstFailure: a.firstFailure ?? b.firstFailure,
    step: mergeTallies(a.step, b.step),
    pids: [...a.pids, ...b.pids],
  };
}
