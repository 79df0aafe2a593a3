import { createInterface } from "node:readline";
import type { OwnServerKind } from "@apb/core/cell";
import type { ServerCalls } from "@apb/core/channel";
import { Failure } from "@apb/core/failure";
import { openChannel } from "./channel.ts";
import { exitOf, startProcess, stopProcess, whileAlive } from "./child.ts";
import { within } from "./races.ts";

/** A server to measure. Disposing ends it if we started it. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  /** Null when it is not on this machine or not known; `sessions` when each session starts a process of it and tells its id. */
  readonly pid: number | "sessions" | null;
  /** Agent calls it has answered so far, by its own count; null when it does not tell. */
  calls(): Promise<number | null>;
  /** Collects its garbage; how many bytes are live in its heap, and outside of it for objects in it. Absent where it cannot be asked. */
  collect?(): Promise<number>;
  /** Checks it is known to fail by its own making, by name, each with what it does otherwise. */
  readonly deviations: Readonly<Record<string, string>>;
  /** Resolves, with how it ended, when it ends by itself. Never for a server that we did not start. */
  readonly ended: Promise<string>;
}

export interface ServerOptions {
  /** The reference servers' entry file. */
  readonly file: string;
  readonly bindings: readonly string[];
  /** Absent means reference. */
  readonly server?: OwnServerKind;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host?: string;
  readonly delayMs: number;
  readonly workMs: number;
  /** Flags of node's, like --max-old-space-size=200; absent means none. */
  readonly nodeFlags?: readonly string[];
}

/** What a server process says on stdout, one JSON line per binding. */
interface ReadyLine {
  readonly ready: boolean;
  readonly binding?: string;
  readonly url?: string;
  readonly error?: string;
}

const startMs = 15_000;

/** A server process and the URL of each of its bindings. */
export interface ServerProcess extends AsyncDisposable {
  readonly urls: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly ended: Promise<string>;
  /** Agent calls so far. */
  calls(): Promise<number>;
  /** As {@link Server.collect}. */
  collect(): Promise<number>;
}

/** Starts a server process and waits until it listens. Throws `environment` with its own words when it cannot (port taken, …). */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { bindings, server, port, host, delayMs, workMs } = options;
  const args = [
    ...bindings.flatMap((binding) => ["--binding", binding]),
    ...["--port", String(port), "--delay-ms", String(delayMs), "--work-ms", String(workMs)],
    ...(host === undefined ? [] : ["--host", host]),
    ...(server === undefined ? [] : ["--server", server]),
  ];
  const child = startProcess(options.file, args, options.nodeFlags);
  const ended = exitOf(child);
  const channel = openChannel<ServerCalls>(child, ended, "server");
  try {
    const urls: Record<string, string> = {};
    const listening = readReady(child.stdout as NodeJS.ReadableStream, bindings.length, urls);
    await within(startMs, "the server to listen", whileAlive(listening, ended, "server"));
    return {
      urls,
      pid: child.pid as number,
      ended,
      calls: () => channel.ask("calls", null),
      collect: () => channel.ask("collect", null),
      [Symbol.asyncDispose]: () => stopProcess(child, ended),
    };
  } catch (error) {
    await stopProcess(child, ended);
    throw error;
  }
}

async function readReady(stdout: NodeJS.ReadableStream, count: number, urls: Record<string, string>): Promise<void> {
  for await (const line of createInterface({ input: stdout })) {
    const said = JSON.parse(line) as ReadyLine;
    if (!said.ready) throw new Failure("environment", `the server cannot start: ${said.error}`);
    urls[said.binding as string] = said.url as string;
    if (Object.keys(urls).length === count) return;
  }
  // The stream has ended, so the process is about to: its exit is the better message.
  await new Promise(() => undefined);
}
