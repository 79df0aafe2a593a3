import { messageSize } from "@apb/benchmarks/message-size";
import { profiles } from "@apb/benchmarks/profiles";
import type { ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { loadOf, type Profile } from "@apb/core/scenario";
import type { Driven, Generator, Task } from "@apb/runner/generator";
import { startGenerator } from "@apb/runner/generator-process";
import { type ServerProcess, startServer } from "@apb/runner/server";
import { bodyBytes, files, users } from "./paths.ts";

/** One load on one server, by one client. */
export interface Load {
  readonly server: Pick<ServerProcess, "urls">;
  readonly binding: string;
  readonly client: ClientKind;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Arrivals a second; null for as many as there can be. */
  readonly perSecond: number | null;
  /** Connections, and users of a closed load; absent means as many as everywhere here. */
  readonly connections?: number;
  /** What takes longer fails; absent means 10 s. */
  readonly timeoutMs?: number;
}

/** What is done at a moment of a load. */
export type Moment = (kind: "opened" | "closed") => void | Promise<void>;

/** The word to begin takes a moment to arrive: 20 ms, in nanoseconds. */
const startDelay = 20_000_000n;
const usualTimeoutMs = 10_000;

/** A server process with these bindings on free ports. It ends when `signal` says so. */
export async function serve(file: string, served: readonly string[], signal: AbortSignal): Promise<ServerProcess> {
  signal.throwIfAborted();
  return endingWith(signal, await startServer({ file, bindings: served, port: 0, delayMs: 0, workMs: 0 }));
}

/** A generator process, the same that `bench run` starts. It ends when `signal` says so, and what it was doing fails. */
export function generate(signal: AbortSignal): Generator {
  signal.throwIfAborted();
  return endingWith(signal, startGenerator(files.generator));
}

function endingWith<Started extends AsyncDisposable>(signal: AbortSignal, started: Started): Started {
  const end = (): PromiseLike<void> => {
    signal.removeEventListener("abort", end);
    return started[Symbol.asyncDispose]();
  };
  if (signal.aborted) void end();
  else signal.addEventListener("abort", end);
  return { ...started, [Symbol.asyncDispose]: end };
}

/**
 * Connects, drives, disconnects: the same calls `bench run` makes of a generator. `moment` is told when the window
 * has opened and when it has closed. Throws `unsupported` for a client that a transport does not have, and for
 * anything that went wrong: here every request is answered, or the number is worth nothing.
 */
export async function load(generator: Generator, what: Load, moment?: Moment): Promise<Driven> {
  try {
    const { asked, held, failures, firstFailure } = await generator.connect(taskOf(what));
    if (held < asked)
      throw new Failure(
        failures.unsupported ? "unsupported" : "refused",
        firstFailure ?? "no connection could be opened",
      );
    const driving = generator.drive(what.warmUpMs, process.hrtime.bigint() + startDelay);
    await driving.opened;
    await moment?.("opened");
    await driving.closed;
    await moment?.("closed");
    return requireSuccess(await driving.report);
  } finally {
    await generator.disconnect().catch(() => undefined);
  }
}

function requireSuccess(driven: Driven): Driven {
  const { failed, iterations, completed, steps } = driven;
  if (failed === 0 && completed > 0) return driven;
  const kinds = Object.keys(steps.total?.failures ?? {}).join(", ");
  throw new Failure("rejected", `${failed} of ${iterations} iterations failed: ${kinds || "none ended in time"}`);
}

function taskOf(what: Load): Task {
  const { server, binding, client, connections = users, timeoutMs = usualTimeoutMs } = what;
  const profile = profileOf(what);
  return {
    ...{ binding, url: server.urls[binding] ?? "", client, profile, timeoutMs },
    scenario: messageSize.name,
    params: { sizeBytes: bodyBytes },
    load: loadOf(profile, connections, connections),
    sessionsPerUser: 1,
  };
}

/** The profile by which `bench run` would put this load on. */
export function profileOf({ warmUpMs, windowMs, perSecond, connections = users }: Load): Profile {
  return {
    ...(profiles.smoke as Profile),
    warmUpMs,
    windowMs,
    sizesBytes: [bodyBytes],
    users: connections,
    ...(perSecond === null ? {} : { perSecond }),
  };
}
