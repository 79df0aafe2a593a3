import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { Failure } from "@apb/core/failure";
import type { Written } from "./assemble.ts";
import { scenarioOfCode } from "./code.ts";
import type { Variables } from "./environment.ts";
import { defaultExportOf } from "./module.ts";
import { scenarioOf } from "./scenario-file.ts";

/** A scenario file that was read. */
export interface ScenarioFile extends Written {
  readonly path: string;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a scenario file. Throws `usage` for one that is not there, is wrong, or is not the one with the hash that is expected:
 * all processes of a run must have read the same.
 */
export async function openScenarioFile(path: string, variables: Variables, expected?: string): Promise<ScenarioFile> {
  const bytes = await bytesOf(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (expected !== undefined && expected !== sha256)
    throw new Failure("usage", `${path} was changed while the run was under way; run it again`);
  const extension = extname(path);
  if ([".yaml", ".yml", ".json"].includes(extension))
    return { ...scenarioOf(bytes.toString("utf8"), path, variables), path, sha256 };
  if ([".ts", ".mts", ".js", ".mjs"].includes(extension))
    return { ...scenarioOfCode(await defaultExportOf(path), path), path, sha256 };
  throw new Failure("usage", `${path}: expected a scenario file that ends in .yaml, .yml, .json, .ts or .js`);
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : String(code ?? error);
    throw new Failure("usage", `${path}: expected a scenario file, but ${reason}`, { cause: error });
  }
}
