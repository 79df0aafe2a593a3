import type { OwnServerKind } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { Door } from "@apb/reference-servers/doors";
import { type ServerProcess, startServer } from "@apb/runner/server";
import { files, findBinding } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { doorsOf, isStartedByClients, withoutServer } from "./servers.ts";

export interface ServeFlags {
  readonly server: OwnServerKind;
  readonly delay: number;
  readonly work: number;
  readonly host?: string;
}

/**
 * Starts the servers of a kind on their usual ports, one process per port, and keeps them until interrupted, or until all
 * have ended by themselves. One that does so is named on stderr and leaves the others as they are; the exit code is 1 then.
 */
export async function serve(named: readonly string[], flags: ServeFlags): Promise<number> {
  const chosen = chooseDoors(named, flags.server);
  const ports = [...new Set(chosen.map((door) => door.port))];
  const { signal, release } = interruption("ending the servers");
  const running: ServerProcess[] = [];
  let died = 0;
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
    died = await deathsUntilEnd(running, signal, (line) => process.stderr.write(line));
  } finally {
    release();
    await Promise.all(running.map((server) => server[Symbol.asyncDispose]()));
  }
  return died > 0 ? exitCodes.failed : exitCodes.fine;
}

/** The doors named, or all that can be opened here. Throws `usage`. */
function chooseDoors(named: readonly string[], kind: OwnServerKind): readonly Door[] {
  const open = doorsOf(kind).filter((door) => withoutServer(kind, door.binding) === null);
  const known = open.map((door) => door.binding);
  for (const binding of named.filter((name) => !known.includes(name))) {
    const reason = whyNotServed(binding, kind);
    throw new Failure("usage", `${binding} cannot be served (${kind}): ${reason}; expected ${known.join(", ")}`);
  }
  return open.filter((door) => named.length === 0 || named.includes(door.binding));
}

function whyNotServed(binding: string, kind: OwnServerKind): string {
  if (findBinding(binding) === undefined) return "it is not known";
  if (isStartedByClients(binding)) return "its clients start it, a process for each session, so it has no address";
  return withoutServer(kind, binding) ?? "it has no usual port";
}

/** How many servers have ended by themselves when interrupted, or when none is left; each is told of as it ends. */
export function deathsUntilEnd(
  running: readonly Pick<ServerProcess, "urls" | "ended">[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    let died = 0;
    if (signal.aborted) resolve(died);
    signal.addEventListener("abort", () => resolve(died), { once: true });
    for (const { urls, ended } of running)
      void ended.then((how) => {
        if (signal.aborted) return;
        died++;
        const left = running.length - died;
        const rest = left === 0 ? "none is left" : left === 1 ? "1 other goes on" : `${left} others go on`;
        say(`error: the server of ${Object.keys(urls).join(", ")} ended (${how}); ${rest}\n`);
        if (left === 0) resolve(died);
      });
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
