import type { Load } from "@apb/core/load";
import { vuRamp } from "@apb/core/testing/loads";
import { describe, expect, it } from "vitest";
import { driven, noted, nothing, taking } from "./testing/simulated-drive.ts";

type Ramp = Extract<Load, { executor: "ramping-vus" }>;

function ramp(startVUs: number, ...stages: readonly (readonly [number, number])[]): Ramp {
  return { ...(vuRamp(startVUs, ...stages) as Ramp), sessions: 100 };
}

describe("thinking", () => {
  const starts = async (load: Load, think: NonNullable<Parameters<typeof driven>[0]["workloads"][0]["think"]>) => {
    const { run, lives } = noted(taking(10));
    const { totals } = await driven({ workloads: [{ load, run, think }] });
    return { starts: lives().map((own) => own.map(([from]) => from)), totals };
  };
  const one = { ...ramp(1, [0.1, 1]), sessions: 1 };

  it("waits as long as it is told to", async () => {
    const { starts: own, totals } = await starts(one, { constantMs: 25 });
    expect(own).toEqual([[0, 35, 70]]);
    // The last one thinks from 80 ms on until the load ends.
    expect(totals.counts()).toMatchObject({ thinkNs: 70e6, vuNs: 100e6, edgeNs: 0 });
  });

  it("waits between one time and another, as the seed has it", async () => {
    const think = { uniform: { fromMs: 10, toMs: 20 } };
    const { starts: own, totals } = await starts({ ...ramp(2, [10, 2]), sessions: 2 }, think);
    const waits = own.flatMap((times) => times.slice(1).map((from, n) => from - (times[n] ?? 0) - 10));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...waits)).toBeLessThan(20);
    expect(new Set(waits.map((wait) => Math.round(wait * 1000))).size).toBeGreaterThan(waits.length / 2);
    expect((await starts({ ...ramp(2, [10, 2]), sessions: 2 }, think)).starts).toEqual(own);
    const mean = totals.counts().thinkNs / 1e6 / waits.length;
    expect(mean).toBeGreaterThan(14);
    expect(mean).toBeLessThan(16);
  });

  it.each([
    ["pacing", { pacingMs: 40 }, [0, 40, 80]],
    ["throughput", { perSecond: 25 }, [0, 40, 80]],
    ["a pace it cannot keep", { pacingMs: 5 }, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]],
  ] as const)("begins at an even pace: %s", async (_name, think, expected) => {
    expect((await starts(one, think)).starts).toEqual([expected]);
  });

  it("never ends early, even if a timer does", async () => {
    const { run, lives } = noted(taking(10));
    const load = { ...ramp(1, [0.1, 1]), sessions: 1 };
    await driven({ earlyMs: 0.75, workloads: [{ load, run, think: { constantMs: 25 } }] });
    expect(lives().map((own) => own.map(([from]) => from))).toEqual([[0, 35, 70]]);
  });

  it("leaves no timer behind when its VU ends, and is not ended by one from before", async () => {
    const sleeps: AbortSignal[] = [];
    const { run, lives } = noted(taking(10));
    // The second VU goes at 1 s and comes back at 1.2 s; what it thought before would have ended at 2.51 s.
    const load = ramp(2, [1, 2], [0, 1], [0.2, 1], [0, 2], [2.8, 2]);
    const { endedAt } = await driven({
      workloads: [{ load, run, think: { constantMs: 2500 } }],
      slept: (ms, signal) => {
        if (ms === 2500 && signal !== undefined) sleeps.push(signal);
      },
    });
    expect(lives().map((own) => own.map(([from]) => from))).toEqual([
      [0, 2510],
      [0, 1200, 3710],
    ]);
    expect(endedAt).toBe(4000);
    // Of each VU's pauses those that ended with it were cancelled.
    expect(sleeps.map(({ aborted }) => aborted)).toEqual([false, true, false, true, true]);
  });

  it("ends with its VU", async () => {
    const { totals, endedAt } = await driven({
      workloads: [{ load: { ...ramp(2, [1, 2]), sessions: 2 }, run: taking(10), think: { constantMs: 60_000 } }],
    });
    expect(endedAt).toBe(1000);
    expect(totals.counts()).toMatchObject({ begun: 2, completed: 2, vuNs: 2e9, thinkNs: 2 * 990e6, edgeNs: 0, vus: 2 });
  });

  it("is no place for a defect of ours to be lost in", async () => {
    const emit = (): void => {
      throw new Error("cannot tell");
    };
    const load = { ...ramp(1, [5, 1]), sessions: 1 };
    await expect(driven({ workloads: [{ load, run: nothing, think: { constantMs: 990 } }], emit })).rejects.toThrow(
      "cannot tell",
    );
  });
});
