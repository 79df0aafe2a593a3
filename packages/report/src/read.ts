import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CellResult } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { Expectations, Run } from "@apb/core/run";
import type { z } from "zod";
import { cellSchema, expectationsSchema, runSchema, schemaVersion } from "./schema.ts";

/** The two files of a run's folder. */
export const runFiles = { info: "run.json", cells: "cells.jsonl" } as const;

/**
 * A stored run. A last line that was cut off, as a killed run leaves it, becomes a note.
 * Throws `usage` when there is none, and with file, line and what was expected for everything that is wrong in it.
 */
export async function readRun(folder: string): Promise<Run> {
  const infoFile = join(folder, runFiles.info);
  const cellsFile = join(folder, runFiles.cells);
  const none = `there is no run in ${folder}: expected ${runFiles.info} and ${runFiles.cells} in it`;
  const info = checked(runSchema, parse(await text(infoFile, none), infoFile), infoFile);
  const { results, notes } = cellsOf(await text(cellsFile, none), cellsFile);
  return { info, results, notes };
}

/** Expectations by protocol from a JSON file. Throws `usage` when it cannot be read as that. */
export async function readExpectations(file: string): Promise<Expectations> {
  const none = `there is no file ${file}: expected one with what is expected of each protocol`;
  return checked(expectationsSchema, parse(await text(file, none), file), file);
}

function cellsOf(content: string, file: string): { results: CellResult[]; notes: string[] } {
  const lines = content.split("\n");
  // A whole file ends with a line end: what comes after the last one is a line that was never finished.
  const unfinished = lines.pop() ?? "";
  const results = lines.map((line, index) => cellOf(line, `${file}, line ${index + 1}`));
  if (unfinished === "") return { results, notes: [] };
  const where = `${file}, line ${lines.length + 1}`;
  if (isJson(unfinished)) return { results: [...results, cellOf(unfinished, where)], notes: [] };
  return { results, notes: [`${where} was cut off and is left out: the run was killed while it wrote`] };
}

function cellOf(line: string, where: string): CellResult {
  return checked(cellSchema, parse(line, where), where);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const version = value !== null && typeof value === "object" && "schemaVersion" in value ? value.schemaVersion : null;
  if (version !== null && version !== schemaVersion)
    throw new Failure(
      "usage",
      `${where}: expected schemaVersion ${schemaVersion}, got ${JSON.stringify(version)}; read it with the version of this program that wrote it`,
    );
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? "the whole" : issue.path.join(".");
  throw new Failure("usage", `${where}: ${path}: ${issue?.message ?? "does not fit its schema"}`, {
    cause: result.error,
  });
}

function parse(content: string, where: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const got = content === "" ? "nothing" : JSON.stringify(content.slice(0, 40));
    throw new Failure("usage", `${where}: expected JSON, got ${got}`, { cause });
  }
}

function isJson(content: string): boolean {
  try {
    JSON.parse(content);
    return true;
  } catch {
    return false;
  }
}

/** A file's text. `none` is what to say when there is no such file. */
async function text(file: string, none: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") throw new Failure("usage", none, { cause });
    throw new Failure("usage", `${file}: expected a file that can be read, got ${code || String(cause)}`, { cause });
  }
}
