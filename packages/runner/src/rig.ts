import type { Finding, ServerKind } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { Asked, CheckOutcome } from "@apb/generator/channel";
import type { Generator } from "./generator.ts";
import type { Group } from "./plan.ts";
import { untilAborted, whileServing } from "./races.ts";
import type { Server } from "./server.ts";
import type { ReadUsage } from "./usage.ts";

/** What measuring needs from outside. Tests pass fakes. */
export interface Equipment {
  /** A start that takes long heeds the signal; of others the server is ended when it has come. */
  serve(binding: string, server: ServerKind, signal: AbortSignal): Promise<Server>;
  generate(): Generator;
  usageOf(pid: number): ReadUsage;
}

/** A fresh server and a fresh generator. */
export interface Rig extends AsyncDisposable {
  readonly server: Server;
  readonly generator: Generator;
  /** Its first cell finds cold code: it is checked, and warmed up for longer. */
  fresh: boolean;
  /** Checks it failed as it was known to. */
  deviations: readonly Finding[];
}

/** Starts both. Throws what the server said when it cannot start. */
export async function setUp(equipment: Equipment, group: Group, signal: AbortSignal): Promise<Rig> {
  // Should it throw, there is nothing yet to end.
  const generator = equipment.generate();
  const serving = equipment.serve(group.binding, group.server, signal);
  const dispose = async (): Promise<void> => {
    const served = serving.then(
      (server) => server[Symbol.asyncDispose](),
      () => undefined,
    );
    await Promise.all([generator[Symbol.asyncDispose](), served]);
  };
  try {
    const server = await untilAborted(serving, signal);
    return { server, generator, fresh: true, deviations: [], [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** No number is taken from a server that does not do what the binding says, but for what it is known to do otherwise. */
export async function requireChecks({ server, generator }: Rig, target: Asked): Promise<readonly Finding[]> {
  const outcomes = await whileServing(generator.verify(target), server);
  const failed = outcomes.filter(({ status }) => status === "failed");
  const unknown = failed.filter(({ check }) => server.deviations[check] === undefined);
  const [first] = unknown;
  if (first === undefined) return deviationsAmong(failed, server);
  throw new Failure(
    "protocol",
    `${unknown.length} of ${outcomes.length} checks failed before timing, first "${first.check}": ${first.reason}; run \`bench verify\` for all`,
  );
}

/** One finding for all: of a kind, a report keeps one a round. */
function deviationsAmong(failed: readonly CheckOutcome[], { deviations }: Server): readonly Finding[] {
  if (failed.length === 0) return [];
  const each = failed.map(({ check }) => `the check "${check}": ${deviations[check]}`);
  return [
    {
      kind: "deviates",
      message: `this server does not pass ${each.join("; nor ")}`,
      hint: "the measured calls are not of that kind, and their replies are checked as everybody's; `bench verify` shows all",
    },
  ];
}
