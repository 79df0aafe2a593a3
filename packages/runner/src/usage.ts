import { readdir, readFile } from "node:fs/promises";
import pidusage from "pidusage";

/** What a process tree uses at one moment. */
export interface Usage {
  readonly rssBytes: number;
  /** User and system time since the processes began. */
  readonly cpuMs: number;
}

/** Reads a process and its descendants. Throws when the process is gone. */
export async function readUsage(pid: number): Promise<Usage> {
  const tree = await processTree(pid);
  const stats = Object.values(await pidusage(tree));
  return {
    rssBytes: stats.reduce((sum, stat) => sum + stat.memory, 0),
    cpuMs: stats.reduce((sum, stat) => sum + stat.ctime, 0),
  };
}

/** A process and its descendants; where /proc does not list children, the process alone. */
async function processTree(pid: number): Promise<number[]> {
  const tree = [pid];
  for (const parent of tree) {
    const threads = await readdir(`/proc/${parent}/task`).catch(() => []);
    for (const thread of threads) {
      const children = await readFile(`/proc/${parent}/task/${thread}/children`, "utf8").catch(() => "");
      tree.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  return tree;
}

/** Resident memory read over and over until stopped. */
export interface MemoryWatch extends AsyncDisposable {
  /** Peak and mean of the readings, the first and a last one included. */
  stop(): Promise<{ readonly peakBytes: number; readonly meanBytes: number }>;
}

const everyMs = 100;

/** Watches a process tree's resident memory. A process that ends keeps its last reading. */
export function watchMemory(read: () => Promise<Usage>): MemoryWatch {
  const readings: number[] = [];
  const look = async (): Promise<void> => {
    const usage = await read().catch(() => null);
    if (usage !== null) readings.push(usage.rssBytes);
  };
  let pending = look();
  const timer = setInterval(() => {
    pending = look();
  }, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await pending;
    },
    async stop() {
      await this[Symbol.asyncDispose]();
      await look();
      const sum = readings.reduce((total, bytes) => total + bytes, 0);
      return { peakBytes: Math.max(0, ...readings), meanBytes: readings.length === 0 ? 0 : sum / readings.length };
    },
  };
}
