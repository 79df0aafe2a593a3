import { resolve } from "node:path";
import { Failure } from "@apb/core/failure";
import type { Run, RunInfo } from "@apb/core/run";
import { type CompareOptions, compare as compareRuns } from "@apb/report/compare";
import { comparisonReporters } from "@apb/report/comparison-reporters";
import { spreadOf } from "@apb/report/history";
import { historyMetrics, machineOf, seriesOf } from "@apb/report/history-point";
import { readHistory } from "@apb/report/history-store";
import { readRun } from "@apb/report/read";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { runFolder } from "./run-folder.ts";
import { selectMetrics } from "./selection.ts";

type CompareFlags = Pick<RunFlags, "format" | "maxRegression"> & {
  readonly requireJudged?: readonly string[] | undefined;
  readonly force?: boolean | undefined;
};

/** What is known of the machine's equal runs, where anything is. */
type Known = Pick<CompareOptions, "spreadOf">;

/** Reads two stored runs and prints what got worse. Resolves with the exit code. */
export async function compare(
  baseline: string,
  candidate: string,
  flags: CompareFlags & { readonly history?: string | undefined },
): Promise<number> {
  selectMetrics(flags.requireJudged);
  const before = await readRun(await runFolder(baseline));
  const after = await readRun(await runFolder(candidate));
  const known = flags.history === undefined ? {} : await knownFrom(flags.history, after.info);
  return printComparison(before, after, { ...flags, ...known }, process.stdout);
}

/**
 * How much equal runs differ by a history, on this run's machine and with its task. Throws `usage` where there is none, and
 * for what is wrong in it.
 */
export async function knownFrom(folder: string, info: RunInfo): Promise<Known> {
  const history = await readHistory(resolve(folder));
  if (history === null)
    throw new Failure("usage", `--history: there is no history in ${folder}; add nights with bench history add <run>`);
  const { id } = machineOf(info.environment);
  return {
    spreadOf: (cell, key) => {
      const metric = historyMetrics.find((one) => one === key);
      return metric === undefined ? null : spreadOf(history, seriesOf(info, cell, metric), id);
    },
  };
}

/**
 * Prints a comparison and returns its exit code: 1 when something got worse than allowed, or when that cannot be told, 2
 * when the runs cannot be compared. Throws `usage` for a metric that must be judged and that there is not.
 */
export function printComparison(
  baseline: Run,
  candidate: Run,
  { format, maxRegression, requireJudged, force, ...known }: CompareFlags & Known,
  stream: Pick<NodeJS.WriteStream, "write">,
): number {
  const comparison = compareRuns(baseline, candidate, {
    maxRegression,
    force: force === true,
    requireJudged: selectMetrics(requireJudged),
    ...(known.spreadOf === undefined ? {} : { spreadOf: known.spreadOf }),
  });
  stream.write(`${comparisonReporters[format](comparison)}\n`);
  if (comparison.status === "refused") return exitCodes.usage;
  return comparison.passed ? exitCodes.fine : exitCodes.failed;
}
