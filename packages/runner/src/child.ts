import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Failure } from "@apb/core/failure";
import { unlessEnded } from "./races.ts";

/** Those that have not ended. */
const running = new Set<ChildProcess>();

/** An entry file started as a process of its own, with a message channel; it must end when the channel closes. It does not outlive us. `nodeFlags` are for node itself. */
export function startProcess(file: string, args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
  const child = fork(file, args, {
    execArgv: [...nodeFlags, ...loaderOf(file)],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C reaches us alone, and we end our children in order.
    detached: true,
    serialization: "advanced",
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  process.removeListener("exit", killChildren).on("exit", killChildren);
  return child;
}

/** Node's flags for an entry: in a clone it is TypeScript, compiled as it is loaded; the npm package holds JavaScript. */
function loaderOf(file: string): readonly string[] {
  if (!file.endsWith(".ts")) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}

/** Ends every process that was started here, with those it has started, at once: one that is stopped does not see its channel close. */
export function killChildren(): void {
  for (const child of running) {
    if (child.pid === undefined) continue;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // Windows has no groups; elsewhere it has just ended.
      child.kill("SIGKILL");
    }
  }
}

/** How a child ended, in words, once it has. */
export function exitOf(child: ChildProcess): Promise<string> {
  const lastWords: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => {
    lastWords.push(chunk.toString("utf8"));
    if (lastWords.length > 20) lastWords.shift();
  });
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      const said = gistOf(lastWords.join(""));
      resolve(`${signal === null ? `exit code ${code}` : `signal ${signal}`}${said === "" ? "" : `: ${said}`}`);
    });
    child.once("error", (error) => resolve(error.message));
  });
}

/** What tells most of what it said at the end: the error, which Node prints above a stack and its own version, or the last lines. */
function gistOf(words: string): string {
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  return lines.findLast((line) => /^(\S*Error|Failure|FATAL ERROR)\b/.test(line)) ?? lines.slice(-3).join(" | ");
}

const graceMs = 5000;

/** Asks a child to end, and after a while makes it. Resolves once it has ended. */
export async function stopProcess(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(force);
}

/** Rejects with `closed` when the child ends before the work does. */
export function whileAlive<T>(work: Promise<T>, exited: Promise<string>, who: string): Promise<T> {
  return unlessEnded(
    work,
    exited,
    (how) => new Failure("closed", `expected the ${who} process to keep running, but it ended (${how})`),
  );
}
