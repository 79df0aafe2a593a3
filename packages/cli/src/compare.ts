import type { Run } from "@apb/core/run";
import { compare as compareRuns } from "@apb/report/compare";
import { comparisonReporters } from "@apb/report/comparison-reporters";
import { readRun } from "@apb/report/read";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { runFolder } from "./run-folder.ts";
import { selectMetrics } from "./selection.ts";

type CompareFlags = Pick<RunFlags, "format" | "maxRegression"> & {
  readonly requireJudged?: readonly string[] | undefined;
  readonly force?: boolean | undefined;
};

/** Reads two stored runs and prints what got worse. Resolves with the exit code. */
export async function compare(baseline: string, candidate: string, flags: CompareFlags): Promise<number> {
  selectMetrics(flags.requireJudged);
  return printComparison(
    await readRun(await runFolder(baseline)),
    await readRun(await runFolder(candidate)),
    flags,
    process.stdout,
  );
}

/**
 * Prints a comparison and returns its exit code: 1 when something got worse than allowed, or when that cannot be told, 2
 * when the runs cannot be compared. Throws `usage` for a metric that must be judged and that there is not.
 */
export function printComparison(
  baseline: Run,
  candidate: Run,
  { format, maxRegression, requireJudged, force }: CompareFlags,
  stream: Pick<NodeJS.WriteStream, "write">,
): number {
  const comparison = compareRuns(baseline, candidate, {
    maxRegression,
    force: force === true,
    requireJudged: selectMetrics(requireJudged),
  });
  stream.write(`${comparisonReporters[format](comparison)}\n`);
  if (comparison.status === "refused") return exitCodes.usage;
  return comparison.passed ? exitCodes.fine : exitCodes.failed;
}
