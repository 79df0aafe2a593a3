import type { Binding, Inputs, Reply } from "@apb/core/binding";
import { inOwnGroup } from "@apb/core/command-url";
import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import { type Command, startCommand } from "@apb/runner/command";
import { unlessEnded } from "@apb/runner/races";
import { interruption } from "./interruption.ts";
import { isStartedByClients } from "./servers.ts";
import { probeTarget, type Stranger } from "./target-probe.ts";
import { misfit } from "./tool-input.ts";

/**
 * Starts the server of a command once and asks it whether it can be measured at all, so that what is wrong is told before
 * anything is measured. Resolves with a warning, or null. Throws as `startCommand` and `probeTarget`, and `aborted` on Ctrl-C.
 */
export async function tryCommand(
  command: Command,
  binding: Binding,
  asked: Omit<Stranger, "url">,
): Promise<string | null> {
  const { signal, release } = interruption("nothing was measured");
  try {
    if (isStartedByClients(binding.id)) return await trySession(command, binding, asked, signal);
    await using server = await startCommand(command, signal);
    const probing = probeTarget(binding, { ...asked, url: server.url }, signal);
    return await unlessEnded(probing, server.ended, endedAsked);
  } finally {
    release();
  }
}

/** One session, and the cheapest question in it. Resolves with a warning, or null. Throws `timeout` where that takes longer than the command may. */
async function trySession(
  { url, startMs }: Command,
  binding: Binding,
  { client, call }: Omit<Stranger, "url">,
  interrupted: AbortSignal,
): Promise<string | null> {
  const limit = new AbortController();
  const late = new Failure("timeout", `no answer within ${startMs} ms; raise --serve-timeout`);
  const timer = setTimeout(() => limit.abort(late), startMs);
  const signal = AbortSignal.any([interrupted, limit.signal]);
  try {
    await using session = await binding.connect(inOwnGroup(url), { client, signal });
    if (!binding.can.has("discover")) return null;
    const { inputs } = agentsIn(await session.call({ kind: "discover" }, signal));
    return call === null || inputs === undefined ? null : misfit(call, inputs);
  } catch (error) {
    if (interrupted.aborted) throw abortFailure(interrupted);
    const { kind, sentence } = asFailure(error);
    if (kind === "unknown-agent") throw error;
    throw new Failure(kind, `the server of --serve does not answer as one of ${binding.id} does: ${sentence}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

function agentsIn(reply: Reply): { readonly inputs?: Inputs } {
  return reply.kind === "agents" ? reply : {};
}

function endedAsked(how: string): Failure {
  return new Failure("closed", `the server of --serve ended when it was first asked (${how})`);
}
