import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { usualMaxReplyBytes, type WireBytes } from "@apb/core/binding";
import { commandIn, type SessionCommand } from "@apb/core/command-url";
import { abortFailure, Failure } from "@apb/core/failure";
import { endText, LastWords } from "@apb/core/last-words";
import { classify } from "./failures.ts";
import { Lines } from "./lines.ts";
import type { Channel, ChannelEvents } from "./multiplex.ts";

/** How long a server may take to end once its input has, and then once it is told to. */
const exitMs = 2000;

/** What a server has said is there when it has ended. */
const lastWordsMs = 500;

/** A server that was started for this channel alone. */
export interface StdioChannel extends Channel<string> {
  readonly pid: number;
}

/**
 * Starts the server of a `stdio:` address and talks with it in lines of text, on its standard input and output; stderr is
 * kept for the words of its end. Disposing ends its input, after a while tells it to end, and then makes it. Throws `usage`
 * for another address, `refused` when it cannot be started, `environment` for what this machine lacks, or the signal's failure.
 */
export async function connectStdio(
  url: string,
  events: ChannelEvents<string>,
  signal: AbortSignal,
  maxReplyBytes = usualMaxReplyBytes,
): Promise<StdioChannel> {
  const command = commandIn(url);
  if (signal.aborted) throw abortFailure(signal);
  const child = start(command);
  await started(child, command);
  return new ServerProcess(child, events, maxReplyBytes);
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Servers that have not ended. */
const running = new Set<Child>();

/** Those that lead groups of their own. */
const leaders = new WeakSet<Child>();

/** In this process's group, so that whoever ends the group ends the server too, or the leader of its own; it does not outlive us. */
function start({ words: [program, ...args], env, ownGroup }: SessionCommand): Child {
  const child: Child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: ownGroup === true,
  });
  running.add(child);
  if (ownGroup === true) leaders.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  process.removeListener("exit", killAll).on("exit", killAll);
  return child;
}

function killAll(): void {
  for (const child of running) kill(child, "SIGKILL");
}

/** Signals a server, and all of its group where it leads one. */
function kill(child: Child, signal: NodeJS.Signals): void {
  if (!leaders.has(child) || child.pid === undefined) return void child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Windows has no groups; elsewhere nothing of it is left.
    child.kill(signal);
  }
}

function started(child: Child, { words: [program] }: SessionCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause: Error & { code?: string }) => {
      const missing = cause.code === "ENOENT" || cause.code === "EACCES";
      const why = cause.code === "ENOENT" ? "there is no such program" : cause.message;
      reject(missing ? new Failure("refused", `cannot start ${program}: ${why}`, { cause }) : classify(cause));
    });
  });
}

class ServerProcess implements StdioChannel {
  readonly pid: number;
  readonly wire: WireBytes;
  private readonly child: Child;
  private readonly events: ChannelEvents<string>;
  private readonly lastWords = new LastWords();
  private readonly ended: Promise<void>;
  /** Why it ends or has ended, once that is known. */
  private cause: Failure | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(child: Child, events: ChannelEvents<string>, maxReplyBytes: number) {
    const { stdin, stdout, stderr } = child;
    this.child = child;
    this.events = events;
    this.pid = child.pid as number;
    this.wire = bytesOf(stdin as Socket, stdout as Socket);
    this.ended = new Promise((resolve) => child.once("exit", () => resolve()));
    const lines = new Lines((line) => {
      if (this.cause === null) events.message(line);
    }, maxReplyBytes);
    stdout.on("data", (bytes: Buffer) => this.read(lines, bytes));
    // A server that says no more has ended, or is to.
    stdout.on("end", () => this.shutDown());
    stderr.setEncoding("utf8").on("data", (text: string) => this.lastWords.hear(text));
    // What it does not read any more is told by its end.
    stdin.on("error", () => undefined);
    child.once("exit", () => this.exited());
    child.once("close", () => this.lost());
  }

  get unsent(): number {
    return this.child.stdin.writableLength;
  }

  send(line: string): void {
    const { stdin } = this.child;
    if (this.cause !== null || !stdin.writable) throw this.cause ?? new Failure("closed", "the session is closed");
    stdin.write(`${line}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cause ??= new Failure("closed", "the session is closed");
    this.shutDown();
    await this.ended;
  }

  private read(lines: Lines, bytes: Buffer): void {
    if (this.cause !== null) return;
    try {
      lines.read(bytes);
    } catch (error) {
      this.cause = classify(error);
      kill(this.child, "SIGKILL");
    }
  }

  /** MCP, stdio, "Shutdown": the end of its input, SIGTERM, SIGKILL. */
  private shutDown(): void {
    const { child } = this;
    if (this.timer !== undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.stdin.end();
    this.timer = setTimeout(() => {
      kill(child, "SIGTERM");
      this.timer = setTimeout(() => kill(child, "SIGKILL"), exitMs);
    }, exitMs);
  }

  /** What it still had to say is read, unless nobody listens; what it has started may hold its pipes for ever. */
  private exited(): void {
    const { stdin, stdout, stderr } = this.child;
    clearTimeout(this.timer);
    // A wrapper's server, which nobody has told to end.
    if (leaders.has(this.child)) kill(this.child, "SIGKILL");
    const hangUp = (): void => {
      for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
    };
    if (this.cause !== null) hangUp();
    else setTimeout(hangUp, lastWordsMs).unref();
  }

  private lost(): void {
    // Before it has said anything nobody could talk with it.
    const kind = this.wire.receivedBytes === 0 ? "refused" : "closed";
    this.cause ??= new Failure(kind, `the server's process ended (${endText(this.child, this.lastWords.gist)})`);
    this.events.closed(this.cause);
  }
}

/** One connection, of two pipes. */
function bytesOf(stdin: Socket, stdout: Socket): WireBytes {
  return {
    get sentBytes() {
      return stdin.bytesWritten;
    },
    get receivedBytes() {
      return stdout.bytesRead;
    },
    connections: 1,
  };
}
