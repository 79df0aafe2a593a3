import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { Failure } from "@apb/core/failure";
import { signalGroup } from "./process-group.ts";
import { unlessEnded } from "./races.ts";

/** Those that have not ended, each the leader of a group. */
const running = new Set<ChildProcess>();

/** Lets a process, the leader of a group, not outlive us. */
export function hold(child: ChildProcess): void {
  running.add(child);
  process.removeListener("exit", killChildren).on("exit", killChildren);
}

/** Forgets a process that has ended. */
export function release(child: ChildProcess): void {
  running.delete(child);
}

/** An entry file started as a process of its own, with a message channel; it must end when the channel closes. It does not outlive us. `nodeFlags` are for node itself. */
export function startProcess(file: string, args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
  const child = fork(file, args, {
    execArgv: [...nodeFlags, ...loaderOf(file)],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C reaches us alone, and we end our children in order.
    detached: true,
    serialization: "advanced",
  });
  hold(child);
  child.once("exit", () => release(child));
  child.once("error", () => release(child));
  return child;
}

/** Node's flags for an entry: in a clone it is TypeScript, compiled as it is loaded; the npm package holds JavaScript. */
function loaderOf(file: string): readonly string[] {
  if (!file.endsWith(".ts")) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}

/** Ends every process that was started here, with those it has started, at once: one that is stopped does not see its channel close. */
export function killChildren(): void {
  for (const child of running) signalGroup(child, "SIGKILL");
}

/** How a child ended, in words, once it has. */
export function exitOf(child: ChildProcess): Promise<string> {
  const said = lastWordsOf(child.stderr);
  return new Promise((resolve) => {
    child.once("close", () => resolve(endText(child, said())));
    child.once("error", (error) => resolve(error.message));
  });
}

/** How a process that has ended did so, with what it said last. */
export function endText({ exitCode, signalCode }: ChildProcess, said: string): string {
  return `${signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`}${said === "" ? "" : `: ${said}`}`;
}

/** Of what a process says, no more than this is kept. */
const mostSaid = 16_384;

/** Reads what a process says on these of its streams, and tells the gist of what it has said last; empty for nothing. */
export function lastWordsOf(...streams: readonly (Readable | null)[]): () => string {
  let said = "";
  for (const stream of streams)
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-mostSaid);
    });
  return () => gistOf(said);
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
