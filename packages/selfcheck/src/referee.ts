import { setTimeout as wait } from "node:timers/promises";
import { usageReader } from "@apb/runner/usage";
import { machineMs } from "@apb/runner/usage-series";

/** What was seen from outside in the middle of a run, whatever the tool says of itself. */
export interface Sighting {
  /** Requests answered by the server's own count. */
  readonly countedPerSecond: number;
  /** Of the client's process; null when its process is not known. */
  readonly cpuMsPerRequest: number | null;
}

/** Where in a run's time it is looked at: after a Node program has started and warmed up, and before anything ends. */
const looks = [0.4, 0.9] as const;

interface Look {
  readonly atMs: number;
  readonly calls: number;
  readonly cpuMs: number | null;
}

/** Watches a run that begins at `fromMs` of the machine's clock and lasts so long. Null when the server was not asked anything, or the client has gone. */
export async function watch(
  calls: () => Promise<number>,
  pid: number | null,
  fromMs: number,
  runMs: number,
  signal: AbortSignal,
): Promise<Sighting | null> {
  const read = pid === null ? null : usageReader(pid);
  const cpuMsNow = async (): Promise<number | null> => (await read?.().catch(() => null))?.cpuMs ?? null;
  const taken: Look[] = [];
  for (const share of looks) {
    await wait(Math.max(0, fromMs + share * runMs - machineMs()), undefined, { signal });
    const [seen, cpuMs] = await Promise.all([calls(), cpuMsNow()]);
    taken.push({ atMs: machineMs(), calls: seen, cpuMs });
  }
  return between(taken[0] as Look, taken[1] as Look);
}

/** Two looks as rates. Pure. */
export function between(first: Look, second: Look): Sighting | null {
  const requests = second.calls - first.calls;
  if (requests <= 0) return null;
  return {
    countedPerSecond: (1000 * requests) / (second.atMs - first.atMs),
    cpuMsPerRequest: first.cpuMs === null || second.cpuMs === null ? null : (second.cpuMs - first.cpuMs) / requests,
  };
}
