import { readExpectations, readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { printLayers } from "./layers.ts";
import { runFolder } from "./run-folder.ts";
import type { RunFlags } from "./selection.ts";

/** Prints a stored run once more, in any format; with `layers` what each of them costs, and nothing else. */
export async function report(text: string, flags: Pick<RunFlags, "format" | "layers">): Promise<number> {
  const folder = await runFolder(text);
  const stored = await readRun(folder);
  if (flags.layers === true) {
    await printLayers(stored, folder, flags);
    return exitCodes.fine;
  }
  const expectations = await readExpectations(files.expectations);
  process.stdout.write(`${reporters[flags.format]({ ...stored, expectations })}\n`);
  return exitCodes.fine;
}
