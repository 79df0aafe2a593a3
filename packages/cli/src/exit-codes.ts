import type { CellResult } from "@apb/core/cell";
import { asFailure, type FailureKind } from "@apb/core/failure";
import type { ThresholdSummary } from "@apb/core/run";
import { CommanderError } from "commander";
import { discreetText } from "./discreet.ts";

/** What the program's exit status says. */
export const exitCodes = {
  fine: 0,
  /** A cell failed or is spoilt by errors, nothing was measured, a check failed, or something got worse than allowed or that cannot be told. */
  failed: 1,
  usage: 2,
  /** A threshold was crossed, as in k6. */
  crossed: 99,
  /** Ended by Ctrl-C or SIGTERM; what was measured is saved. */
  interrupted: 130,
} as const;

/** Kinds that the person at the keyboard can mend by another command line. */
const usageKinds: readonly FailureKind[] = ["usage", "unsupported"];

/** Whatever ended a command, as one sentence on stderr (a stack only for our own defects) and an exit code. Secrets in the arguments are not repeated. */
export function mishap(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  const failure = asFailure(error);
  if (failure.kind === "aborted") return exitCodes.interrupted;
  const stack = failure.kind === "internal" ? `${(failure.cause as Error | undefined)?.stack ?? failure.stack}\n` : "";
  process.stderr.write(discreetText(`error: ${failure.sentence}\n${stack}`, process.argv));
  return usageKinds.includes(failure.kind) ? exitCodes.usage : exitCodes.failed;
}

/**
 * How a run that nobody interrupted has ended: a threshold that was not kept says more than the failures that crossed it, but one
 * that no cell was judged by says nothing where cells failed before their load; where there are thresholds they say how many
 * failures may be.
 */
export function exitCodeOf(results: readonly CellResult[], judged: readonly ThresholdSummary[]): number {
  const failed = results.some(({ status }) => status === "failed");
  if (judged.some(({ ok, cells }) => !ok && (cells > 0 || !failed))) return exitCodes.crossed;
  const measured = results.filter((result) => result.status === "measured");
  const spoilt = measured.some(
    ({ verdict, partial }) =>
      partial !== null || (judged.length === 0 && verdict.findings.some(({ kind }) => kind === "errors")),
  );
  return failed || spoilt || measured.length === 0 ? exitCodes.failed : exitCodes.fine;
}
