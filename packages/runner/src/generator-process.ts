import type { Snapshot } from "@apb/core/snapshot";
import type { Closed, GeneratorCalls } from "@apb/generator/channel";
import { type Channel, openChannel } from "./channel.ts";
import { exitOf, startProcess, stopProcess } from "./child.ts";
import type { Driving, Generator } from "./generator.ts";
import { heard } from "./races.ts";
import { Told } from "./told.ts";

/** Starts a generator process from its entry file, which must call `answerCalls`. */
export function startGenerator(file: string): Generator {
  const [generator] = startSides(file, 1);
  return generator as Generator;
}

/** The same for several loads at once in one process: each side has connections and a drive of its own. Disposing one ends all. */
export function startSides(file: string, sides: number): readonly Generator[] {
  const child = startProcess(file, []);
  // What nobody reads would stay in its memory.
  child.stdout?.resume();
  const ended = exitOf(child);
  const dispose = (): Promise<void> => stopProcess(child, ended);
  return Array.from({ length: sides }, (_, side) => {
    const channel = openChannel<GeneratorCalls>(child, ended, "generator", side);
    return { ...asking(channel), [Symbol.asyncDispose]: dispose };
  });
}

function asking(channel: Channel<GeneratorCalls>): Omit<Generator, typeof Symbol.asyncDispose> {
  return {
    rehearse: async (assignment) => {
      await channel.ask("rehearse", assignment);
    },
    verify: (target) => channel.ask("verify", target),
    connect: (assignment) => channel.ask("connect", assignment),
    setup: () => channel.ask("setup", null),
    begin: (vars) => channel.ask("begin", vars),
    teardown: async (vars) => {
      await channel.ask("teardown", vars);
    },
    drive: (start) =>
      driving(
        (tell) => channel.ask("drive", start, tell),
        (graceMs) => channel.ask("stop", { graceMs }),
      ),
    disconnect: async () => {
      await channel.ask("disconnect", null);
    },
  };
}

function driving(
  begin: (tell: (snapshot: Snapshot) => void) => Promise<Closed>,
  stop: (graceMs: number) => Promise<null>,
): Driving {
  const told = new Told<Snapshot>();
  const closed = heard(begin((snapshot) => told.tell(snapshot)));
  const ending = heard(closed.finally(() => told.end()));
  async function* seconds(): AsyncIterable<Snapshot> {
    yield* told;
    await ending;
  }
  return {
    seconds: seconds(),
    closed,
    stop: async (graceMs) => {
      await stop(graceMs);
    },
  };
}
