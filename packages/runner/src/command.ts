import { type ChildProcess, spawn } from "node:child_process";
import { asFailure, Failure } from "@apb/core/failure";
import { endText } from "@apb/core/last-words";
import { maskedUrl, portPlace, withPort } from "@apb/core/url";
import { hold, lastWordsOf, release } from "./child.ts";
import { keeper } from "./keeper.ts";
import { answers, findFreePort, opening } from "./ports.ts";
import { endGroup } from "./process-group.ts";
import { unlessEnded, untilAborted, within } from "./races.ts";
import type { Server } from "./server.ts";

/** What starts a server of the user's own. `{port}` stands for a free port, a new one each start, in its words, variables and URL alike. */
export interface Command {
  /** As it was typed. */
  readonly text: string;
  readonly words: readonly [program: string, ...args: string[]];
  /** Variables beside our own environment's. Their values may be secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it answers. */
  readonly url: string;
  /** How long that may take. */
  readonly startMs: number;
}

/** What it started in another group may hold its output open for longer than it lives itself. */
const outputMs = 500;

/**
 * Starts a server by a command, in a group of processes of its own, and resolves once it answers at its URL. Throws `usage`
 * when there is no such program, `environment` when somebody else answers there or when it ends, `timeout` when it does not
 * answer in time, the last two with what it said, and `aborted`; nothing of it runs then.
 */
export async function startCommand(command: Command, signal: AbortSignal): Promise<Server> {
  const { words, env, url, startMs } = wantsPort(command) ? filled(command, await findFreePort()) : command;
  await requireNobody(url);
  const leader = await started(words, env);
  try {
    await opened(leader, url, startMs, signal);
  } catch (error) {
    await leader.end();
    throw error;
  }
  return {
    url,
    pid: leader.pid,
    calls: async () => null,
    deviations: {},
    ended: leader.ended,
    [Symbol.asyncDispose]: leader.end,
  };
}

function wantsPort({ words, env, url }: Command): boolean {
  return [...words, ...Object.values(env), url].some((text) => text.includes(portPlace));
}

function filled(command: Command, port: number): Command {
  const [program, ...args] = command.words;
  const env = Object.entries(command.env).map(([name, value]) => [name, withPort(value, port)] as const);
  return {
    ...command,
    words: [withPort(program, port), ...args.map((word) => withPort(word, port))],
    env: Object.fromEntries(env),
    url: withPort(command.url, port),
  };
}

async function requireNobody(url: string): Promise<void> {
  if (!(await answers(new URL(url)))) return;
  throw new Failure(
    "environment",
    `something already answers at ${maskedUrl(url)}, so it would be measured instead; end it, or use {port} in --serve and --target`,
  );
}

/** A process, the leader of a group. */
interface Leader {
  readonly pid: number;
  readonly ended: Promise<string>;
  /** What it said last; empty for nothing. */
  said(): string;
  /** Ends it and its group. */
  end(): Promise<void>;
}

async function started([program, ...args]: Command["words"], env: Command["env"]): Promise<Leader> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // As with our own processes: Ctrl-C reaches us alone, and we end what it has started with it.
    detached: true,
  });
  const said = lastWordsOf(child.stdout, child.stderr);
  const ended = endOf(child, said);
  await spawned(child, program);
  hold(child);
  const kept = keeper(child);
  return {
    ...{ pid: child.pid as number, ended, said },
    end: async () => {
      await endGroup(child);
      await ended;
      release(child);
      kept.dismiss();
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    },
  };
}

function spawned(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error: NodeJS.ErrnoException) => {
      const what = error.code === "ENOENT" ? `there is no program ${program}` : `${program} cannot be started`;
      reject(new Failure("usage", `--serve: ${what} (${error.code}); correct its name, or give its path`));
    });
  });
}

/** Resolves with how it ended, once it has and its output is read. */
function endOf(child: ChildProcess, said: () => string): Promise<string> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(endText(child, said()));
    child.once("exit", () => setTimeout(tell, outputMs).unref());
    child.once("close", tell);
  });
}

async function opened({ ended, said }: Leader, url: string, startMs: number, signal: AbortSignal): Promise<void> {
  const shown = maskedUrl(url);
  const stop = new AbortController();
  const open = unlessEnded(
    untilAborted(opening(new URL(url), stop.signal), signal),
    ended,
    (how) => new Failure("environment", `the server of --serve ended before it answered at ${shown} (${how})`),
  );
  try {
    await within(startMs, `the server of --serve to answer at ${shown}`, open);
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    if (kind !== "timeout") throw error;
    const words = said() === "" ? "it said nothing" : `it said: ${said()}`;
    throw new Failure(kind, `${sentence}; correct --target, or raise --serve-timeout; ${words}`);
  } finally {
    stop.abort();
  }
}
