import { type Command, Option } from "@commander-js/extra-typings";
import { duration, oneOf, url } from "./flags.ts";
import { agent, binding, body, envHeader, expect, header, protocol } from "./options.ts";

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
    .addOption(
      new Option("--timeout <duration>", "all of it must be done within this")
        .argParser(duration)
        .default(10_000, "10s"),
    )
    .addOption(
      new Option("--format <name>", "table or json")
        .argParser(oneOf(["table", "json"] as const))
        .default("table" as const),
    )
    .action(async (at, flags) => {
      const { trace } = await import("./trace.ts");
      process.exitCode = await trace(at, flags);
    });
}
