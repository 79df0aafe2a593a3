import { Failure } from "@apb/core/failure";
import type { Run } from "@apb/core/run";
import { mergedRuns } from "@apb/report/merge";
import { readExpectations, readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { printLayers } from "./layers.ts";
import { runFolder } from "./run-folder.ts";
import type { RunFlags } from "./selection.ts";

/** Prints a stored run once more, or several as one table, in any format; with `layers` what each of them costs, and nothing else. */
export async function report(
  texts: readonly [string, ...string[]],
  flags: Pick<RunFlags, "format" | "layers">,
): Promise<number> {
  const [first, ...others] = texts;
  const folder = await runFolder(first);
  const run = await readRun(folder);
  if (flags.layers === true) {
    if (others.length > 0) throw new Failure("usage", "--layers are those of one run; name one folder");
    await printLayers(run, folder, flags);
    return exitCodes.fine;
  }
  const further: Run[] = [];
  for (const text of others) further.push(await readRun(await runFolder(text)));
  const stored = mergedRuns([run, ...further]);
  const expectations = await readExpectations(files.expectations);
  process.stdout.write(`${reporters[flags.format]({ ...stored, expectations })}\n`);
  return exitCodes.fine;
}
