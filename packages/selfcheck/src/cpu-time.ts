import { usageReader } from "@apb/runner/usage";

/** CPU time of a process and its threads so far, in milliseconds: to the nanosecond where the scheduler tells (Linux), else to the system's tick. */
export async function cpuTimeMs(pid: number): Promise<number> {
  return (await usageReader(pid)()).cpuMs;
}
