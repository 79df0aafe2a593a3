import { describe, expect, it } from "vitest";
import { type Held, holdingOf, openedResult } from "./kept-memory.ts";

const mib = 1024 * 1024;
const pid = "no pid";

/** From nothing to so much. */
function rising(heapMib: number | null, rssMib: number | null): Held {
  const at = (share: number) => ({
    heapBytes: heapMib === null ? null : 50 * mib + share * heapMib * mib,
    rssBytes: rssMib === null ? null : 90 * mib + share * rssMib * mib,
  });
  return { before: at(0), after: at(1) };
}

describe("what a server keeps of sessions", () => {
  it("is what its memory rose by, for each that is left open", () => {
    expect(openedResult(1024, rising(2, 64), pid)).toEqual({
      opened: {
        ...{ left: 1024, rssRoseBytes: 64 * mib, heapRoseBytes: 2 * mib },
        ...{ rssBytesPerSession: 64 * 1024, heapBytesPerSession: 2048 },
      },
      missing: {},
    });
  });

  it.each<[what: string, left: number, held: Held, heap: string | undefined, rss: string | undefined]>([
    ["all were closed", 0, rising(2, 32), "all sessions were closed", "all sessions were closed"],
    ["few were left", 99, rising(20, 320), "fewer than 100 were left open", "fewer than 100 were left open"],
    ["little was kept", 100, rising(0.9, 63), "less than a server's heap changes by itself (1 MiB)", "(64 MiB); use"],
    ["it fell", 100, rising(-1, -9), "less than a server's heap", "less than a server's memory"],
    ["just enough was kept", 100, rising(1, 64), undefined, undefined],
    ["it cannot be asked", 400, rising(null, 64), "only a bundled server", undefined],
    ["nobody watches it", 400, rising(2, null), undefined, "memory kept: no pid"],
    ["it did not answer", 400, { before: null, after: null }, "did not answer in time", "did not answer in time"],
  ])("has a reason where %s", (_what, left, held, heap, rss) => {
    const { opened, missing } = openedResult(left, held, pid);
    for (const [key, reason] of [
      ["heapBytesPerSession", heap],
      ["rssBytesPerSession", rss],
    ] as const) {
      expect(opened[key] === null, key).toBe(reason !== undefined);
      if (reason === undefined) expect(missing).not.toHaveProperty([`opened.${key}`]);
      else expect(missing[`opened.${key}`]).toContain(reason);
    }
    for (const key of ["heapRoseBytes", "rssRoseBytes"] as const)
      expect(opened[key] === null, key).toBe(missing[`opened.${key}`] !== undefined);
  });

  it("is read once the garbage is collected", async () => {
    const log: string[] = [];
    const usage = {
      sample: async () => {
        log.push("read");
        return { atMs: 0, rssBytes: 9, cpuMs: 0 };
      },
    };
    const collect = async (): Promise<number> => {
      log.push("collect");
      return 5;
    };
    expect(await holdingOf({ collect }, usage)).toEqual({ heapBytes: 5, rssBytes: 9 });
    expect(log).toEqual(["collect", "read"]);
    expect(await holdingOf({}, null)).toEqual({ heapBytes: null, rssBytes: null });
    expect(await holdingOf({ collect: () => Promise.reject(new Error("gone")) }, usage)).toBeNull();
  });
});
