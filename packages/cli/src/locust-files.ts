import { mkdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Run } from "@apb/core/run";
import { locustFiles } from "@apb/report/locust";
import { writeRunText } from "@apb/report/store";
import { requireCsvFolder } from "./run-folder.ts";

/** Writes a run as Locust's files, whose names begin with this. Throws `usage` when their folder cannot be written. */
export async function writeLocustFiles(prefix: string, run: Run): Promise<void> {
  await requireCsvFolder(prefix);
  const folder = dirname(resolve(prefix));
  await mkdir(folder, { recursive: true });
  for (const [ending, text] of Object.entries(locustFiles(run)))
    await writeRunText(folder, `${basename(prefix)}${ending}`, text);
}
