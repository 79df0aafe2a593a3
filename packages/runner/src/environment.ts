import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import os from "node:os";
import { promisify } from "node:util";
import type { Environment } from "@apb/core/run";

/** What this machine is, as far as it tells: read once, before anything is measured. `clone` is the folder whose commit is told; null for none. */
export async function readEnvironment(clone: string | null, libraries: Environment["libraries"]): Promise<Environment> {
  const cpus = os.cpus();
  return {
    cpuModel: cpus[0]?.model.trim() ?? "unknown",
    cpuCount: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    platform: `${os.platform()} ${os.arch()}`,
    kernel: os.release(),
    governor: await read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    ...(await controlGroup()),
    openFilesLimit: await openFilesLimit(),
    node: process.versions.node,
    v8: process.versions.v8,
    openssl: process.versions.openssl,
    loadAverage: os.loadavg()[0] ?? 0,
    gitCommit: clone === null ? null : await gitCommit(clone),
    libraries,
  };
}

/** Files one process may open; null where the system does not say. */
export async function openFilesLimit(): Promise<number | null> {
  const limits = await read("/proc/self/limits");
  const soft = limits?.match(/^Max open files\s+(\d+)/m)?.[1];
  return soft === undefined ? null : Number(soft);
}

/** cgroup v2's limits of this process; null where there is none. */
async function controlGroup(): Promise<Pick<Environment, "cpuLimit" | "memoryLimitBytes">> {
  const [quota, period] = (await read("/sys/fs/cgroup/cpu.max"))?.split(" ").map(Number) ?? [];
  const memory = Number(await read("/sys/fs/cgroup/memory.max"));
  return {
    cpuLimit: quota !== undefined && period !== undefined && Number.isFinite(quota) ? quota / period : null,
    memoryLimitBytes: Number.isFinite(memory) && memory > 0 ? memory : null,
  };
}

async function gitCommit(folder: string): Promise<string | null> {
  const run = promisify(execFile);
  return run("git", ["describe", "--always", "--dirty", "--abbrev=12"], { cwd: folder }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

async function read(file: string): Promise<string | null> {
  return readFile(file, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}
