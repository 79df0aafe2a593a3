import type { Binding, ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { type Command, startCommand } from "@apb/runner/command";
import { unlessEnded } from "@apb/runner/races";
import { interruption } from "./interruption.ts";
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
    await using server = await startCommand(command, signal);
    await unlessEnded(probeTarget(binding, server.url, client, signal), server.ended, endedAsked);
  } finally {
    release();
  }
}

function endedAsked(how: string): Failure {
  return new Failure("closed", `the server of --serve ended when it was first asked (${how})`);
}
