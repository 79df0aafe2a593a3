import type { Command } from "@commander-js/extra-typings";
import { force, format, knownBy, maxRegression, requireJudged } from "./options.ts";

/** Adds `compare` to the program: its flags; its code is loaded when it is called. */
export function addCompareCommand(program: Command): void {
  program
    .command("compare")
    .description("two stored runs: what got worse, what got better, what cannot be judged")
    .argument("<baseline>", "folder of the run to compare with")
    .argument("<candidate>", "folder of the run to judge")
    .addOption(maxRegression)
    .addOption(requireJudged)
    .addOption(knownBy)
    .addOption(force)
    .addOption(format)
    .action(async (baseline, candidate, flags) => {
      const { compare } = await import("./compare.ts");
      process.exitCode = await compare(baseline, candidate, flags);
    });
}
