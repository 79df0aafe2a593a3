import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { Failure } from "@apb/core/failure";
import { endText, LastWords } from "@apb/core/last-words";
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

/** An entry file started as a process of its own, with a message channel; it must end when the channel closes. It does not outlive us. */
export function startProcess(file: string, args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
  const child = fork(file, args, {
    execArgv: [...entryFlags(file), ...nodeFlags],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C reaches us alone, and we end our children in order.
    detached: true,
    serialization: "advanced",
  });
  hold(child);
  child.once("exit", () => {
    release(child);
    // What it has started ends with it, also where it could not see to that.
    signalGroup(child, "SIGKILL");
  });
  child.once("error", () => release(child));
  return child;
}

/** The flags with which node runs an entry file: in a clone it is TypeScript, compiled as it is loaded; the npm package holds JavaScript. */
export function entryFlags(file: string): string[] {
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

/** Reads what a process says on these of its streams, and tells the gist of what it has said last; empty for nothing. */
export function lastWordsOf(...streams: readonly (Readable | null)[]): () => string {
  const words = new LastWords();
  for (const stream of streams) stream?.setEncoding("utf8").on("data", (text: string) => words.hear(text));
  return () => words.gist;
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
