import { asFailure, Failure } from "@apb/core/failure";
import { doors } from "@apb/reference-servers/doors";
import { type ServerProcess, startServer } from "@apb/runner/server";
import { files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";

export interface ServeFlags {
  readonly delay: number;
  readonly work: number;
  readonly host?: string;
}

/** Starts the reference servers on their usual ports, one process per port, and keeps them until interrupted. */
export async function serve(named: readonly string[], flags: ServeFlags): Promise<number> {
  const known = doors.map((door) => door.binding);
  const unknown = named.filter((binding) => !known.includes(binding));
  if (unknown.length > 0)
    throw new Failure("usage", `${unknown.join(", ")} is not known; expected ${known.join(", ")}`);
  const chosen = doors.filter((door) => named.length === 0 || named.includes(door.binding));
  const ports = [...new Set(chosen.map((door) => door.port))];
  const { signal, release } = interruption("ending the servers");
  const running: ServerProcess[] = [];
  try {
    for (const port of ports) {
      if (signal.aborted) return exitCodes.interrupted;
      const sharing = chosen.filter((door) => door.port === port).map((door) => door.binding);
      running.push(await startOn(port, sharing, flags));
    }
    for (const { urls, pid } of running)
      for (const [binding, url] of Object.entries(urls))
        process.stdout.write(`${binding.padEnd(15)} ${url.padEnd(44)} pid ${pid}\n`);
    process.stdout.write("ready; Ctrl-C ends all of them\n");
    await interruptedOr(running, signal);
  } finally {
    release();
    await Promise.all(running.map((server) => server[Symbol.asyncDispose]()));
  }
  return exitCodes.fine;
}

/** Resolves when interrupted; throws `closed` when a server ends by itself. */
function interruptedOr(running: readonly ServerProcess[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    for (const { urls, ended } of running)
      void ended.then((how) =>
        reject(new Failure("closed", `the server of ${Object.keys(urls).join(", ")} ended (${how})`)),
      );
  });
}

async function startOn(
  port: number,
  bindings: readonly string[],
  { delay, work, host }: ServeFlags,
): Promise<ServerProcess> {
  const options = { file: files.server, bindings, port, delayMs: delay, workMs: work };
  return startServer(host === undefined ? options : { ...options, host }).catch((cause: Error) => {
    throw new Failure(
      "environment",
      `port ${port} (${bindings.join(", ")}): ${asFailure(cause).sentence}; free the port, or serve other bindings`,
      { cause },
    );
  });
}
