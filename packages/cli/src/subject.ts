import { isOwnServer, type OwnServerKind, type ServerKind } from "@apb/core/cell";
import { startCommand } from "@apb/runner/command";
import { type Server, startServer } from "@apb/runner/server";
import { sessionServer, sessionServerUrl } from "@apb/runner/session-server";
import { files } from "./catalog.ts";
import type { Order } from "./order.ts";
import { deviationsOf, isStartedByClients } from "./servers.ts";

/** What is to be known of who answers. */
export interface Subjects extends Pick<Order, "target" | "command" | "delayMs" | "workMs"> {
  /** The entries of bundled servers that are not this program's own, but those of another commit. */
  readonly entries?: Pick<typeof files, "server" | "sessionServer">;
  /** Node's flags for bundled servers. */
  readonly nodeFlags?: readonly string[];
}

/** Starts who answers for a binding, or takes who runs already. Throws as `startServer` and `startCommand`. */
export async function startSubject(
  binding: string,
  kind: ServerKind,
  subjects: Subjects,
  signal: AbortSignal,
): Promise<Server> {
  if (isOwnServer(kind)) return ownServer(binding, kind, subjects);
  if (subjects.command === null) return runningServer(subjects.target);
  return isStartedByClients(binding) ? sessionServer(subjects.command.url, {}) : startCommand(subjects.command, signal);
}

async function ownServer(binding: string, kind: OwnServerKind, subjects: Subjects): Promise<Server> {
  const { delayMs, workMs, entries = files, nodeFlags = [] } = subjects;
  const file = entries.server;
  if (isStartedByClients(binding)) {
    const url = sessionServerUrl({ file: entries.sessionServer, binding, server: kind, delayMs, workMs });
    return sessionServer(url, deviationsOf(kind, binding));
  }
  const server = await startServer({ file, bindings: [binding], server: kind, port: 0, delayMs, workMs, nodeFlags });
  return { ...server, url: server.urls[binding] as string, deviations: deviationsOf(kind, binding) };
}

function runningServer(target: Subjects["target"]): Server {
  return {
    url: target?.url ?? "",
    pid: target?.pid ?? null,
    calls: async () => null,
    deviations: {},
    ended: new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
