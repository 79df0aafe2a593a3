import { existsSync } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Failure } from "@apb/core/failure";
import { abFiles, readAB } from "@apb/report/ab-store";
import { type DialectName, type Document, exportedAs, type Stored } from "@apb/report/exports/exports";
import type { Direction } from "@apb/report/exports/trackers";
import { readRun } from "@apb/report/read";
import { written } from "@apb/report/store";
import { exitCodes } from "./exit-codes.ts";
import { runFolder } from "./run-folder.ts";

/** What is exported, and where to. */
export interface ExportFlags {
  readonly to: DialectName;
  readonly out?: string;
  readonly direction?: Direction;
}

/** Writes a stored run or A/B in a dialect of others, into files or to standard output. Why numbers are missing in it is said on stderr. */
export async function exportStored(text: string, { to, out, direction }: ExportFlags): Promise<number> {
  const { documents, leftOut } = await exportedAs(to, await readStored(text));
  const chosen = documents.filter((document) => direction === undefined || document.direction === direction);
  if (chosen.length === 0)
    throw new Failure("usage", `--direction is for --to github-action-benchmark, not ${to}; leave it out`);
  if (out === undefined) print(chosen, to);
  else for (const [path, content] of await placed(chosen, out)) await write(path, content);
  for (const sentence of leftOut) process.stderr.write(`left out: ${sentence}\n`);
  return exitCodes.fine;
}

async function readStored(text: string): Promise<Stored> {
  const folder = await runFolder(text);
  return existsSync(join(folder, abFiles.info)) ? { ab: await readAB(folder) } : { run: await readRun(folder) };
}

function print(documents: readonly Document[], to: DialectName): void {
  const [first, ...others] = documents;
  if (others.length > 0)
    throw new Failure(
      "usage",
      `${to} is a file for each direction; name a folder with --out, or one of them with --direction smaller or bigger`,
    );
  process.stdout.write(`${first?.text}\n`);
}

/** Where each document goes: into a folder that is there, or that it takes to hold several. */
async function placed(
  documents: readonly Document[],
  out: string,
): Promise<readonly (readonly [path: string, text: string])[]> {
  const path = resolve(out);
  const found = await stat(path).catch(() => null);
  const several = documents.length > 1;
  if (several && found?.isFile() === true)
    throw new Failure("usage", `--out ${out} is a file, and there are ${documents.length} to write; name a folder`);
  const intoFolder = several || found?.isDirectory() === true || /[/\\]$/.test(out);
  return documents.map(({ name, text }) => [intoFolder ? join(path, name) : path, text]);
}

/** As a whole: a program that watches the folder never reads half of it. */
async function write(path: string, text: string): Promise<void> {
  // One level: asked for several, Node tries for ever where the first cannot be made, as in /proc.
  if (!existsSync(dirname(path))) await written(path, () => mkdir(dirname(path)));
  await written(path, () => writeFile(`${path}.part`, `${text}\n`));
  await written(path, () => rename(`${path}.part`, path));
  process.stderr.write(`written to ${path}\n`);
}
