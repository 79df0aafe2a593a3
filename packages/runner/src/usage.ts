import { readdir, readFile } from "node:fs/promises";
import { asFailure, Failure } from "@apb/core/failure";
import pidusage from "pidusage";
import { CpuCounter } from "./cpu-counter.ts";
import { procReader, tellsNanoseconds } from "./proc-usage.ts";

/** What a process, or a process tree, uses at one moment. */
export interface Usage {
  readonly rssBytes: number;
  /** User and system time since the processes began. */
  readonly cpuMs: number;
}

/** A reading, and in which steps its CPU time is counted. */
export interface UsageReading extends Usage {
  /** 0 where the scheduler counts nanoseconds (Linux), 10 where there are only the system's ticks. */
  readonly resolutionMs: number;
}

/** Reads the same process, or tree, once more. Throws `environment` when it has ended or cannot be read. */
export type ReadUsage = () => Promise<UsageReading>;

/** Which processes a reader reads, and where from. */
export interface ReaderOptions {
  /** With all descendants, for a server that may have workers. */
  readonly tree?: boolean;
  /** Where the kernel tells about processes. */
  readonly proc?: string;
}

/** The reader of a process. It remembers what ended, so that from one reading to the next its CPU time never falls. */
export function usageReader(pid: number, { tree = false, proc = "/proc" }: ReaderOptions = {}): ReadUsage {
  const exact = tellsNanoseconds(proc);
  const resolutionMs = exact ? 0 : 10;
  const read = exact ? procReader(pid, tree, proc) : tickReader(pid, tree);
  return async () => {
    try {
      const usage = await read();
      if (usage !== null) return { ...usage, resolutionMs };
    } catch (cause) {
      throw new Failure("environment", `process ${pid} cannot be read: ${asFailure(cause).sentence}`, { cause });
    }
    throw new Failure("environment", `process ${pid} cannot be read: it has ended or is hidden from us; check --pid`);
  };
}

/** What pidusage tells on every system, in ticks; on some it starts a program for it, which costs milliseconds. */
function tickReader(pid: number, tree: boolean): () => Promise<Usage | null> {
  const counter = new CpuCounter();
  return async () => {
    // A process may end between being listed and being read; pidusage leaves a hole for it, and throws when all have.
    const found = await pidusage(tree ? await processTree(pid) : [pid]);
    const stats = Object.entries(found).filter(([, stat]) => Boolean(stat));
    if (!stats.some(([id]) => Number(id) === pid)) return null;
    return {
      rssBytes: stats.reduce((sum, [, { memory }]) => sum + memory, 0),
      cpuMs: counter.total(new Map(stats.map(([id, { ctime }]) => [id, Math.round(ctime * 1e6)]))) / 1e6,
    };
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
