import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { readEveryMs, ServerProcesses } from "./server-processes.ts";
import type { ReadUsage } from "./usage.ts";

/** Processes by id: how much each has, in MiB and in milliseconds; those that are not there cannot be read. */
type There = Record<number, number>;

function usageIn(there: There): (pid: number) => ReadUsage {
  return (pid) => async () => {
    const used = there[pid];
    if (used === undefined) throw new Failure("environment", `process ${pid} cannot be read`);
    return { rssBytes: used, cpuMs: used, resolutionMs: pid === 3 ? 10 : 0 };
  };
}

describe("the processes of a server", () => {
  it("are nothing before its sessions, then all of them, and those that ended have spent what they had", async () => {
    const there: There = { 1: 10, 2: 20, 3: 30 };
    const processes = new ServerProcesses({ pid: "sessions" }, usageIn(there));
    expect(await processes.read()).toEqual({ rssBytes: 0, cpuMs: 0, resolutionMs: 0 });
    processes.add([1, 2]);
    processes.add([3]);
    expect(await processes.read()).toEqual({ rssBytes: 60, cpuMs: 60, resolutionMs: 10 });
    delete there[2];
    expect(await processes.read()).toEqual({ rssBytes: 40, cpuMs: 60, resolutionMs: 10 });
  });

  it("are the one it is, whose end is told", async () => {
    const there: There = { 1: 10 };
    const processes = new ServerProcesses({ pid: 1 }, usageIn(there));
    expect(await processes.read()).toEqual({ rssBytes: 10, cpuMs: 10, resolutionMs: 0 });
    delete there[1];
    await expect(processes.read()).rejects.toThrow("process 1 cannot be read");
  });

  it.each<[number | "sessions", number, number]>([
    ["sessions", 1, 100],
    ["sessions", 20, 100],
    ["sessions", 100, 500],
    [42, 1000, 100],
  ])("are read (%s, %i sessions) every %i ms", (pid, sessions, everyMs) => {
    expect(readEveryMs({ pid }, sessions)).toBe(everyMs);
  });
});
