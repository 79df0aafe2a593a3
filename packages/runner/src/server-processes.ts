import { asFailure } from "@apb/core/failure";
import type { Server } from "./server.ts";
import type { ReadUsage, UsageReading } from "./usage.ts";

/** One process is read ten times a second; so many together as often as that costs no more than a tenth of a core. */
const everyMs = 100;
const eachMs = 5;

/** The processes that a server is of, read together: one, or one for each session, which are known once these are open. */
export class ServerProcesses {
  private readonly usageOf: (pid: number) => ReadUsage;
  private readonly processes: ReadUsage[] = [];

  constructor({ pid }: Pick<Server, "pid">, usageOf: (pid: number) => ReadUsage) {
    this.usageOf = usageOf;
    if (typeof pid === "number") this.processes.push(usageOf(pid));
  }

  /** Sessions are open: these processes serve them. */
  add(pids: readonly number[]): void {
    for (const pid of pids) this.processes.push(keeping(this.usageOf(pid)));
  }

  /** The sum over all; nothing as long as none is there. Throws what the reading of a server's only process throws. */
  readonly read: ReadUsage = async () => {
    let sum = none;
    for (const read of this.processes) sum = added(sum, await read());
    return sum;
  };
}

/** How often a server is read that serves so many sessions, each by a process of its own. */
export function readEveryMs({ pid }: Pick<Server, "pid">, sessions: number): number {
  return pid === "sessions" ? Math.max(everyMs, eachMs * sessions) : everyMs;
}

const none: UsageReading = { rssBytes: 0, cpuMs: 0, resolutionMs: 0 };

function added(a: UsageReading, b: UsageReading): UsageReading {
  return {
    rssBytes: a.rssBytes + b.rssBytes,
    cpuMs: a.cpuMs + b.cpuMs,
    resolutionMs: Math.max(a.resolutionMs, b.resolutionMs),
  };
}

/** Of a process that has ended, its CPU time as it was last read, and no memory: one session less is no server less. */
function keeping(read: ReadUsage): ReadUsage {
  let last = none;
  return async () => {
    try {
      last = await read();
    } catch (error) {
      if (asFailure(error).kind !== "environment") throw error;
      last = { ...last, rssBytes: 0 };
    }
    return last;
  };
}
