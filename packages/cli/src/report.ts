import { readExpectations, readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { runFolder } from "./run-folder.ts";
import type { RunFlags } from "./selection.ts";

/** Prints a stored run once more, in any format. */
export async function report(folder: string, flags: Pick<RunFlags, "format">): Promise<number> {
  const stored = await readRun(await runFolder(folder));
  const expectations = await readExpectations(files.expectations);
  process.stdout.write(`${reporters[flags.format]({ ...stored, expectations })}\n`);
  return exitCodes.fine;
}
