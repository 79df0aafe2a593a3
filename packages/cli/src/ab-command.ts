import { type Command, Option } from "@commander-js/extra-typings";
import { sideSetting } from "./ab-settings.ts";
import {
  count,
  duration,
  durationOrNone,
  events,
  list,
  oneOf,
  percent,
  rate,
  replySize,
  size,
  text,
  whole,
} from "./flags.ts";
import {
  agent,
  binding,
  body,
  delay,
  envHeader,
  expect,
  format,
  header,
  protocol,
  serve,
  serveEnv,
  serveTimeout,
  target,
  work,
} from "./options.ts";

/** Adds `ab` to the program: its flags; its code is loaded when it is called. */
export function addABCommand(program: Command): void {
  program
    .command("ab")
    .description("two sides against each other, at one time, by turns: is B worse than A, and by how much")
    .argument("[file]", "a scenario file, in place of the bundled scenario message-size")
    .addOption(
      new Option(
        "--a <setting>",
        "how A differs: server=sdk, serve=COMMAND, target=URL, pid=N, client=library, work=50us, delay=1ms, ref=COMMIT, node-flag=--flag; repeat it",
      ).argParser(sideSetting),
    )
    .addOption(new Option("--b <setting>", "how B differs, in the same words").argParser(sideSetting))
    .option("--until <percent>", "enough when every judged interval is ± this narrow, like 3%", percent)
    .addOption(
      new Option("--budget <duration>", "the most time for each binding").argParser(duration).default(120_000, "2m"),
    )
    .option("--restarts <n>", "so many restarts for each binding, whatever the budget", count)
    .option("--no-control", "without a second A, which shows what equal servers differ by; a third less time")
    .option("--confirm", "measure what came out worse once more, and call it worse only if it is again")
    .addOption(protocol)
    .addOption(binding)
    .option("--scenario <names>", "message-size unless named", list(text))
    .option("--profile <name>", "size of one restart", "ab")
    .addOption(target)
    .addOption(serve)
    .addOption(serveEnv)
    .addOption(serveTimeout)
    .addOption(agent)
    .addOption(body)
    .addOption(expect)
    .addOption(header)
    .addOption(envHeader)
    .option("--duration <duration>", "window of a load in one restart (800ms)", duration)
    .option("--warm-up <duration>", "load before each window that is thrown away", durationOrNone)
    .option("--size <sizes>", "bodies of message-size, like 1KiB,10KiB (1KiB)", list(size))
    .option("--events <counts>", "events of a stream of streaming", list(events))
    .option("--vus <n>", "virtual users", count)
    .option("--rate <per-second>", "open load: this many arrivals a second to each side", rate)
    .addOption(
      new Option("--timeout <duration>", "an iteration that takes longer fails")
        .argParser(duration)
        .default(10_000, "10s"),
    )
    .option("--max-reply <size>", "a reply that is larger fails (64MiB)", replySize)
    .addOption(delay)
    .addOption(work)
    .addOption(new Option("--seed <n>", "decides the order of turns").argParser(whole).default(1))
    .option("--out <folder>", "where to store it (default: a new folder in results/)")
    .addOption(format)
    .action(async (file, flags, command) => {
      const { ab } = await import("./ab.ts");
      const given = Object.keys(flags).filter((flag) => command.getOptionValueSource(flag) === "cli");
      process.exitCode = await ab({ ...flags, client: ["wire"] }, { file, flags: new Set(given) });
    });
}

/** Adds `selftest` to the program: what `ab` is worth on this machine. */
export function addSelftestCommand(program: Command): void {
  program
    .command("selftest")
    .description("what ab is worth on this machine: false alarms of equal servers, and a known slowdown found")
    .option("--binding <ids>", "these (the usual ones)", list(text))
    .addOption(new Option("--runs <n>", "equal servers, for each binding").argParser(whole).default(8))
    .addOption(new Option("--slow-runs <n>", "a slower server, for each binding").argParser(whole).default(4))
    .addOption(
      new Option("--slowdown <percent>", "how much more CPU a call takes there").argParser(percent).default(0.05, "5%"),
    )
    .addOption(new Option("--budget <duration>", "of each").argParser(duration).default(90_000, "90s"))
    .option("--until <percent>", "enough when every judged interval is ± this narrow", percent)
    .addOption(new Option("--seed <n>", "decides the order of turns").argParser(whole).default(1))
    .option("--out <folder>", "where to store it (default: a new folder in results/)")
    .addOption(
      new Option("--format <name>", "table or json")
        .argParser(oneOf(["table", "json"] as const))
        .default("table" as const),
    )
    .action(async (flags) => {
      const { selftest } = await import("./selftest.ts");
      process.exitCode = await selftest(flags);
    });
}
