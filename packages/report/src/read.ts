import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@apb/core/failure";
import type { Expectations, Run } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import type { z } from "zod";
import { cellSchema, schemaVersion } from "./cell-schema.ts";
import { expectationsSchema, runSchema } from "./run-schema.ts";
import { cellSchemaV1, runSchemaV1 } from "./schema-v1.ts";
import { secondSchema } from "./series-schema.ts";
import { upgradeRun } from "./upgrade.ts";

/** The files of a run's folder that hold its numbers. */
export const runFiles = { info: "run.json", cells: "cells.jsonl", series: "series.jsonl" } as const;

/**
 * A stored run, upgraded where an older version of this program wrote it. A last line that was cut off, as a killed run
 * leaves it, becomes a note. Throws `usage` when there is none, and with file, line and what was expected for everything
 * that is wrong in it.
 */
export async function readRun(folder: string): Promise<Run> {
  const infoFile = join(folder, runFiles.info);
  const cellsFile = join(folder, runFiles.cells);
  const none = `there is no run in ${folder}: expected ${runFiles.info} and ${runFiles.cells} in it`;
  const stored = parse(await text(infoFile, none), infoFile);
  const cells = await text(cellsFile, none);
  if (versionOf(stored) === 1) {
    const { lines, notes } = linesOf(cells, cellsFile, (value, where) => checked(cellSchemaV1, value, where, 1));
    return { ...upgradeRun(checked(runSchemaV1, stored, infoFile, 1), lines), notes, truncated: notes };
  }
  const info = checked(runSchema, stored, infoFile);
  const { lines, notes } = linesOf(cells, cellsFile, (value, where) => checked(cellSchema, value, where));
  const { seconds, notes: ofSeries } = await readSeries(folder);
  return { info, results: lines, series: seconds, notes: [...notes, ...ofSeries], truncated: notes };
}

/**
 * The seconds of a run's cells, in the order in which they were measured; none where an older version wrote the run, which
 * a note says. Throws `usage` as {@link readRun} does.
 */
export async function readSeries(
  folder: string,
): Promise<{ readonly seconds: readonly Second[]; readonly notes: readonly string[] }> {
  const file = join(folder, runFiles.series);
  const content = await textIfAny(file);
  if (content === null)
    return { seconds: [], notes: [`there is no ${runFiles.series} in ${folder}: the run is older than series are`] };
  const { lines, notes } = linesOf(content, file, (value, where) => checked(secondSchema, value, where));
  return { seconds: lines, notes };
}

/** What is expected of protocols, from a JSON file. Throws `usage` when it cannot be read as that. */
export async function readExpectations(file: string): Promise<Expectations> {
  const none = `there is no file ${file}: expected one with what is expected of each protocol`;
  return checked(expectationsSchema, parse(await text(file, none), file), file);
}

/** Each line of a file as `read` makes it from its JSON; what was cut off at its end becomes a note. */
export function linesOf<T>(
  content: string,
  file: string,
  read: (value: unknown, where: string) => T,
): { lines: T[]; notes: string[] } {
  const texts = content.split("\n");
  // A whole file ends with a line end: what comes after the last one is a line that was never finished.
  const unfinished = texts.pop() ?? "";
  const lineOf = (line: string, index: number): T => {
    const where = `${file}, line ${index + 1}`;
    return read(parse(line, where), where);
  };
  const lines = texts.map(lineOf);
  if (unfinished === "") return { lines, notes: [] };
  if (isJson(unfinished)) return { lines: [...lines, lineOf(unfinished, lines.length)], notes: [] };
  const where = `${file}, line ${lines.length + 1}`;
  return { lines, notes: [`${where} was cut off and is left out: the run was killed while it wrote`] };
}

function versionOf(value: unknown): unknown {
  return value !== null && typeof value === "object" && "schemaVersion" in value ? value.schemaVersion : null;
}

/** A value that fits a schema. Throws `usage`, with where it is, for one that does not. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string, expected: number = schemaVersion): T {
  const version = versionOf(value);
  if (version !== null && version !== expected)
    throw new Failure(
      "usage",
      `${where}: expected schemaVersion ${expected}, got ${JSON.stringify(version)}; read it with the version of this program that wrote it`,
    );
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? "the whole" : issue.path.join(".");
  throw new Failure("usage", `${where}: ${path}: ${issue?.message ?? "does not fit its schema"}`, {
    cause: result.error,
  });
}

/** JSON. Throws `usage`, with where it is. */
export function parse(content: string, where: string): unknown {
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
export async function text(file: string, none: string): Promise<string> {
  const content = await textIfAny(file);
  if (content === null) throw new Failure("usage", none);
  return content;
}

/** Null when there is no such file. */
async function textIfAny(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new Failure("usage", `${file}: expected a file that can be read, got ${code || String(cause)}`, { cause });
  }
}
