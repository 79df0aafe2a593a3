import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AB, ABCell, ABInfo } from "@apb/core/ab";
import { abCellSchema, abSchema, abVersion } from "./ab-schema.ts";
import { schemaVersion } from "./cell-schema.ts";
import { checked, linesOf, parse, runFiles, text } from "./read.ts";
import { appendLine, fitting, writeRunText, written } from "./store.ts";

/** The files of an A/B's folder that hold its numbers. */
export const abFiles = { info: "ab.json", cells: runFiles.cells } as const;

/** An A/B's folder, open for writing. Everything throws `environment` when the disk is full or the folder cannot be written. */
export interface ABStore {
  readonly folder: string;
  /** Replaces ab.json as a whole. */
  writeInfo(info: ABInfo): Promise<void>;
  append(cell: ABCell): Promise<void>;
}

/** Makes an A/B's folder before anything is measured. Throws `usage` when it already holds a run or an A/B. */
export async function createAB(folder: string, info: ABInfo): Promise<ABStore> {
  await written(folder, () => mkdir(folder, { recursive: true }));
  const cells = join(folder, abFiles.cells);
  await written(cells, () => writeFile(cells, "", { flag: "wx" }));
  const store: ABStore = {
    folder,
    writeInfo: (next) =>
      writeRunText(folder, abFiles.info, JSON.stringify(fitting(abSchema, next, abFiles.info), null, 2)),
    append: (cell) => appendLine(folder, abFiles.cells, fitting(abCellSchema, cell, "a cell")),
  };
  await store.writeInfo(info);
  return store;
}

/** Whether a folder holds an A/B, and not a run. */
export async function isAB(folder: string): Promise<boolean> {
  return access(join(folder, abFiles.info)).then(
    () => true,
    () => false,
  );
}

/** A stored A/B. Throws `usage` when there is none, and with file, line and what was expected for what is wrong in it. */
export async function readAB(folder: string): Promise<AB> {
  const infoFile = join(folder, abFiles.info);
  const cellsFile = join(folder, abFiles.cells);
  const none = `there is no A/B in ${folder}: expected ${abFiles.info} and ${abFiles.cells} in it`;
  const info = checked(abSchema, parse(await text(infoFile, none), infoFile), infoFile, abVersion);
  const { lines, notes } = linesOf(await text(cellsFile, none), cellsFile, (value, where) =>
    checked(abCellSchema, value, where, schemaVersion),
  );
  return { info, cells: lines, notes };
}
