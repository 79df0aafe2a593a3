import { resolve } from "node:path";
import { openScenarioFile } from "@apb/scenario-file/open-file";
import { outlineOf } from "@apb/scenario-file/outline";
import { exitCodes } from "./exit-codes.ts";
import { fileProfile, requireBindings } from "./file-order.ts";

/** Prints what a scenario file would run. Resolves with the exit code; throws `usage`, with the place, for a file that is wrong. */
export async function check(path: string, { timeScale }: { readonly timeScale: number }): Promise<number> {
  const file = await openScenarioFile(resolve(path), process.env);
  requireBindings(file);
  const profile = fileProfile({ timeScale }, file);
  process.stdout.write(`${outlineOf(file, profile).join("\n")}\n`);
  return exitCodes.fine;
}
