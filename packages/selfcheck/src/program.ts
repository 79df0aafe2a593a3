import { setMaxListeners } from "node:events";
import { asFailure } from "@apb/core/failure";
import { noValue } from "@apb/report/format";
import { plain, type Section, type Shown } from "@apb/report/section";
import { sectionText } from "@apb/report/table";

/** What shells call the exit of a program that was interrupted. */
const interrupted = 130;

/** Prints a table on stdout, and an empty line after it. */
export function print(section: Section): void {
  const terminal = {
    width: process.stdout.columns ?? 120,
    color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  };
  process.stdout.write(`${sectionText(section, terminal)}\n\n`);
}

/** Says on stderr what is being done, a line each. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a program whose `signal` is aborted by Ctrl-C and SIGTERM; it ends with exit code 130, or 1 and a sentence when it throws. */
export async function runProgram(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  // Every process that is started listens, and there are a dozen of them.
  setMaxListeners(0, stop.signal);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());
  try {
    await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) say(`error: ${sentenceOf(error)}`);
    process.exitCode = 1;
  }
  if (stop.signal.aborted) process.exitCode = interrupted;
}

/** What an error says, without the kinds in front. */
export function sentenceOf(error: unknown): string {
  return asFailure(error).message.replace(/^(\[[a-z-]+\] )+/, "");
}

/** A number in a table; null where there is none. */
export function figure(value: number | null | undefined, format: (value: number) => string): Shown {
  return plain(value === null || value === undefined ? noValue : format(value));
}
