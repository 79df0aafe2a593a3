import type { Generator } from "@apb/runner/generator";
import { startGenerator } from "@apb/runner/generator-process";
import { type ServerProcess, startServer } from "@apb/runner/server";
import { files } from "./paths.ts";

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
