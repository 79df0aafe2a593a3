import { arrivalsOf, dueAt } from "@apb/core/arrivals";
import { durationOf, type OpenLoad, whole } from "@apb/core/load";
import { splittable } from "@apb/core/split";
import { openLoads, rateRamp } from "@apb/core/testing/loads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { added, driven, drivenByAll, nothing, type Run, taking, together } from "./testing/simulated-drive.ts";

const around = { startTimeMs: 0, gracefulStopMs: 30_000, sessions: 1, maxInFlight: 1000 };

function constantly(perSecond: number, durationMs: number, more: Partial<typeof around> = {}): OpenLoad {
  return { ...around, ...more, executor: "constant-arrival-rate", perSecond, durationMs };
}

function ramp(...stages: Parameters<typeof rateRamp>): OpenLoad {
  return { ...(rateRamp(...stages) as OpenLoad), maxInFlight: 1000 };
}

/** When iterations begin. */
function noted(run: Run): { readonly run: Run; readonly starts: number[]; readonly numbers: number[] } {
  const [starts, numbers]: [number[], number[]] = [[], []];
  return {
    ...{ starts, numbers },
    run: (iteration) => {
      starts.push(iteration.time.now());
      numbers.push(iteration.vu.iteration);
      return run(iteration);
    },
  };
}

/** The most there are in any window of this length; sorted in, and begun with each of them in turn. */
function mostWithin(windowMs: number, times: readonly number[]): number {
  let [most, end] = [0, 0];
  times.forEach((from, first) => {
    while (end < times.length && (times[end] as number) < from + windowMs) end++;
    most = Math.max(most, end - first);
  });
  return most;
}

describe("an open load", () => {
  it("keeps its schedule while there are free connections", async () => {
    const { run, starts } = noted(taking(15));
    const { totals, seconds } = await driven({ workloads: [{ load: constantly(100, 995, { sessions: 4 }), run }] });
    expect(starts).toEqual(Array.from({ length: 100 }, (_, n) => 10 * n));
    expect(totals.counts()).toMatchObject({ begun: 100, completed: 98, dropped: 0, vuNs: 0, edgeNs: 0 });
    expect(totals.step("total")?.result()).toMatchObject({ count: 100, responseMs: { min: 15, max: 15 } });
    expect(totals.step("wait")?.result()).toMatchObject({ count: 100, responseMs: { max: 0 } });
    // Two connections are busy where one reply takes longer than the next arrival.
    expect(seconds.map(({ workloads }) => workloads.w0?.vus)).toEqual([2]);
  });

  it("begins every arrival of any schedule when it is due, and none else, alone or shared", async () => {
    await fc.assert(
      fc.asyncProperty(
        openLoads.filter((load) => durationOf(load) < 30_000),
        fc.record({ warmUpMs: fc.constantFrom(0, 333.3), startAt: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
        fc.integer({ min: 1, max: 4 }),
        async (load, { warmUpMs, startAt }, most) => {
          const { run, starts, numbers } = noted(nothing);
          const of = Math.min(most, splittable(load, 1));
          const all = await drivenByAll({ startAt, warmUpMs, workloads: [{ load, run }] }, of);
          const totals = added(all.flatMap(({ snapshots }) => snapshots));
          const expected = arrivalsOf(load);
          expect(totals.counts()).toMatchObject({ begun: expected, dropped: 0, interrupted: 0 });
          expect(totals.step("total")?.response.count ?? 0).toBe(expected);
          expect(totals.late.count).toBe(expected);
          const origin = startAt + warmUpMs + load.startTimeMs;
          const due = Array.from({ length: expected }, (_, n) => origin + dueAt(load, whole)(n));
          const begun = [...starts].sort((a, b) => a - b).slice(starts.length - expected);
          expect(begun).toEqual(due);
          expect(new Set(numbers).size).toBe(numbers.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("counts each second what is due in it", async () => {
    const load = ramp(0, [10, 100]);
    const all = await drivenByAll({ workloads: [{ load, run: taking(1) }] }, 3);
    const begun = together(all).map(({ workloads }) => workloads.w0?.begun ?? 0);
    expect(added(all.flatMap(({ snapshots }) => snapshots)).counts().begun).toBe(500);
    // The area under the ramp in second n is 10 n + 5; the arrival of its very end is told behind it.
    for (const [second, count] of begun.entries()) expect(Math.abs(count - (10 * second + 5))).toBeLessThanOrEqual(1);
    expect(all.flatMap(({ snapshots }) => snapshots).filter(({ draining }) => draining).length).toBe(3);
  });

  it("measures the arrival that is due at the very end of a ramp, however the times are rounded", async () => {
    for (let startAt = 0.7; startAt < 3; startAt += 0.1) {
      const { run, starts } = noted(taking(0.05));
      const load = { ...ramp(1, [2, 1]), startTimeMs: 0.3 };
      const { totals, snapshots } = await driven({ startAt, warmUpMs: 0.1, workloads: [{ load, run }] });
      const openAt = startAt + 0.1;
      expect(starts).toEqual([startAt, openAt + 0.3 + 1000, openAt + 0.3 + 2000]);
      expect(totals.counts()).toMatchObject({ begun: 2, completed: 1 });
      expect(totals.step("total")?.response.count).toBe(2);
      // It was due in the last second, and ended behind it.
      expect(snapshots.at(-1)).toMatchObject({ draining: true, workloads: { w0: { begun: 0, completed: 1 } } });
    }
  });

  it("is warmed up at the pace it begins with, or once a second where that is none", async () => {
    const constant = noted(taking(1));
    await driven({ warmUpMs: 35, workloads: [{ load: constantly(100, 20), run: constant.run }] });
    expect(constant.starts).toEqual([0, 10, 20, 30, 35, 45]);
    const fromNone = noted(taking(1));
    const load = ramp(0, [1, 4]);
    const { totals } = await driven({ warmUpMs: 2500, workloads: [{ load, run: fromNone.run }] });
    expect(fromNone.starts).toEqual([0, 1000, 2000, 2500 + dueAt(load, whole)(0), 3500]);
    expect(totals.counts()).toMatchObject({ begun: 2, completed: 1 });
    expect(totals.late.count).toBe(2);
  });

  it("times a waiting arrival from its intended start: one connection, twice the load it can carry", async () => {
    const { totals } = await driven({ workloads: [{ load: constantly(100, 100), run: taking(20) }] });
    // Arrival n is due at 10n and begins at 20n: it waits 10n and takes 20.
    expect(totals.step("total")?.result()).toMatchObject({
      count: 10,
      serviceMs: { min: 20, max: 20 },
      responseMs: { min: 20, mean: 65, max: 110 },
    });
    expect(totals.step("wait")?.result()).toMatchObject({ count: 10, responseMs: { min: 0, mean: 45, max: 90 } });
    expect(totals.step("send")?.result()).toMatchObject({ responseMs: { max: 20 }, serviceMs: { max: 20 } });
    expect(totals.counts()).toMatchObject({ begun: 10, completed: 4, dropped: 0 });
  });

  it("measures nothing of an arrival of the warm-up, even if that waits until the window is open", async () => {
    const { totals, drove } = await driven({
      warmUpMs: 50,
      workloads: [{ load: constantly(100, 45), run: taking(20) }],
    });
    // Five of the warm-up; the last of them begin at 60 and 80.
    expect(drove.iterations).toBe(10);
    expect(totals.step("total")?.result()).toMatchObject({ count: 5, responseMs: { min: 70, max: 110 } });
    expect(totals.step("wait")?.response.count).toBe(5);
    expect(totals.late.count).toBe(5);
  });

  it("drops and counts what is beyond maxInFlight, each share its part of it", async () => {
    const setting = {
      timeoutMs: 10_000,
      workloads: [{ load: constantly(100, 100, { maxInFlight: 3 }), run: taking(1000) }],
    };
    const { totals } = await driven(setting);
    expect(totals.counts()).toMatchObject({ begun: 10, dropped: 7 });
    expect(totals.step("total")?.response.count).toBe(3);
    const load = constantly(100, 100, { maxInFlight: 5, sessions: 2 });
    const all = await drivenByAll({ ...setting, workloads: [{ load, run: taking(1000) }] }, 2);
    expect(all.map((one) => one.totals.counts().dropped)).toEqual([2, 3]);
  });

  it("fails what has waited for the time-out when its turn comes", async () => {
    const { run, starts } = noted(taking(60));
    const { totals, endedAt } = await driven({ timeoutMs: 200, workloads: [{ load: constantly(100, 100), run }] });
    // Arrival n is due at 10n. At 240 the fifth has waited for 200, the sixth for 190; at 300 those behind for 210 and more.
    expect(starts).toEqual([0, 60, 120, 180, 240]);
    expect(totals.step("total")?.result()).toMatchObject({ count: 5, failures: { timeout: 5 } });
    expect(totals.step("total")?.failed.latency()).toMatchObject({ min: 200, max: 240 });
    expect(totals.step("wait")?.result()).toMatchObject({ count: 5, responseMs: { max: 190 } });
    expect(totals.counts()).toMatchObject({ begun: 10, interrupted: 0 });
    expect(endedAt).toBe(300);
  });

  it("does so while it goes on, and sends what it can of the rest", async () => {
    // Twice of what one connection can carry: what is sent has waited for less than the time-out, and the rest fails.
    const { totals } = await driven({
      ...{ timeoutMs: 200, workloads: [{ load: constantly(100, 3000), run: taking(20) }] },
    });
    const { count, failures, responseMs, serviceMs } = totals.step("total")?.result() ?? {};
    expect([count, failures?.timeout]).toEqual([160, 140]);
    expect(responseMs?.max).toBeLessThan(220);
    expect(serviceMs?.max).toBe(20);
  });

  it("counts in each second what was due in it, also when the machine stands still across its end", async () => {
    const load = { ...ramp(0, [10, 1000]), sessions: 10 };
    for (const stall of [
      { atMs: 3900, forMs: 200 },
      { atMs: 2995, forMs: 10 },
      { atMs: 3300, forMs: 2900 },
    ]) {
      const { seconds } = await driven({ stall, timeoutMs: 10_000, workloads: [{ load, run: taking(1) }] });
      expect(seconds.map(({ second }) => second)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      // The area under the ramp in second n is 100 n + 50.
      for (const { second, workloads } of seconds) {
        const area = 100 * second + 50;
        expect(Math.abs((workloads.w0?.begun ?? 0) - area)).toBeLessThanOrEqual(1 + area / 100);
      }
    }
  });

  it("counts what it drops in the second in which that was due", async () => {
    const load = constantly(100, 2995, { maxInFlight: 1 });
    const setting = { timeoutMs: 60_000, workloads: [{ load, run: taking(10_000) }] };
    const { seconds } = await driven({ ...setting, stall: { atMs: 900, forMs: 200 } });
    expect(seconds.map(({ workloads }) => workloads.w0?.begun)).toEqual([100, 100, 100]);
    expect(seconds.map(({ workloads }) => workloads.w0?.dropped)).toEqual([99, 100, 100]);
  });

  it("cuts off what its graceful stop leaves no time for, sent or not", async () => {
    const { totals, endedAt, drove } = await driven({
      timeoutMs: 10_000,
      workloads: [{ load: constantly(100, 100, { gracefulStopMs: 150 }), run: taking(140) }],
    });
    // The first begins at 0, the second at 140: its time is over at 250, but it ends before it is looked at, at 300.
    expect(totals.step("total")?.result()).toMatchObject({ count: 2, failures: {} });
    expect(totals.counts()).toMatchObject({ begun: 10, interrupted: 8 });
    expect(drove.failed).toBe(8);
    expect(endedAt).toBe(280);
  });

  it("fails everything where there is no connection at all", async () => {
    const { totals } = await driven({
      sessions: 0,
      workloads: [{ load: constantly(100, 100, { maxInFlight: 7 }), run: nothing }],
    });
    // Without any it still has a place to run, but nobody who does.
    expect(totals.counts()).toMatchObject({ begun: 10, dropped: 3, completed: 0, interrupted: 0 });
    expect(totals.step("total")?.failures).toEqual({ timeout: 7 });
  });

  it("shows a stall of the server in the response time and not in the service time", async () => {
    // 10/s for 30 s; the server is stopped from second 10 to second 20.
    const stalling: Run = (iteration) => {
      const now = iteration.time.now();
      return taking((now >= 10_000 && now < 20_000 ? 20_000 - now : 0) + 1)(iteration);
    };
    const { totals } = await driven({
      timeoutMs: 60_000,
      workloads: [{ load: constantly(10, 30_000), run: stalling }],
    });
    const { responseMs, serviceMs } = totals.step("total")?.result() ?? {};
    // A third of the arrivals wait 5 s on average.
    expect(responseMs?.mean).toBeGreaterThan(1600);
    expect(responseMs?.mean).toBeLessThan(1720);
    expect(responseMs?.p99).toBeGreaterThan(9500);
    expect(serviceMs?.p99).toBeLessThan(2);
  });

  it("keeps how late arrivals were noticed, the first one too", async () => {
    const { totals, seconds } = await driven({
      lateMs: 0.25,
      workloads: [{ load: constantly(100, 1995), run: taking(1) }],
    });
    expect(totals.late.latency()).toMatchObject({ min: 0.25, max: 0.25 });
    expect(seconds.map(({ late }) => late.count)).toEqual([100, 100]);
    expect(totals.step("wait")?.response.latency()).toMatchObject({ min: 0.25, max: 0.25 });
    expect(totals.step("total")?.result()).toMatchObject({ responseMs: { max: 1.25 }, serviceMs: { max: 1 } });
  });

  it("works at rates below one a second", async () => {
    const { totals } = await driven({ workloads: [{ load: constantly(0.5, 10_000), run: taking(1) }] });
    expect(totals.step("total")?.response.count).toBe(5);
  });
});

describe("an open load of 500 a second for 30 s", () => {
  it("begins no more than its share in any 10 ms, and all of them", async () => {
    const { run, starts } = noted(nothing);
    await driven({ workloads: [{ load: constantly(500, 30_000), run }] });
    expect(starts.length).toBe(15_000);
    expect(mostWithin(10, starts)).toBe(5);
  });

  it("would be seen to send a burst each second", () => {
    const bursts = Array.from({ length: 15_000 }, (_, n) => 1000 * Math.floor(n / 500));
    expect(mostWithin(10, bursts)).toBe(500);
  });
});
