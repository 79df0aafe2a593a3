import { resolve } from "node:path";
import { openScenarioFile } from "@apb/scenario-file/open-file";
import { outlineOf } from "@apb/scenario-file/outline";
import { exitCodes } from "./exit-codes.ts";
import { fileProfile, requireAgents, requireBindings } from "./file-order.ts";

/** The flags of `check`. */
export interface CheckFlags {
  readonly timeScale: number;
  /** Of a server that is not ours: which agents it has is not known. */
  readonly target?: string;
  readonly serve?: string;
}

/** Prints what a scenario file would run. Resolves with the exit code; throws `usage`, with the place, for a file that is wrong. */
export async function check(path: string, { timeScale, target, serve }: CheckFlags): Promise<number> {
  const file = await openScenarioFile(resolve(path), process.env);
  requireBindings(file);
  if (file.target === null && target === undefined && serve === undefined) requireAgents(file);
  const profile = fileProfile({ timeScale }, file);
  process.stdout.write(`${outlineOf(file, profile).join("\n")}\n`);
  return exitCodes.fine;
}
