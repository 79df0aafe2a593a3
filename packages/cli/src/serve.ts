import type { OwnServerKind } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { Door } from "@apb/reference-servers/doors";
import { type ServerProcess, startServer } from "@apb/runner/server";
import { files, findBinding } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { doorsOf, withoutServer } from "./servers.ts";

export interface ServeFlags {
  readonly server: OwnServerKind;
  readonly delay: number;
  readonly work: number;
  readonly host?: string;
}

/** Starts the servers of a kind on their usual ports, one process per port, and keeps them until interrupted. */
export async function serve(named: readonly string[], flags: ServeFlags): Promise<number> {
  const chosen = chooseDoors(named, flags.server);
  const ports = [...new Set(chosen.map((door) => door.port))];
  const { signal, release } = interruption("ending the servers");
  const running: ServerProcess[] = [];
  try {
    for (const port of ports) {
      if (signal.aborted) return exitCodes.interrupted;
      const sharing = chosen.filter((door) => door.port === port).map((door) => door.binding);
      running.push(await startOn(port, sharing, flags));
    }
    const widest = Math.max(...chosen.map((door) => door.binding.length));
    for (const { urls, pid } of running)
      for (const [binding, url] of Object.entries(urls))
        process.stdout.write(`${binding.padEnd(widest)} ${url.padEnd(44)} pid ${pid}\n`);
    process.stdout.write("ready; Ctrl-C ends all of them\n");
    await interruptedOr(running, signal);
  } finally {
    release();
    await Promise.all(running.map((server) => server[Symbol.asyncDispose]()));
  }
  return exitCodes.fine;
}

/** The doors named, or all that can be opened here. Throws `usage`. */
function chooseDoors(named: readonly string[], kind: OwnServerKind): readonly Door[] {
  const open = doorsOf(kind).filter((door) => withoutServer(kind, door.binding) === null);
  const known = open.map((door) => door.binding);
  for (const binding of named.filter((name) => !known.includes(name))) {
    const reason =
      findBinding(binding) === undefined ? "it is not known" : (withoutServer(kind, binding) ?? "it has no usual port");
    throw new Failure("usage", `${binding} cannot be served (${kind}): ${reason}; expected ${known.join(", ")}`);
  }
  return open.filter((door) => named.length === 0 || named.includes(door.binding));
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
  { server, delay, work, host }: ServeFlags,
): Promise<ServerProcess> {
  const options = { file: files.server, bindings, server, port, delayMs: delay, workMs: work };
  return startServer(host === undefined ? options : { ...options, host }).catch((cause: Error) => {
    throw new Failure(
      "environment",
      `port ${port} (${bindings.join(", ")}): ${asFailure(cause).sentence}; free the port, or serve other bindings`,
      { cause },
    );
  });
}
