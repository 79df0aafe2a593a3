import type { Binding } from "@apb/core/binding";
import { commandUrl } from "@apb/core/command-url";
import { Failure } from "@apb/core/failure";
import { portPlace } from "@apb/core/url";
import type { Command } from "@apb/runner/command";
import { parse } from "shell-quote";
import type { RunFlags } from "./flags.ts";
import { isStartedByClients } from "./servers.ts";

/** The flags that say how a server of the user's own is started, and which it goes with. */
export type CommandFlags = Pick<RunFlags, "serve" | "serveEnv" | "serveTimeout" | "target" | "pid">;

const usualStartMs = 30_000;

/** What starts the server to measure; null where that is not ours to do. Pure; throws `usage` for what makes no sense with these bindings. */
export function commandOf(flags: CommandFlags, bindings: readonly Pick<Binding, "id">[]): Command | null {
  const { serve, serveEnv: env = {}, serveTimeout, target, pid } = flags;
  const started = bindings.find(({ id }) => isStartedByClients(id));
  if (started !== undefined) {
    if (serve !== undefined && bindings.length > 1)
      throw wrong(`--serve is one server, and it speaks one binding: ${started.id}, or one of the others`);
    return sessionCommandOf(flags, started.id);
  }
  if (serve === undefined) return none(flags);
  if (target === undefined)
    throw wrong(`--serve needs --target, where its server answers, like http://localhost:${portPlace}/mcp`);
  if (pid !== undefined)
    throw wrong("--pid is of a server that runs already, and that of --serve is known; leave it out");
  const words = commandWords(serve);
  requirePorts([...words, ...Object.values(env)], target);
  return { text: serve, words, env, url: target, startMs: serveTimeout ?? usualStartMs };
}

/** What clients start for each session of a binding: at no address but the command itself. */
function sessionCommandOf(flags: CommandFlags, binding: string): Command | null {
  const { serve, serveEnv: env = {}, serveTimeout, target, pid } = flags;
  if (target !== undefined)
    throw wrong(
      `${binding} has no address: its clients start the server; name its command by --serve, without --target`,
    );
  if (serve === undefined) return none(flags);
  if (pid !== undefined)
    throw wrong(`every session of ${binding} is a process of its own, which is known; leave --pid out`);
  const words = commandWords(serve);
  if ([...words, ...Object.values(env)].some((text) => text.includes(portPlace)))
    throw wrong(`${binding} has no address, and so no port: leave ${portPlace} out`);
  return { text: serve, words, env, url: commandUrl(words, env), startMs: serveTimeout ?? usualStartMs };
}

/** A command's words by the rules of a shell's quotes. Throws `usage` for what only a shell could do. */
export function commandWords(text: string): Command["words"] {
  if (/['"]/.test(text.replace(quoted, ""))) throw wrong("--serve has a quotation mark that is not closed");
  const [program, ...args] = parse(text, refuseVariable).map((entry) => {
    if (typeof entry === "string") return entry;
    if ("comment" in entry) throw shellOnly("#");
    // A pattern is of files only to a shell.
    if (entry.op === "glob") return entry.pattern;
    throw shellOnly(entry.op);
  });
  if (program === undefined || program === "")
    throw wrong("--serve names no program; expected one, with its arguments");
  const [, name] = /^([A-Za-z_]\w*)=/.exec(program) ?? [];
  if (name !== undefined) throw wrong(`--serve begins with its program; set ${name} by --serve-env ${name}=VALUE`);
  return [program, ...args];
}

/** What stands in quotes, or behind a backslash outside of them. */
const quoted = /\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"/g;

function refuseVariable(name: string): undefined {
  if (name === "") return undefined;
  throw shellOnly(`$${name}`);
}

function shellOnly(what: string): Failure {
  return wrong(
    `--serve is started without a shell, which alone knows ${what}; put it in single quotes, or start sh -c '…'`,
  );
}

function none({ serveEnv, serveTimeout, target }: CommandFlags): null {
  const given = Object.entries({ "--serve-env": serveEnv, "--serve-timeout": serveTimeout });
  const [idle] = given.find(([, value]) => value !== undefined) ?? [];
  if (idle !== undefined) throw wrong(`${idle} is for a server that --serve starts; without one, leave it out`);
  if (target?.includes(portPlace))
    throw wrong(`${portPlace} in --target is the port of a server that --serve starts; without one, write its number`);
  return null;
}

/** A port that only one side knows would be found by nobody. */
function requirePorts(server: readonly string[], target: string): void {
  const given = server.some((text) => text.includes(portPlace));
  if (given === target.includes(portPlace)) return;
  const who = given
    ? "--serve has it and --target has not"
    : "--target has it and neither --serve nor a --serve-env has";
  throw wrong(`${portPlace} is a port that both must know, but ${who}; write it in both, or a port's number`);
}

function wrong(sentence: string): Failure {
  return new Failure("usage", sentence);
}
