import type { Command } from "@commander-js/extra-typings";
import { url } from "./flags.ts";
import { agent, allWithin, binding, body, envHeader, expect, header, protocol, tableOrJson } from "./options.ts";

/** Adds `trace` to the program. */
export function addTraceCommand(program: Command): void {
  program
    .command("trace")
    .description("one session and two calls on it: where their time goes")
    .argument("<url>", "a server of yours, or of `bench serve`", url)
    .addOption(protocol)
    .addOption(binding)
    .addOption(agent)
    .addOption(body)
    .addOption(expect)
    .addOption(header)
    .addOption(envHeader)
    .addOption(allWithin)
    .addOption(tableOrJson)
    .action(async (at, flags) => {
      const { trace } = await import("./trace.ts");
      process.exitCode = await trace(at, flags);
    });
}
