import { endOf, type Load, partOf } from "@apb/core/load";
import { splittable } from "@apb/core/split";
import { closedLoads, vuRamp } from "@apb/core/testing/loads";
import { vusAt } from "@apb/core/vus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driven, drivenByAll, noted, nothing, type Run, taking, together } from "./testing/simulated-drive.ts";

type Ramp = Extract<Load, { executor: "ramping-vus" }>;

function ramp(startVUs: number, ...stages: readonly (readonly [number, number])[]): Ramp {
  return { ...(vuRamp(startVUs, ...stages) as Ramp), sessions: 100 };
}

function counted(executor: "shared-iterations" | "per-vu-iterations", vus: number, iterations: number): Load {
  return { executor, vus, iterations, maxDurationMs: 60_000, startTimeMs: 0, gracefulStopMs: 30_000, sessions: vus };
}

/** When each VU, in the order they began, began its first iteration and ended its last. */
function spans(lives: readonly (readonly [number, number][])[]): readonly (readonly [number, number])[] {
  return lives.map((own) => [own[0]?.[0] ?? -1, own.at(-1)?.[1] ?? -1]);
}

describe("a ramp of VUs", () => {
  it("has the VUs of the schedule at each second, as a whole and shared", async () => {
    await fc.assert(
      fc.asyncProperty(
        closedLoads.filter((load) => load.executor === "ramping-vus" || load.executor === "constant-vus"),
        fc.integer({ min: 1, max: 4 }),
        async (load, most) => {
          const of = Math.min(most, splittable(load, 1));
          // VUs that do nothing but think are gone at once when they are to go.
          const all = await drivenByAll({ workloads: [{ load, run: nothing, think: { constantMs: 1e9 } }] }, of);
          for (const snapshot of together(all)) {
            // What begins or ends with the second is of the next one.
            const before = Math.min(snapshot.toMs, endOf(load)) - load.startTimeMs - 1e-6;
            // One that is due within a microsecond of it may be of either.
            const due = [-1e-3, 0, 1e-3].map((aside) => vusAt(load, { index: 0, of: 1 })(before + aside));
            expect(due).toContain(snapshot.workloads.w0?.vus);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("adds one after the other, and takes away the last that came first", async () => {
    const { run, lives } = noted(taking(100));
    await driven({ workloads: [{ load: ramp(0, [4, 4], [4, 0]), run }] });
    // They begin at 1, 2, 3 and 4 s; one at a time goes at 5, 6, 7 and 8 s.
    expect(spans(lives())).toEqual([
      [1000, 8000],
      [2000, 7000],
      [3000, 6000],
      [4000, 5000],
    ]);
  });

  it("jumps where a stage takes no time", async () => {
    const { run, lives } = noted(taking(100));
    const { seconds } = await driven({ workloads: [{ load: ramp(2, [0, 3], [2, 3], [0, 1], [1, 1]), run }] });
    expect(spans(lives())).toEqual([
      [0, 3000],
      [0, 2000],
      [0, 2000],
    ]);
    expect(seconds.map(({ workloads }) => workloads.w0?.vus)).toEqual([3, 3, 1]);
  });

  it("keeps up with a thousand changes a second, however late it is woken", async () => {
    const load = { ...ramp(0, [1, 1000], [1, 0]), sessions: 1000 };
    const think = { constantMs: 1e9 };
    const { seconds } = await driven({ lateMs: 5, workloads: [{ load, run: nothing, think }] });
    const [top, end] = seconds.map(({ workloads }) => workloads.w0?.vus ?? 0);
    expect(Math.abs((top ?? 0) - 999)).toBeLessThanOrEqual(5);
    expect(Math.abs((end ?? 0) - 1)).toBeLessThanOrEqual(5);
  });

  it("lets a VU that is to go end its iteration, for a while", async () => {
    const { run, lives } = noted(taking(3900));
    const load = { ...ramp(2, [4, 1], [8, 1]), gracefulRampDownMs: 2000 };
    const { totals, seconds } = await driven({ timeoutMs: 60_000, workloads: [{ load, run }] });
    // The second VU is to go at 4 s: it began its second iteration at 3.9 s and is cut off at 6 s.
    expect(lives()[1]).toEqual([
      [0, 3900],
      [3900, 6000],
    ]);
    expect(totals.counts()).toMatchObject({ begun: 6, completed: 4, interrupted: 1 });
    expect(totals.step("total")?.failures).toEqual({});
    expect(seconds.map(({ workloads }) => workloads.w0?.vus)).toEqual([2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1]);
  });

  it("lets a VU that is to go stay when it is wanted again", async () => {
    const { run, lives } = noted(taking(1500));
    const load = ramp(2, [2, 1], [1, 1], [0, 2], [2, 2]);
    const { totals } = await driven({ timeoutMs: 60_000, workloads: [{ load, run }] });
    // To go at 2 s and wanted again at 3 s, when its iteration has just ended.
    expect(lives()[1]?.map(([from]) => from)).toEqual([0, 1500, 3000, 4500]);
    expect(totals.counts().interrupted).toBe(0);
  });

  it("does not cut off what is wanted again before its time is over", async () => {
    const { run, lives } = noted(taking(4500));
    const load = { ...ramp(2, [1, 1], [1, 1], [0, 2], [3, 2]), gracefulRampDownMs: 2000 };
    const { totals } = await driven({ timeoutMs: 60_000, workloads: [{ load, run }] });
    // To go at 1 s, and by 3 s at the latest; wanted again at 2 s.
    expect(lives()[1]?.map(([from]) => from)).toEqual([0, 4500]);
    expect(totals.counts().interrupted).toBe(0);
  });

  it.each([
    ["sooner what the end of the load leaves no time for", 10_000, 500, [2500, 2500]],
    ["no later what was to go before the end of the load", 1500, 10_000, [12_000, 2500]],
  ])("cuts off %s", async (_name, gracefulRampDownMs, gracefulStopMs, ends) => {
    const { run, lives } = noted(taking(20_000));
    const load = { ...ramp(2, [1, 1], [1, 1]), gracefulRampDownMs, gracefulStopMs };
    const { totals } = await driven({ timeoutMs: 60_000, workloads: [{ load, run }] });
    expect(spans(lives()).map(([, end]) => end)).toEqual(ends);
    expect(totals.counts()).toMatchObject({ begun: 2, interrupted: 2, vuNs: 4e9, edgeNs: 4e9 });
  });

  it("is warmed up by one where it begins with none", async () => {
    const { run, lives } = noted(taking(100));
    const { totals, drove } = await driven({ warmUpMs: 1050, workloads: [{ load: ramp(0, [2, 2]), run }] });
    // One until the window opens at 1050 ms, where its iteration under way ends; the ramp's first begins a second later.
    expect(lives().map((own) => own[0]?.[0])).toEqual([0]);
    expect(
      lives()[0]
        ?.filter(([from]) => from >= 1050)
        .map(([from]) => from),
    ).toEqual(Array.from({ length: 10 }, (_, n) => 2050 + 100 * n));
    expect(drove.iterations).toBe(21);
    expect(totals.counts()).toMatchObject({ begun: 10, completed: 10, vuNs: 1050e6, edgeNs: 50e6 });
  });
});

describe("a number of iterations", () => {
  it("is shared exactly, each with a number of its own, over all generators", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ vus: fc.integer({ min: 1, max: 12 }), more: fc.integer({ min: 0, max: 60 }) }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(0, 35),
        async ({ vus, more }, most, warmUpMs) => {
          const load = counted("shared-iterations", vus, vus + more);
          const numbers: number[] = [];
          const run: Run = (iteration) => {
            numbers.push(iteration.vu.iteration);
            return taking(10)(iteration);
          };
          const all = await drivenByAll({ warmUpMs, workloads: [{ load, run }] }, Math.min(most, splittable(load, 1)));
          const begun = all.reduce((sum, { totals }) => sum + totals.counts().begun, 0);
          expect(begun).toBe(vus + more);
          expect(all.reduce((sum, { totals }) => sum + (totals.step("total")?.response.count ?? 0), 0)).toBe(begun);
          expect(new Set(numbers).size).toBe(numbers.length);
          if (warmUpMs === 0) expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, n) => n));
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(["shared-iterations", "per-vu-iterations"] as const)(
    "counts what begins in the window, and nothing of the warm-up that ends in it: %s",
    async (executor) => {
      const load = counted(executor, 3, executor === "shared-iterations" ? 60 : 20);
      const { seconds, totals } = await driven({ warmUpMs: 25, workloads: [{ load, run: taking(10) }] });
      expect(totals.counts()).toMatchObject({ begun: 60, completed: 60 });
      expect(seconds.flatMap(({ progress }) => progress).reduce((sum, count) => sum + count, 0)).toBe(60);
      // The three under way when it opens have 5 ms in it; that each VU was busy is known all the same.
      expect(totals.counts()).toMatchObject({ vuNs: 3 * 205e6, edgeNs: 3 * 5e6 });
    },
  );

  it("ends the window when it is done", async () => {
    const { totals, seconds, drove } = await driven({
      workloads: [{ load: counted("shared-iterations", 2, 7), run: taking(10) }],
    });
    expect(totals.counts()).toMatchObject({ begun: 7, completed: 7, vuNs: 70e6 });
    expect(seconds.map(({ toMs }) => toMs)).toEqual([40]);
    expect(drove.windowMs).toBe(40);
    expect(totals.windowMs).toBe(40);
  });

  it("leaves it open while others go on", async () => {
    const { totals } = await driven({
      workloads: [
        { load: counted("shared-iterations", 2, 7), run: taking(10) },
        { load: { ...ramp(1, [1, 1]) }, run: taking(10) },
      ],
    });
    expect(totals.windowMs).toBe(1000);
    expect(totals.counts("w0")).toMatchObject({ completed: 7, vuNs: 70e6, vus: 0 });
  });

  it("of each VU is the same however fast they are", async () => {
    const { run, lives } = noted((iteration) => taking(iteration.vu.iteration % 3 === 0 ? 40 : 10)(iteration));
    const { totals, drove } = await driven({
      warmUpMs: 25,
      workloads: [{ load: counted("per-vu-iterations", 3, 5), run }],
    });
    expect(lives().map((own) => own.filter(([from]) => from >= 25).length)).toEqual([5, 5, 5]);
    expect(totals.counts()).toMatchObject({ begun: 15, interrupted: 0 });
    expect(drove.iterations).toBeGreaterThan(15);
  });

  it("of each VU is shared by whole VUs", async () => {
    const load = counted("per-vu-iterations", 5, 4);
    const all = await drivenByAll({ workloads: [{ load, run: taking(10) }] }, 3);
    expect(all.map(({ totals }) => totals.counts().begun)).toEqual([8, 8, 4]);
    expect(all.map((_, index) => 4 * partOf(5, { index, of: 3 }))).toEqual([8, 8, 4]);
  });

  it.each(["shared-iterations", "per-vu-iterations"] as const)(
    "ends with its time if that comes first: %s",
    async (executor) => {
      const load: Load = { ...counted(executor, 2, 1000), maxDurationMs: 85, gracefulStopMs: 2 } as Load;
      const { totals, endedAt } = await driven({ workloads: [{ load, run: taking(10) }] });
      expect(totals.windowMs).toBe(85);
      expect(totals.counts()).toMatchObject({ begun: 18, completed: 16, interrupted: 0 });
      // Looked at every 100 ms: they ended first.
      expect(endedAt).toBe(90);
    },
  );
});
