import type { Load } from "@apb/core/load";
import type { Workload } from "@apb/core/scenario";
import type { Activity, Snapshot } from "@apb/core/snapshot";
import { StepTotals } from "@apb/core/totals";
import { describe, expect, it } from "vitest";
import { type Observations, summarise } from "./summary.ts";
import { closed, connected } from "./testing/fake-equipment.ts";
import { planned, tenVUs, workload } from "./testing/planned.ts";
import { busySecond, snapshotOf, tallyOf, timesOf, totalsOf } from "./testing/snapshots.ts";

const arrivals: Load = {
  ...{ executor: "constant-arrival-rate", perSecond: 500, durationMs: 2000, maxInFlight: 1000 },
  ...{ startTimeMs: 0, gracefulStopMs: 0, sessions: 10 },
};

const ramp: Load = {
  ...{ executor: "ramping-arrival-rate", startPerSecond: 0, stages: [{ durationMs: 2000, target: 500 }] },
  ...{ maxInFlight: 1000, startTimeMs: 0, gracefulStopMs: 0, sessions: 10 },
};

function summed(
  seconds: readonly Snapshot[],
  workloads: readonly Workload[] = [workload()],
  more: Partial<Observations> = {},
) {
  const connect = new StepTotals();
  connect.add(connected.step);
  return summarise(planned(1, { workloads }), {
    ...{
      connected,
      connect,
      totals: totalsOf(...seconds),
      closed,
      partial: null,
      warmUpMs: 5,
      usage: null,
      held: null,
    },
    ...{
      noPidReason: "no pid",
      serverCalls: null,
      callsMissing: null,
      thresholds: [],
      ceiling: null,
      agentDelayMs: 0,
      deviations: [],
    },
    ...more,
  });
}

const two = [0, 1].map((second) => busySecond(second, { vus: 10, eachMs: 5 }));

describe("summarise", () => {
  it("counts what fell into the window for throughput, and every sample that began in it for latency", () => {
    const late = snapshotOf({
      ...{ second: 2, draining: true },
      activity: { completed: 5, operations: 5, interrupted: 2, steps: { total: tallyOf(timesOf([5, 400])) } },
    });
    const cell = summed([...two, late]);
    expect(cell).toMatchObject({ iterationsPerSecond: 2000, operationsPerSecond: 2000, interrupted: 2 });
    expect(cell.steps.total).toMatchObject({ count: 4005, responseMs: { max: 400 } });
    expect(cell.generator.cpuMsPerOperation).toBe(500 / 4000);
  });

  it("adds the processes up, and keeps the busiest one's event loop", () => {
    const cost = (cpuMs: number, busyMs: number) => ({
      cpuNs: cpuMs * 1e6,
      busyNs: busyMs * 1e6,
      elapsedNs: 1e9,
      rssBytes: 3,
    });
    const processes = { "0": cost(100, 300), "1": cost(300, 800) };
    const seconds = two.map((second) => ({ ...second, processes }));
    expect(summed(seconds).generator).toEqual({
      ...{ processes: 2, cpuPercentMean: 40, cpuMsPerOperation: 0.2, eventLoopUtilization: 0.8 },
      ...{ lateStartP99Ms: 0, rssPeakBytes: 9 },
    });
    expect(summed(seconds, undefined, { closed: null }).generator.rssPeakBytes).toBe(6);
  });

  it.each<
    readonly [name: string, workloads: readonly Workload[], load: object, missing: Readonly<Record<string, string>>]
  >([
    [
      "a closed load",
      [workload()],
      { model: "closed", executor: "constant-vus", vus: 10, perSecond: null },
      { "load.perSecond": "a closed load has no rate" },
    ],
    [
      "an open one",
      [workload(arrivals)],
      { model: "open", executor: "constant-arrival-rate", vus: null, perSecond: 500 },
      { "load.vus": "an open load has arrivals, not users" },
    ],
    [
      "two open ones, of which one ramps",
      [workload(arrivals), workload(ramp, "other")],
      { model: "open", executor: "constant-arrival-rate,ramping-arrival-rate", vus: null, perSecond: null },
      { "load.vus": "an open load has arrivals, not users", "load.perSecond": "the rate changes all the time" },
    ],
    [
      "both side by side",
      [workload(), workload(arrivals, "other")],
      { model: "open", executor: "constant-vus,constant-arrival-rate", vus: null, perSecond: 500 },
      { "load.vus": "an open load has arrivals, not users" },
    ],
  ])("says of %s what it has, and why it has not the rest", (_name, workloads, load, missing) => {
    const cell = summed(two, workloads);
    expect(cell.load).toEqual({ ...load, sessions: 10, warmUpMs: 5, durationMs: 2000 });
    expect(cell.missing).toEqual({ server: "no pid", ...missing });
  });

  it("keeps apart what workloads side by side have done", () => {
    const other = snapshotOf({
      workload: "other",
      activity: { begun: 9, completed: 8, steps: { total: tallyOf(timesOf([8, 50])) } },
    });
    const cell = summed([...two, other], [workload(), workload(arrivals, "other")]);
    expect(cell.steps.total?.count).toBe(4008);
    expect(cell.workloads).toMatchObject({
      main: { load: "10 VUs", begun: 4000, completed: 4000, steps: { total: { count: 4000 }, send: { count: 4000 } } },
      other: {
        load: "500/s on 10 connections, at most 1000 in flight",
        begun: 9,
        completed: 8,
        steps: { total: { count: 8 } },
      },
    });
    expect(Object.keys(cell.steps)).toEqual(["total", "connect", "send"]);
  });

  it.each<readonly [name: string, seconds: readonly Snapshot[], reason: string]>([
    [
      "only failures",
      [snapshotOf({ lengthMs: 2000, activity: { steps: { total: tallyOf(timesOf(), { rejected: 3, timeout: 1 }) } } })],
      "[rejected] no iteration succeeded in 2000 ms: rejected × 3, timeout × 1",
    ],
    [
      "only failures that said something",
      [
        snapshotOf({
          activity: {
            steps: {
              total: {
                ...tallyOf(timesOf(), { agent: 3 }),
                said: { agent: { firstMs: 1, lastMs: 2, sentence: "no such document" } },
              },
            },
          },
        }),
      ],
      "[rejected] no iteration succeeded in 1000 ms: agent × 3 (no such document)",
    ],
    [
      "nothing that ended within the window",
      [snapshotOf({ activity: { steps: { total: tallyOf(timesOf([1, 1])) } } })],
      "[timeout] no iteration began and ended within the window of 1000 ms; use a longer --duration",
    ],
    [
      "nothing that began within it",
      [snapshotOf({ activity: { completed: 1, operations: 1 } })],
      "[timeout] no iteration began and ended within the window of 1000 ms; use a longer --duration",
    ],
  ])("fails for %s", (_name, seconds, reason) => {
    expect(() => summed(seconds)).toThrow(reason);
  });

  it("says why nothing is known of the wire", () => {
    expect(summed(two, undefined, { closed: null, partial: "it ended" })).toMatchObject({
      wire: null,
      missing: { wire: "it ended" },
    });
  });
});

describe("a server's memory", () => {
  const sample = (atMs: number, rssBytes: number) => ({ atMs, rssBytes, cpuMs: atMs });
  const usage = (rssOf: (atMs: number) => number, untilMs = 12_000): Observations["usage"] => ({
    samples: Array.from({ length: 121 }, (_, n) => sample(100 * n, rssOf(100 * n))),
    ...{ resolutionMs: 0, idle: sample(-20, 900), full: sample(-10, 950), fromMs: 0, untilMs },
  });
  const long = [
    snapshotOf({
      lengthMs: 12_000,
      activity: { completed: 1000, operations: 2000, steps: { total: tallyOf(timesOf([1000, 5])) } },
    }),
  ];
  const mib = 1024 * 1024;

  it("and the generator's have no cost of an operation where there was none, and say why", () => {
    const [first] = long;
    const idle = { ...first?.workloads.main, operations: 0 } as Activity;
    const cell = summed([{ ...(first as Snapshot), workloads: { main: idle } }], undefined, {
      usage: usage((atMs) => (100 + atMs / 1000) * mib),
    });
    expect(cell).toMatchObject({
      operationsPerSecond: 0,
      generator: { cpuMsPerOperation: null },
      server: { cpuPercentMean: expect.any(Number), cpuMsPerOperation: null, rssGrowth: { bytesPerOperation: null } },
    });
    const why = "its iterations made no operation of the protocol";
    expect(cell.missing).toMatchObject({
      "generator.cpuMsPerOperation": why,
      "server.cpuMsPerOperation": why,
      "server.rssGrowth.bytesPerOperation": why,
    });
    const growing = { kind: "growing", message: expect.not.stringContaining("operation") };
    expect(cell.verdict.findings.at(-1)).toMatchObject(growing);
  });

  it("that rises all the time is told by the second and by the operation, and makes a finding", () => {
    const cell = summed(long, undefined, { usage: usage((atMs) => (100 + atMs / 1000) * mib) });
    expect(cell.server?.rssGrowth?.bytesPerSecond).toBeCloseTo(mib, 3);
    expect(cell.server?.rssGrowth?.bytesPerOperation).toBeCloseTo((12 * mib) / 2000, 3);
    expect(cell.verdict.findings.map(({ kind }) => kind)).toContain("growing");
    expect(cell.missing).not.toHaveProperty("server.rssGrowth");
  });

  it("that comes and goes has no growth, with the reason", () => {
    const cell = summed(long, undefined, { usage: usage((atMs) => (100 + ((atMs / 100) % 10)) * mib) });
    expect(cell.server?.rssGrowth).toBe(null);
    expect(cell.verdict.findings.map(({ kind }) => kind)).not.toContain("growing");
    expect(cell.missing).toHaveProperty("server.rssGrowth");
  });

  it("has its peak in the window, or before it", () => {
    expect(summed(long, undefined, { usage: usage(() => 100) }).server).toMatchObject({
      rssIdleBytes: 900,
      rssConnectedBytes: 950,
      rssPeakBytes: 950,
    });
    expect(summed(long, undefined, { usage: usage((atMs) => (atMs === 5000 ? 2000 : 100)) }).server?.rssPeakBytes).toBe(
      2000,
    );
  });

  it("is missing where nothing was read in the window", () => {
    const cell = summed(two, undefined, {
      usage: { ...(usage(() => 1) as NonNullable<Observations["usage"]>), fromMs: 50_000, untilMs: 52_000 },
    });
    expect(cell).toMatchObject({
      server: null,
      missing: { server: "the window was too short to read the server in it" },
    });
  });
});

describe("a load whose halves can be compared", () => {
  const [slow, fast] = [busySecond(0, { vus: 10, eachMs: 10 }), busySecond(1, { vus: 10, eachMs: 5 })];
  const kinds = (workloads: readonly Workload[], more: Partial<Observations> = {}) =>
    summed([slow, fast], workloads, more).verdict.findings.map(({ kind }) => kind);

  it.each<readonly [name: string, workloads: readonly Workload[]]>([
    ["one of constant VUs", [workload()]],
    ["one of a constant rate", [workload(arrivals)]],
    ["several of the same length", [workload(), workload(arrivals, "other")]],
  ])("is %s", (_name, workloads) => expect(kinds(workloads)).toContain("unsteady"));

  it.each<readonly [name: string, workloads: readonly Workload[]]>([
    ["one that ramps", [workload(ramp)]],
    ["one that begins later", [workload(), workload({ ...tenVUs, startTimeMs: 500, durationMs: 1500 }, "other")]],
    ["one that ends before another", [workload(), workload({ ...tenVUs, durationMs: 1000 }, "other")]],
    [
      "one of iterations",
      [workload({ ...tenVUs, executor: "shared-iterations", iterations: 300, maxDurationMs: 2000 })],
    ],
  ])("is not %s", (_name, workloads) => expect(kinds(workloads)).not.toContain("unsteady"));

  it("is one that was stopped as well", () => {
    expect(kinds([workload()], { partial: "the run was interrupted" })).toEqual(["partial", "unsteady"]);
  });
});
