import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CellResult } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { RunInfo } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import type { z } from "zod";
import { cellSchema } from "./cell-schema.ts";
import { runFiles } from "./read.ts";
import { runSchema } from "./run-schema.ts";
import { secondSchema } from "./series-schema.ts";

/** A run's folder, open for writing. Everything throws `environment` when the disk is full or the folder cannot be written. */
export interface RunStore {
  readonly folder: string;
  /** Replaces run.json as a whole: a reader sees the old or the new one, never half of it. */
  writeInfo(info: RunInfo): Promise<void>;
  /** Adds one line to cells.jsonl. Throws `internal`, and writes nothing, when the cell does not fit the published schema. */
  append(cell: CellResult): Promise<void>;
  /** The same of series.jsonl. */
  appendSecond(second: Second): Promise<void>;
  /** Writes another file of the run, such as report.md, as a whole, ended by a line end. */
  writeText(name: string, content: string): Promise<void>;
}

/**
 * Makes a run's folder with its files, before anything is measured.
 * Throws `usage` when the folder already holds a run, `environment` when it cannot be written.
 */
export async function createRun(folder: string, info: RunInfo): Promise<RunStore> {
  await written(folder, () => mkdir(folder, { recursive: true }));
  for (const name of [runFiles.cells, runFiles.series]) {
    const file = join(folder, name);
    await written(file, () => writeFile(file, "", { flag: "wx" }));
  }
  const store: RunStore = {
    folder,
    writeInfo: async (next) => {
      await store.writeText(runFiles.info, JSON.stringify(fitting(runSchema, next, runFiles.info), null, 2));
    },
    append: async (cell) => appendLine(folder, runFiles.cells, fitting(cellSchema, cell, "a cell")),
    appendSecond: async (second) => appendLine(folder, runFiles.series, fitting(secondSchema, second, "a second")),
    writeText: (name, content) => writeRunText(folder, name, content),
  };
  await store.writeInfo(info);
  return store;
}

/** Writes another file into a run's folder as {@link RunStore.writeText} does. */
export async function writeRunText(folder: string, name: string, content: string): Promise<void> {
  const file = join(folder, name);
  await written(file, () => writeFile(`${file}.part`, content.endsWith("\n") ? content : `${content}\n`));
  await written(file, () => rename(`${file}.part`, file));
}

/** Adds one line of JSON to a file of a run's folder. Throws as {@link RunStore} does. */
export async function appendLine(folder: string, name: string, value: unknown): Promise<void> {
  const file = join(folder, name);
  await written(file, () => appendFile(file, `${JSON.stringify(value)}\n`));
}

/** What would be unreadable later must not be stored now: NaN, for one, is null in JSON. */
export function fitting<T>(schema: z.ZodType, value: T, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return value;
  const [issue] = result.error.issues;
  throw new Failure("internal", `${what} does not fit its schema: ${issue?.path.join(".")}: ${issue?.message}`, {
    cause: result.error,
  });
}

/** Does what writes a file. Throws as {@link RunStore} does. */
export async function written(file: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EEXIST")
      throw new Failure("usage", `${file}: expected a folder without a run; name another folder`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = code === "ENOSPC" ? "free some space" : "check the folder's permissions, or name another folder";
    throw new Failure("environment", `${file}: cannot be written (${reason}): ${advice}`, { cause });
  }
}
