import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inject } from "vitest";

/** For tests: the program as a person starts it, and what it leaves behind. */
export interface BenchProcess {
  readonly child: ChildProcess;
  /** Resolves when stderr has said this; rejects when it ends without. */
  says(pattern: RegExp): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Our environment without its wish for colours, of which Node says on stderr that it has no use for both that and NO_COLOR. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...env } = process.env;
  return { ...env, NO_COLOR: "1", CI: "true" };
}

const programs = inject("programs");

/** Entry of a server process, as it was built from the sources before the tests. */
export const builtServer = `${programs}/server.js`;

/** The program with these arguments, as words of a command; it too was built. */
export function benchCommand(args: readonly string[]): readonly [program: string, ...args: string[]] {
  return [process.execPath, "--enable-source-maps", `${programs}/main.js`, ...args];
}

/** Starts the program with these arguments. */
export function bench(...args: readonly string[]): BenchProcess {
  return started(benchCommand(args));
}

/** Starts it from its sources, as a clone does, at three times the cost. */
export function benchFromSource(...args: readonly string[]): BenchProcess {
  return started([process.execPath, "--import", tsx, main, ...args]);
}

function started([program, ...words]: ReturnType<typeof benchCommand>): BenchProcess {
  const child = spawn(program, words, { env: plainEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, ...said }));
  });
  return {
    child,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(said.stderr) && !pattern.test(said.stdout)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without saying ${pattern}:\n${said.stderr}\n${said.stdout}`)));
      }),
  };
}

/** Processes a process has started, by process id, with their command lines. Linux only. */
export async function childrenOf(pid: number): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const children = (await readFile(`/proc/${pid}/task/${thread}/children`, "utf8")).split(" ").filter(Boolean);
    for (const child of children)
      found.set(Number(child), await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => ""));
  }
  return found;
}

/** The server and the generator that a process has started, once both run. A test's own time-out ends the wait. */
export async function workersOf(pid: number): Promise<{ readonly server: number; readonly generator: number }> {
  for (;;) {
    const children = [...(await childrenOf(pid))];
    const find = (part: string): number | undefined => children.find(([, command]) => command.includes(part))?.[0];
    const [server, generator] = [find("/server.js"), find("/generator.js")];
    if (server !== undefined && generator !== undefined) return { server, generator };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The processes that a process has started, once they are so many. A test's own time-out ends the wait. */
export async function startedBy(pid: number, count: number): Promise<readonly number[]> {
  for (;;) {
    const children = await childrenOf(pid);
    if (children.size >= count) return [...children.keys()];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves once none of these processes exists any more. A test's own time-out ends the wait. */
export async function gone(pids: Iterable<number>): Promise<void> {
  for (const pid of pids) {
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Small enough for a test, and ended by counting, not by the clock; nothing is concluded from its numbers. */
export const tiny = [
  ...["--profile", "smoke", "--ceiling", "0ms"],
  ...["--duration", "30s", "--iterations", "100", "--warm-up", "10ms"],
];
