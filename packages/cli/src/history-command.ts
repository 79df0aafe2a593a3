import { type HistoryMetric, historyMetrics } from "@apb/report/history-point";
import { type Command, Option } from "@commander-js/extra-typings";
import { list, oneOf, percent, text } from "./flags.ts";
import { format, history } from "./options.ts";

const binding = new Option("--binding <ids>", "of these bindings, like a2a/grpc").argParser(list(text));
const scenario = new Option("--scenario <names>", "of these scenarios").argParser(list(text));
const metric = new Option("--metric <keys>", `of these metrics: ${historyMetrics.join(", ")}`).argParser(
  list<HistoryMetric>(oneOf(historyMetrics)),
);
const machine = new Option("--machine <id>", "of this machine, as tables name it in brackets");

/** Adds `history` and what is below it to the program. */
export function addHistoryCommand(program: Command): void {
  const command = program
    // Otherwise the options of `history` would take those of its subcommands.
    .enablePositionalOptions()
    .command("history")
    .description("stored nights: trends, change points, drift since the accepted baseline; `add` one, `accept` one")
    .addOption(history)
    .addOption(binding)
    .addOption(scenario)
    .addOption(metric)
    .addOption(machine)
    .addOption(format)
    .addOption(
      new Option(
        "--fail-on-drift <percent>",
        "exit 1 where CPU per call, RPS or p50 of a default binding, or what --binding and --metric name, drifted further",
      ).argParser(percent),
    )
    .action(async (flags) => {
      const { show } = await import("./history.ts");
      process.exitCode = await show(flags);
    });
  command
    .command("add")
    .description("add a run or an A/B as the point of its night")
    .argument("<run>", "its folder")
    .addOption(history)
    .option("--accept", "and accept it as the baseline")
    .option("--commit <id>", "what was measured, where that is no commit of this repository")
    .action(async (run, flags) => {
      const { add } = await import("./history.ts");
      process.exitCode = await add(run, flags);
    });
  command
    .command("accept")
    .description("make a night the baseline that drift is measured from; it moves by this alone")
    .argument("[night|run]", "a date, or a run's id (default: the last night, of each machine and kind of run)")
    .addOption(history)
    .addOption(binding)
    .addOption(scenario)
    .addOption(metric)
    .addOption(machine)
    .action(async (which, flags) => {
      const { accept } = await import("./history.ts");
      process.exitCode = await accept(which, flags);
    });
}
