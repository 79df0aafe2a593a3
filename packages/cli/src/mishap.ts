import { asFailure, type FailureKind } from "@apb/core/failure";
import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";

/** Kinds that the person at the keyboard can mend by another command line. */
const usageKinds: readonly FailureKind[] = ["usage", "unsupported"];

/** Whatever ended a command, as one sentence on stderr (a stack only for our own defects) and an exit code. */
export function mishap(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  const failure = asFailure(error);
  process.stderr.write(`error: ${failure.sentence}\n`);
  if (failure.kind === "internal")
    process.stderr.write(`${(failure.cause as Error | undefined)?.stack ?? failure.stack}\n`);
  return usageKinds.includes(failure.kind) ? exitCodes.usage : exitCodes.failed;
}
