import { readdir, readFile } from "node:fs/promises";
import { readProcess } from "@apb/runner/usage";

/** CPU time of a process and its threads so far, in milliseconds: to the nanosecond where the scheduler tells (Linux), else to the system's tick. */
export async function cpuTimeMs(pid: number): Promise<number> {
  try {
    const tasks = `/proc/${pid}/task`;
    const threads = await readdir(tasks);
    const stats = await Promise.all(threads.map((thread) => readFile(`${tasks}/${thread}/schedstat`, "utf8")));
    // The first number is the time on a CPU (https://docs.kernel.org/scheduler/sched-stats.html).
    return stats.reduce((sum, stat) => sum + Number.parseInt(stat, 10), 0) / 1e6;
  } catch {
    return (await readProcess(pid)).cpuMs;
  }
}
