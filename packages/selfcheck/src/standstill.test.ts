import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { standStill } from "./standstill.ts";

describe.skipIf(!existsSync("/proc/self/stat"))("a process that is stopped", () => {
  let child: ChildProcess;
  let pid: number;

  beforeEach(async () => {
    child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
    await once(child, "spawn");
    pid = child.pid as number;
  });

  afterEach(() => child.kill("SIGKILL"));

  /** The kernel's letter for what a process does: T is stopped (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
  async function isStopped(): Promise<boolean> {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2) === "T";
  }

  it("goes on after its time", async () => {
    expect(await standStill(pid, 5, new AbortController().signal)).toBeGreaterThan(0);
    while (await isStopped()) await turn();
  });

  it("goes on when the program is interrupted", async () => {
    const stop = new AbortController();
    const standing = standStill(pid, 600_000, stop.signal);
    while (!(await isStopped())) await turn();
    stop.abort();
    await expect(standing).rejects.toThrow(/abort/);
    // A stopped process would not hear of it.
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([null, "SIGTERM"]);
  });

  it("is left alone by a program that was interrupted before", async () => {
    await expect(standStill(pid, 600_000, AbortSignal.abort())).rejects.toThrow(/abort/);
    expect(await isStopped()).toBe(false);
  });
});
