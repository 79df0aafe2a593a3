import type { Binding } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { type Command, startCommand } from "@apb/runner/command";
import { unlessEnded } from "@apb/runner/races";
import { interruption } from "./interruption.ts";
import { probeTarget, type Stranger } from "./target-probe.ts";

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
    await using server = await startCommand(command, signal);
    const probing = probeTarget(binding, { ...asked, url: server.url }, signal);
    return await unlessEnded(probing, server.ended, endedAsked);
  } finally {
    release();
  }
}

function endedAsked(how: string): Failure {
  return new Failure("closed", `the server of --serve ended when it was first asked (${how})`);
}
