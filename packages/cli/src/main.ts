import { Failure } from "@apb/core/failure";
import { Command, Option } from "@commander-js/extra-typings";
import { addABCommand, addSelftestCommand } from "./ab-command.ts";
import { addCompareCommand } from "./compare-command.ts";
import { discreetText } from "./discreet.ts";
import { addExportCommand } from "./export-command.ts";
import * as flag from "./flags.ts";
import { addHistoryCommand } from "./history-command.ts";
import { executorNames } from "./load-flags.ts";
import {
  agent,
  binding,
  body,
  client,
  csv,
  delay,
  envHeader,
  expect,
  force,
  format,
  header,
  knownBy,
  layers,
  maxRegression,
  protocol,
  requireJudged,
  serve,
  serveEnv,
  server,
  serveTimeout,
  target,
  work,
} from "./options.ts";
import { programName } from "./origin.ts";
import { addTraceCommand } from "./trace-command.ts";

/** argv → command → exit code. Each command's code is loaded when it is called, so that --help is quick. */

/** After a failure nothing keeps the program longer than this. */
const lingerMs = 200;
const repeated = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

const program = new Command(programName)
  .description("What it costs to talk to an agent over MCP, A2A, AGP or ACP.")
  .version("0.1.0")
  .addHelpText("after", `\nA plain ${programName} is ${programName} run; ${programName} run --help lists its flags.`)
  .showHelpAfterError(
    `(${programName} <command> --help lists a command's flags; ${programName} run --help those of a plain ${programName})`,
  )
  .configureOutput({ outputError: (said, write) => write(discreetText(said, process.argv)) })
  .exitOverride();

program
  .command("run", { isDefault: true })
  .description("measure, store in results/, print the table (what a plain `bench` does)")
  .argument("[file]", "a scenario file, YAML or TypeScript, in place of the bundled scenarios")
  .addOption(protocol)
  .addOption(binding)
  .option(
    "--scenario <names>",
    "message-size, concurrency-ladder, workflow (these three unless named), streaming",
    flag.list(flag.text),
  )
  .option("--profile <name>", "size of the run: smoke, quick, standard, full", "quick")
  .addOption(target)
  .option("--pid <number>", "with --target: process id of that server, for its memory and CPU", flag.whole)
  .addOption(agent)
  .addOption(body)
  .addOption(expect)
  .addOption(header)
  .addOption(envHeader)
  .addOption(serve)
  .addOption(serveEnv)
  .addOption(serveTimeout)
  .addOption(server)
  .addOption(client)
  .addOption(layers)
  .option("--rounds <n>", "how often every cell is measured", flag.count)
  .option("--duration <duration>", "measured window of a cell, like 500ms or 5s", flag.duration)
  .option("--iterations <n>", "so many iterations, shared by the VUs (or each VU's, by --executor)", flag.iterations)
  .option("--warm-up <duration>", "load before the window that is thrown away", flag.durationOrNone)
  .option(
    "--ceiling <duration>",
    "time to find each limit of our own client before the start; 0ms: none",
    flag.durationOrNone,
  )
  .option("--size <sizes>", "bodies of message-size, like 1KiB,10KiB", flag.list(flag.size))
  .option("--events <counts>", "events of a stream of streaming, like 20,1500", flag.list(flag.events))
  .option(
    "--goodput <limits>",
    "which streams are good, in ms: first_event:200,mean_gap:50 (also second_event, event_gap, stream_duration; ttft, tpot, ttst, itl, e2el)",
    flag.goodput,
  )
  .option("--phases", "of each call, as k6's: blocked, waiting for its first byte, receiving; our own client alone")
  .option(
    "--connections <counts>",
    "rungs of the ladder; a single value is also what the other scenarios' users share",
    flag.list(flag.count),
  )
  .option("--vus <n>", "virtual users, of a file's only scenario too; the ladder's are its --connections", flag.count)
  .option("--rate <per-second>", "open load: this many arrivals a second, whatever the server does", flag.rate)
  .addOption(
    new Option("--executor <name>", "the load, in place of the scenarios' own: one of k6's executors").argParser(
      flag.oneOf(executorNames),
    ),
  )
  .option(
    "--stage <duration:target>",
    "of a ramp: VUs, or with --rate arrivals a second; repeat it: 30s:100",
    flag.list(flag.stage),
  )
  .option("--start-vus <n>", "VUs that a ramp begins with", flag.whole)
  .option("--graceful-stop <duration>", "how long iterations may finish when the load ends (30s)", flag.durationOrNone)
  .option(
    "--graceful-ramp-down <duration>",
    "how long iterations of VUs that a ramp takes away may finish (30s)",
    flag.durationOrNone,
  )
  .option(
    "--time-scale <factor>",
    "all durations of the load times this, its warm-up too, like 0.1, to try it out",
    flag.factor,
  )
  .option(
    "--threshold <limit>",
    "a limit in k6's words, response{step:total}:p(99)<5, or k6's thresholds as JSON; crossed: exit code 99",
    repeated,
  )
  .addOption(
    new Option(
      "--timeout <duration>",
      "an iteration, a wait for a connection, or a check before timing, that takes longer fails",
    )
      .argParser(flag.duration)
      .default(10_000, "10s"),
  )
  .option("--max-reply <size>", "a reply, or a message of a stream, that is larger fails (64MiB)", flag.replySize)
  .addOption(delay)
  .addOption(work)
  .addOption(
    new Option("--generators <n>", "share every load by so many client processes").argParser(flag.upTo(64)).default(1),
  )
  .addOption(
    new Option("--seed <n>", "decides the order of bindings in a round, and what scenarios draw at random")
      .argParser(flag.whole)
      .default(1),
  )
  .option("--out <folder>", "where to store the run (default: a new folder in results/)")
  .addOption(format)
  .addOption(csv)
  .option("--baseline <run>", "compare with this run's folder when done")
  .addOption(maxRegression)
  .addOption(requireJudged)
  .addOption(knownBy)
  .addOption(force)
  .action(async (file, flags, command) => {
    const { run } = await import("./run.ts");
    const given = Object.keys(flags).filter((flag) => command.getOptionValueSource(flag) === "cli");
    process.exitCode = await run(flags, { file, flags: new Set(given) });
  });

program
  .command("check")
  .description("read a scenario file and print what it would run, without running it")
  .argument("<file>", "a scenario file, YAML or TypeScript")
  .addOption(
    new Option("--time-scale <factor>", "all durations of the load times this").argParser(flag.factor).default(1),
  )
  .addOption(target)
  .addOption(serve)
  .action(async (file, flags) => {
    const { check } = await import("./check.ts");
    process.exitCode = await check(file, flags);
  });

program
  .command("list")
  .description("bindings, what they lack and why, scenarios, profiles")
  .action(async () => {
    const { list: print } = await import("./list.ts");
    process.stdout.write(`${print()}\n`);
  });

program
  .command("verify")
  .description("run the checks that every measurement begins with, and show each")
  .addOption(protocol)
  .addOption(binding)
  .addOption(target)
  .addOption(header)
  .addOption(envHeader)
  .addOption(agent)
  .addOption(body)
  .addOption(expect)
  .addOption(serve)
  .addOption(serveEnv)
  .addOption(serveTimeout)
  .addOption(server)
  .addOption(client)
  .action(async (flags) => {
    const { verify } = await import("./verify.ts");
    process.exitCode = await verify(flags);
  });

addTraceCommand(program);

program
  .command("serve")
  .description("start the bundled servers on their usual ports, for any tool to talk to")
  .argument("[bindings...]", "only these")
  .addOption(
    new Option("--server <kind>", "reference, or sdk: the official SDKs")
      .argParser(flag.oneOf(["reference", "sdk"] as const))
      .default("reference"),
  )
  .addOption(delay)
  .addOption(work)
  .option("--host <address>", "listen here instead of on loopback only; turns the Host and Origin rules off")
  .action(async (bindings, flags) => {
    const { serve } = await import("./serve.ts");
    process.exitCode = await serve(bindings, flags);
  });

program
  .command("report")
  .description("print a stored run, or runs of different bindings as one table")
  .argument("<runs...>", "its folder, or theirs")
  .option("--layers", "what each layer costs, and nothing else; draws layers.svg into the folder")
  .addOption(format)
  .addOption(csv)
  .action(async ([first = "", ...others], flags) => {
    const { report } = await import("./report.ts");
    process.exitCode = await report([first, ...others], flags);
  });

addCompareCommand(program);
addABCommand(program);
addSelftestCommand(program);
addExportCommand(program);
addHistoryCommand(program);

program
  .command("doctor")
  .description("what this machine can and cannot measure")
  .action(async () => {
    const { doctor } = await import("./doctor.ts");
    process.stdout.write(`${await doctor()}\n`);
  });

/** A word in the place of the command that is none would otherwise be an argument of the default command. */
function requireCommand(word: string | undefined): void {
  const names = [...program.commands.map((command) => command.name()), "help"];
  if (word === undefined || word.startsWith("-") || names.includes(word)) return;
  throw new Failure("usage", `${word} is no command; expected ${names.join(", ")}`);
}

// Who reads our output may leave early, as `head` does; that is no failure of ours.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

try {
  requireCommand(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  const { mishap } = await import("./exit-codes.ts");
  process.exitCode = mishap(error);
  // What is still waiting for a name server or a goodbye is not worth waiting for.
  setTimeout(() => process.exit(), lingerMs).unref();
}
