import type { Finding, FindingKind, Measured } from "@apb/core/cell";
import type { RowFinding } from "./row.ts";

/** The reason of a null that has none in `missing`. */
export const noReason = "no reason was stored";

/** Why a field is null: the reason of the first round that has one. */
export function reasonIn(rounds: readonly Measured[], field: string): string | undefined {
  return rounds.map(({ missing }) => missing[field]).find((reason) => reason !== undefined);
}

/** The findings of all rounds by kind, each with the number of rounds it was made in. */
export function findingsOf(rounds: readonly Measured[]): readonly RowFinding[] {
  const byKind = new Map<FindingKind, RowFinding>();
  for (const round of rounds) {
    for (const { kind, message, hint } of new Map(doubtsOf(round).map((doubt) => [doubt.kind, doubt])).values()) {
      const known = byKind.get(kind);
      byKind.set(
        kind,
        known === undefined ? { kind, message, hint, rounds: 1 } : { ...known, rounds: known.rounds + 1 },
      );
    }
  }
  return [...byKind.values()];
}

/** No doubt is lost: a verdict that is not valid and gives no finding is one, and a cell that ended before its time. */
function doubtsOf({ verdict: { kind, findings }, partial }: Measured): readonly Finding[] {
  const unexplained = kind === "valid" || findings.length > 0 ? [] : [doubt(kind, "the verdict gives no reason")];
  const all = [...findings, ...unexplained];
  return partial === null || all.some((one) => one.kind === "partial") ? all : [...all, doubt("partial", partial)];
}

function doubt(kind: FindingKind, message: string): Finding {
  return { kind, message, hint: "" };
}
