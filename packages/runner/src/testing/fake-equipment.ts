import { noTally } from "@apb/core/snapshot";
import type { Closed } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import type { Generator } from "../generator.ts";
import type { Equipment } from "../rig.ts";
import type { Server } from "../server.ts";
import type { UsageReading } from "../usage.ts";
import { machineMs } from "../usage-series.ts";
import { type DriveScript, fakeGenerator, type GeneratorScript } from "./fake-generator.ts";
import { busySecond, tallyOf, timesOf } from "./snapshots.ts";

/** Ten connections, all open. */
export const connected: Connected = {
  ...{ asked: 10, held: 10, failures: {}, firstFailure: null, pids: [] },
  step: tallyOf(timesOf([10, 2])),
};

/** None of them. */
export const refused: Connected = {
  ...{ asked: 10, held: 0, failures: { refused: 10 }, firstFailure: "[refused] ECONNREFUSED", pids: [] },
  step: { ...noTally, failures: { refused: 10 } },
};

/** Of two busy seconds and a warm-up of 50 ms. */
export const closed: Closed = {
  ...{ windowMs: 2000, iterations: 4100, operations: 4100, agentCalls: 4100, bodyBytes: 820_000, failed: 0 },
  ...{ sentBytes: 500_000, receivedBytes: 600_000, reconnects: 0, sessionsLeft: 0, rssPeakBytes: 9 },
};

/** Ten VUs whose iterations take 5 ms, for two seconds. */
export const busy: readonly [DriveScript["seconds"][number], DriveScript["seconds"][number]] = [
  busySecond(0, { vus: 10, eachMs: 5 }),
  busySecond(1, { vus: 10, eachMs: 5 }),
];

/** What happens; all that is not said goes well. */
export interface Script extends Partial<Omit<GeneratorScript, "drive">> {
  readonly serve?: () => Promise<Server>;
  readonly generate?: () => Generator;
  readonly startsInMs?: number;
  /** What differs of a drive, the first, the second, … */
  readonly drive?: (n: number) => Partial<DriveScript>;
  readonly pid?: Server["pid"];
  readonly ended?: Promise<string>;
  /** The server's own count at its next telling; by default what the client counts. */
  readonly calls?: () => number | null;
  /** At this time of the machine's clock; throws when it cannot be read. */
  readonly usage?: (nowMs: number) => Partial<UsageReading>;
}

/** Equipment that plays a script, and what it was asked for. */
export function scripted(script: Script): { readonly equipment: Equipment; readonly log: string[] } {
  const log: string[] = [];
  let drives = 0;
  let heapBytes = 1000;
  let counted = 0;
  const server: Server = {
    url: "http://fake",
    pid: script.pid === undefined ? 42 : script.pid,
    collect: async () => {
      log.push("collect");
      return heapBytes++;
    },
    calls: async () => (script.calls === undefined ? counted : script.calls()),
    deviations: { sings: "it hums", dances: "it sits" },
    ended: script.ended ?? new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => void log.push("server ended"),
  };
  const generator: GeneratorScript = {
    rehearse: async () => undefined,
    verify: async () => [{ check: "echoes", status: "passed", reason: "" }],
    connect: async () => connected,
    disconnect: async () => undefined,
    ...script,
    drive() {
      counted += closed.agentCalls;
      return { seconds: busy, closed, ...script.drive?.(drives++) };
    },
  };
  const equipment: Equipment = {
    serve: async (binding, kind) => {
      log.push(`serve ${binding} ${kind}`);
      if (script.startsInMs !== undefined) await new Promise((resolve) => setTimeout(resolve, script.startsInMs));
      return script.serve === undefined ? server : script.serve();
    },
    generate: () => (script.generate === undefined ? fakeGenerator(generator, log) : script.generate()),
    usageOf: () => async () => ({ rssBytes: 100, cpuMs: 0, resolutionMs: 0, ...script.usage?.(machineMs()) }),
  };
  return { equipment, log };
}
