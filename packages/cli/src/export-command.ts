import type { DialectName } from "@apb/report/exports/exports";
import type { Direction } from "@apb/report/exports/trackers";
import { type Command, Option } from "@commander-js/extra-typings";
import { oneOf } from "./flags.ts";

const dialects = [
  "junit",
  "bmf",
  "github-action-benchmark",
  "github-summary",
  "openmetrics",
  "csv",
] as const satisfies readonly DialectName[];
const directions = ["smaller", "bigger"] as const satisfies readonly Direction[];

/** Adds `export` to the program: its flags; its code is loaded when it is called. */
export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description("a stored run or A/B for the programs of others")
    .argument("<run>", "its folder")
    .addOption(new Option("--to <dialect>", dialects.join(", ")).argParser(oneOf(dialects)).makeOptionMandatory())
    .option("--out <path>", "a file, or a folder for a file of the usual name (standard output)")
    .addOption(
      new Option(
        "--direction <which>",
        "of github-action-benchmark's two files: smaller (is better), bigger",
      ).argParser(oneOf(directions)),
    )
    .action(async (run, flags) => {
      const { exportStored } = await import("./export.ts");
      process.exitCode = await exportStored(run, flags);
    });
}
