import type { Run } from "@apb/core/run";
import { compare as compareRuns } from "@apb/report/compare";
import { comparisonReporters } from "@apb/report/comparison-reporters";
import { readRun } from "@apb/report/read";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { runFolder } from "./run-folder.ts";

type CompareFlags = Pick<RunFlags, "format" | "maxRegression"> & { readonly force?: boolean | undefined };

/** Reads two stored runs and prints what got worse. Resolves with the exit code. */
export async function compare(baseline: string, candidate: string, flags: CompareFlags): Promise<number> {
  return printComparison(
    await readRun(await runFolder(baseline)),
    await readRun(await runFolder(candidate)),
    flags,
    process.stdout,
  );
}

/** Prints a comparison and resolves its exit code: 1 when something got worse than allowed, 2 when the runs cannot be compared. */
export function printComparison(
  baseline: Run,
  candidate: Run,
  { format, maxRegression, force }: CompareFlags,
  stream: NodeJS.WriteStream,
): number {
  const comparison = compareRuns(baseline, candidate, { maxRegression, force: force === true });
  stream.write(`${comparisonReporters[format](comparison)}\n`);
  if (comparison.status === "refused") return exitCodes.usage;
  return comparison.regressions > 0 ? exitCodes.failed : exitCodes.fine;
}
