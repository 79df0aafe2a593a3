import { Option } from "@commander-js/extra-typings";
import * as call from "./call-flags.ts";
import {
  clients,
  duration,
  durationOrNone,
  formats,
  list,
  oneOf,
  percent,
  servers,
  text,
  url,
  variable,
} from "./flags.ts";

/** The options that several commands share, or that one needs explained: each with its flag, its sentence and what reads it. */

/** What starts a server of the user's own. */
export const serve = new Option(
  "--serve <command>",
  "a server of yours that is started with this, fresh for each round, and answers at --target; {port} in both is a free port; over stdio, one for each session and without --target",
);

/** What is set in its environment, by name. */
export const serveEnv = new Option(
  "--serve-env <name=value>",
  "a variable set for --serve, its value never stored or shown; repeat it",
).argParser(variable);

/** How long its start may take, in milliseconds. */
export const serveTimeout = new Option(
  "--serve-timeout <duration>",
  "how long --serve may take to answer (30s)",
).argParser(duration);

/** Protocols, of which the usual bindings are meant. */
export const protocol = new Option(
  "--protocol <names>",
  "usual bindings of these protocols: mcp, a2a, agp, acp, slim",
).argParser(list(text));

/** Bindings by id. */
export const binding = new Option("--binding <ids>", "exactly these, like a2a/grpc, or all").argParser(list(text));

/** A server that is not bundled. */
export const target = new Option(
  "--target <url>",
  "a server of yours instead of the bundled ones; user and password in it are sent, and never stored or shown",
).argParser(url);

/** An agent or tool of the user's own. */
export const agent = new Option("--agent <name>", "an agent, or MCP tool, of yours that is called in place of echo");

/** What it is told. */
export const body = new Option("--body <text>", "what it is told: a text, JSON, or @file").argParser(call.body);

/** What its replies must be. */
export const expect = new Option(
  "--expect <what>",
  "what a reply must be: contains:text, equals:text, or a CEL expression, reply.count == 3; repeatable",
).argParser(call.expected);

/** A header of every request. */
export const header = new Option(
  "--header <header>",
  "'Name: value' with every request (gRPC: metadata); sent, and never stored or shown; repeatable",
).argParser(call.header);

/** The same from an environment variable. */
export const envHeader = new Option(
  "--env-header <name>",
  "the same from an environment variable, Authorization=API_TOKEN, out of sight of other processes",
).argParser(call.envHeader);

/** Which of the bundled servers. */
export const server = new Option(
  "--server <kind>",
  "who answers: reference (our lean servers, the default), sdk (the official SDKs), both",
).argParser(servers);

/** Which of our clients. */
export const client = new Option(
  "--client <kind>",
  "who asks: wire (our own sockets), library (what applications use), both",
)
  .argParser(clients)
  .default(["wire"], "wire");

/** What each layer costs. */
export const layers = new Option(
  "--layers",
  "what each layer costs: socket, transport, protocol, SDK, library; means --server both --client both --scenario message-size --size 1KiB --vus 1 --ceiling 0ms where these are not given",
).implies({
  server: ["reference", "sdk"],
  client: ["wire", "library"],
  scenario: ["message-size"],
  size: [1024],
  vus: 1,
  ceiling: 0,
});

/** How a report is printed. */
export const format = new Option("--format <name>", "table, markdown, csv or json")
  .argParser(oneOf(formats))
  .default("table");

/** Files as Locust writes them. */
export const csv = new Option(
  "--csv <prefix>",
  "also as Locust writes it: <prefix>_stats.csv, _stats_history.csv, _failures.csv, _exceptions.csv",
);

/** Where a history is. */
export const history = new Option("--history <folder>", "its folder, which may be a git worktree (results/history)");

/** What a regression is. */
export const maxRegression = new Option("--max-regression <percent>", "how much worse is a regression")
  .argParser(percent)
  .default(0.2, "20%");

/** Where it is known how much equal runs differ. */
export const knownBy = new Option(
  "--history <folder>",
  "a history of this machine, by which it is known how much equal runs differ (bench history add)",
);

/** What must be judged. */
export const requireJudged = new Option(
  "--require-judged <metrics>",
  "fail where one of these cannot be judged in some row, like cpuMsPerOperation,operationsPerSecond",
).argParser(list(text));

/** Compare what differs. */
export const force = new Option("--force", "compare runs even if their environments or configurations differ");

/** What agents wait. */
export const delay = new Option("--delay <duration>", "what every agent of the bundled servers waits before it answers")
  .argParser(durationOrNone)
  .default(0, "0ms");

/** What agents burn. */
export const work = new Option(
  "--work <duration>",
  "CPU time every agent of the bundled servers burns before it answers",
)
  .argParser(durationOrNone)
  .default(0, "0ms");

/** Of a command that is one thing. */
export const allWithin = new Option("--timeout <duration>", "all of it must be done within this")
  .argParser(duration)
  .default(10_000, "10s");

/** What one thing is printed as. */
export const tableOrJson = new Option("--format <name>", "table or json")
  .argParser(oneOf(["table", "json"] as const))
  .default("table" as const);
