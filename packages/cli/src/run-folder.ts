import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { files } from "./catalog.ts";

/** The folder of a stored run by its path, by one of its files, or by its name in results/. Whether a run is in it, its reader says. */
export async function runFolder(text: string): Promise<string> {
  const given = resolve(text);
  if (await isFolder(given)) return given;
  const named = join(files.results, text);
  if (await isFolder(named)) return named;
  return ["run.json", "cells.jsonl", "report.md"].includes(basename(given)) ? dirname(given) : given;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
