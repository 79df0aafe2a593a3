import { Option } from "@commander-js/extra-typings";
import { duration, variable } from "./flags.ts";

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
