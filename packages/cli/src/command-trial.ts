import type { Binding, ClientKind } from "@apb/core/binding";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import { type Command, startCommand } from "@apb/runner/command";
import { unlessEnded } from "@apb/runner/races";
import { interruption } from "./interruption.ts";
import { isStartedByClients } from "./servers.ts";
import { probeTarget } from "./target-probe.ts";

/**
 * Starts the server of a command once and asks it, by the first of these clients, whether it can be measured at all, so that
 * what is wrong is told before anything is measured. Throws as `startCommand` and `probeTarget`, and `aborted` on Ctrl-C.
 */
export async function tryCommand(
  command: Command,
  [binding]: readonly Binding[],
  [client = "wire"]: readonly ClientKind[],
): Promise<void> {
  if (binding === undefined) return;
  const { signal, release } = interruption("nothing was measured");
  try {
    if (isStartedByClients(binding.id)) return await trySession(command, binding, client, signal);
    await using server = await startCommand(command, signal);
    await unlessEnded(probeTarget(binding, server.url, client, signal), server.ended, endedAsked);
  } finally {
    release();
  }
}

/** One session, and the cheapest question in it. Throws `timeout` where that takes longer than the command may. */
async function trySession(
  { url, startMs }: Command,
  binding: Binding,
  client: ClientKind,
  interrupted: AbortSignal,
): Promise<void> {
  const limit = new AbortController();
  const late = new Failure("timeout", `no answer within ${startMs} ms; raise --serve-timeout`);
  const timer = setTimeout(() => limit.abort(late), startMs);
  const signal = AbortSignal.any([interrupted, limit.signal]);
  try {
    await using session = await binding.connect(url, { client, signal });
    if (binding.can.has("discover")) await session.call({ kind: "discover" }, signal);
  } catch (error) {
    if (interrupted.aborted) throw abortFailure(interrupted);
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, `the server of --serve does not answer as one of ${binding.id} does: ${sentence}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

function endedAsked(how: string): Failure {
  return new Failure("closed", `the server of --serve ended when it was first asked (${how})`);
}
