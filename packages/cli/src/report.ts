import { join } from "node:path";
import { Failure } from "@apb/core/failure";
import type { Run } from "@apb/core/run";
import { abReporters } from "@apb/report/ab-reporters";
import { isAB, readAB } from "@apb/report/ab-store";
import { layersPicture } from "@apb/report/layers-picture";
import { layersFiles, layersReporters } from "@apb/report/layers-reporters";
import { mergedRuns } from "@apb/report/merge";
import { readExpectations, readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { writeRunText } from "@apb/report/store";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import type { RunFlags } from "./flags.ts";
import { writeLocustFiles } from "./locust-files.ts";
import { runFolder } from "./run-folder.ts";

/** Prints a stored run once more, or several as one table, in any format; with `layers` what each of them costs, and nothing else. */
export async function report(
  texts: readonly [string, ...string[]],
  flags: Pick<RunFlags, "format" | "layers" | "csv">,
): Promise<number> {
  const [first, ...others] = texts;
  const folder = await runFolder(first);
  if (await isAB(folder)) return reportAB(folder, others, flags);
  const run = await readRun(folder);
  if (flags.layers === true) {
    if (others.length > 0) throw new Failure("usage", "--layers are those of one run; name one folder");
    if (flags.csv !== undefined) await writeLocustFiles(flags.csv, run);
    await printLayers(run, folder, flags);
    return exitCodes.fine;
  }
  const further: Run[] = [];
  for (const text of others) further.push(await readRun(await runFolder(text)));
  const stored = mergedRuns([run, ...further]);
  if (flags.csv !== undefined) await writeLocustFiles(flags.csv, stored);
  const expectations = await readExpectations(files.expectations);
  process.stdout.write(`${reporters[flags.format]({ ...stored, expectations })}\n`);
  return exitCodes.fine;
}

/** Prints what each layer of a stored run costs, and draws and writes it into the run's folder. */
export async function printLayers(run: Run, folder: string, { format }: Pick<RunFlags, "format">): Promise<void> {
  process.stdout.write(`${layersReporters[format](run)}\n`);
  const picture = layersPicture(run);
  if (picture === null) return;
  await writeRunText(folder, layersFiles.picture, picture);
  await writeRunText(folder, layersFiles.text, layersReporters.markdown(run));
  process.stderr.write(`\ndrawn in ${join(folder, layersFiles.picture)}\n`);
}

/** Prints a stored A/B once more. */
async function reportAB(
  folder: string,
  others: readonly string[],
  flags: Parameters<typeof report>[1],
): Promise<number> {
  if (others.length > 0 || flags.layers === true || flags.csv !== undefined)
    throw new Failure("usage", `${folder} is an A/B: it is reported alone, without --layers and --csv`);
  process.stdout.write(`${abReporters[flags.format](await readAB(folder))}\n`);
  return exitCodes.fine;
}
