import { asFailure, type FailureKind } from "@apb/core/failure";
import { CommanderError } from "commander";
import { discreetText } from "./discreet.ts";
import { exitCodes } from "./exit-codes.ts";

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
