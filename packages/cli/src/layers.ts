import { join } from "node:path";
import type { Run } from "@apb/core/run";
import { layersPicture } from "@apb/report/layers-picture";
import { layersFiles, layersReporters } from "@apb/report/layers-reporters";
import { writeRunText } from "@apb/report/store";
import type { RunFlags } from "./selection.ts";

/** Prints what each layer of a stored run costs, and draws and writes it into the run's folder. */
export async function printLayers(run: Run, folder: string, { format }: Pick<RunFlags, "format">): Promise<void> {
  process.stdout.write(`${layersReporters[format](run)}\n`);
  const picture = layersPicture(run);
  if (picture === null) return;
  await writeRunText(folder, layersFiles.picture, picture);
  await writeRunText(folder, layersFiles.text, layersReporters.markdown(run));
  process.stderr.write(`\ndrawn in ${join(folder, layersFiles.picture)}\n`);
}
