import type { ABCell, ABInfo, ABSide } from "@apb/core/ab";
import type { Environment } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { abMetrics } from "./ab.ts";
import { machineOf, methodOf, pointsOfAB, pointsOfRun, seriesOf } from "./history-point.ts";
import { historySchema } from "./history-schema.ts";
import {
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const serverOf = (cpuMsPerOperation: number) => ({ ...(sampleCell().server ?? never()), cpuMsPerOperation });

function never(): never {
  throw new Error("the sample has a server");
}

describe("pointsOfRun", () => {
  const run = sampleRun([
    ...[1, 2, 3].map((round) => sampleRoundTrip({ round })),
    ...[0.1, 0.3, 0.2].map((cpu, n) => sampleCell({ round: n + 1 }, { server: serverOf(cpu) })),
  ]);

  it("has one point a series: latency of the round trip, the rest of the busy load, the median of the rounds", () => {
    const { points, leftOut } = pointsOfRun(run);
    expect(leftOut.size).toBe(0);
    expect(points.map(({ metric, cell, value, low, high }) => [metric, cell.load, value, low, high])).toEqual([
      ["cpuMsPerOperation", "10 VUs", 0.2, 0.1, 0.3],
      ["operationsPerSecond", "10 VUs", 5000, 5000, 5000],
      ["p50Ms", "1 VU", 0.25, 0.25, 0.25],
      ["wireBytesPerOperation", "10 VUs", 2600, 2600, 2600],
      ["errors", "10 VUs", 0, 0, 0],
    ]);
    expect(points[0]).toMatchObject({
      ...{ night: "2026-08-01", startedAt: "2026-08-01T03:00:00.000Z", commit: "0123456", run: run.info.id },
      ...{
        machine: machineOf(run.info.environment),
        versus: null,
        ratio: null,
        rounds: 3,
        setAside: {},
        verdict: "valid",
      },
      ...seriesOf(run.info, points[0]?.cell ?? never(), "cpuMsPerOperation"),
    });
    for (const point of points) expect(historySchema.parse(point)).toEqual(point);
    expect(pointsOfRun(run, "theirs").points[0]?.commit).toBe("theirs");
  });

  it("sets rounds aside that are wrong, one by one, and keeps those that are only noisy", () => {
    const rounds = [0.1, 0.2, 9].map((cpu, n) =>
      sampleCell(
        { round: n + 1 },
        { server: serverOf(cpu), verdict: n === 2 ? sampleVerdict("lossy") : sampleVerdict("unsteady") },
      ),
    );
    const [cpu] = pointsOfRun(sampleRun(rounds)).points;
    expect(cpu).toMatchObject({ high: 0.2, rounds: 2, setAside: { lossy: 1 }, verdict: "unsteady" });
    expect(cpu?.value).toBeCloseTo(0.15, 10);
  });

  it("counts failures of all rounds together, which a median would hide", () => {
    const rounds = [0, 0, 30].map((timeout, n) => {
      const total = sampleStep(Array(70).fill(1), timeout === 0 ? {} : { timeout });
      return sampleCell({ round: n + 1 }, { steps: { total, send: total } });
    });
    const errors = pointsOfRun(sampleRun(rounds)).points.find(({ metric }) => metric === "errors");
    expect(errors).toMatchObject({ value: 30 / 240, low: 0, high: 0.3 });
  });

  it("says what it has no value of, and why", () => {
    const { server: _, ...missing } = { server: null, ...sampleCell().missing };
    const foreign = sampleCell({}, { server: null, missing: { ...missing, server: "not ours" } });
    const limited = sampleRoundTrip({ binding: "two/grpc" }, { verdict: sampleVerdict("client-limited") });
    const { points, leftOut } = pointsOfRun(sampleRun([foreign, limited, sampleHole({ binding: "three/rest" })]));
    expect(Object.fromEntries(leftOut)).toEqual({
      "cpuMsPerOperation: not ours": 1,
      "operationsPerSecond: client-limited": 1,
      "p50Ms: client-limited": 1,
      "[refused] nothing listens there": 5,
    });
    expect(points).toHaveLength(7);
    expect(pointsOfRun(sampleRun([])).points).toEqual([]);
  });
});

describe("pointsOfAB", () => {
  const { profile, bindings, environment, startedAt, endedAt } = sampleInfo();
  const subject = { server: "reference", client: "wire" } as const;
  const info: ABInfo = {
    ...{
      schemaVersion: 1,
      id: "ab-1",
      control: false,
      restarted: true,
      bindings,
      profile,
      seed: 1,
      sliceMs: 50,
      until: null,
    },
    a: { ...subject, label: "ref=main", commit: "aaaaaaa" },
    b: { ...subject, label: "ref=HEAD~1, node-flag=--jitless", commit: "bbbbbbb" },
    ...{
      budgetMs: 60_000,
      environment,
      startedAt,
      endedAt,
      exit: "completed",
      spent: {},
      metrics: [],
      failures: [],
      outcome: null,
    },
  };
  const cells = Array.from({ length: 8 }, (_, n) =>
    (["a", "b"] as const).map(
      (side: ABSide): ABCell => ({
        ...sampleCell({ round: n + 1 }, { server: serverOf((side === "a" ? 0.2 : 0.22) + n / 1000) }),
        side,
      }),
    ),
  ).flat();
  const ab = { info: { ...info, metrics: abMetrics(cells, info) }, cells, notes: [] };

  it("has B's values, with the ratio to A and its interval, under what they are of", () => {
    const { points, leftOut } = pointsOfAB(ab);
    expect(leftOut.size).toBe(0);
    expect(points.map(({ metric }) => metric)).toEqual([
      ...["cpuMsPerOperation", "operationsPerSecond", "p50Ms", "wireBytesPerOperation", "errors"],
    ]);
    const [cpu] = points;
    expect(cpu).toMatchObject({ low: 0.22, high: 0.227, rounds: 8, commit: "bbbbbbb", run: "ab-1" });
    expect(cpu?.versus).toEqual({ a: "ref=aaaaaaa", b: "ref, node-flag=--jitless", commit: "aaaaaaa" });
    expect(cpu?.ratio?.value).toBeCloseTo(1.1, 1);
    expect(cpu?.ratio?.low).toBeGreaterThan(1.08);
    expect(points.find(({ metric }) => metric === "errors")?.ratio).toBeNull();
    for (const point of points) expect(historySchema.parse(point)).toEqual(point);
  });

  it("leaves restarts out that were measured once more", () => {
    const spent = { "one/rest": { restarts: 8, ms: 1, from: 3 } };
    const [cpu] = pointsOfAB({ ...ab, info: { ...ab.info, spent } }).points;
    expect(cpu).toMatchObject({ rounds: 6, low: 0.222 });
  });

  it("tells sides that are no commits by their labels", () => {
    const labelled = { ...info, a: { ...subject, label: "server=reference" }, b: { ...subject, label: "server=sdk" } };
    const [point] = pointsOfAB({ ...ab, info: { ...labelled, metrics: ab.info.metrics } }).points;
    expect(point).toMatchObject({
      versus: { a: "server=reference", b: "server=sdk", commit: null },
      commit: "0123456",
    });
  });
});

describe("machineOf", () => {
  const { environment } = sampleInfo();
  const other = (parts: Partial<Environment>): boolean =>
    machineOf({ ...environment, ...parts }).id !== machineOf(environment).id;

  it("is another one by what makes numbers incomparable, and by nothing else", () => {
    expect(machineOf(environment)).toEqual({ id: "8c2368e9d091", label: "Sample CPU × 2, 4 GiB, linux, Node 20" });
    const apart: readonly Partial<Environment>[] = [
      ...[{ cpuModel: "Other" }, { cpuCount: 4 }, { cpuLimit: 1.5 }, { memoryBytes: 8e9 }, { memoryLimitBytes: 1e9 }],
      ...[{ governor: "powersave" }, { platform: "darwin arm64" }, { node: "22.1.0" }],
    ];
    expect(apart.map(other)).toEqual(apart.map(() => true));
    const alike: readonly Partial<Environment>[] = [
      ...[{ node: "20.19.0" }, { memoryBytes: environment.memoryBytes - 5e7 }, { kernel: "6.9" }, { loadAverage: 3 }],
      ...[{ gitCommit: null }, { libraries: {} }],
    ];
    expect(alike.map(other)).toEqual(alike.map(() => false));
  });
});

describe("methodOf", () => {
  it("is another one where it is measured otherwise, not where other rows are", () => {
    const info = sampleInfo();
    const { profile, selection } = info;
    const other = (parts: Partial<typeof info>): boolean => methodOf({ ...info, ...parts }) !== methodOf(info);
    // A hash that changes ends every series there is.
    expect(methodOf(info)).toBe("quick 521c749e");
    expect(other({ profile: { ...profile, windowMs: 1 } })).toBe(true);
    expect(other({ selection: { ...selection, workMs: 1 } })).toBe(true);
    expect(other({ selection: { ...selection, target: "http://there" } })).toBe(true);
    expect(other({ profile: { ...profile, rounds: 9, rungs: [1] }, selection: { ...selection, scenarios: [] } })).toBe(
      false,
    );
    expect(other({ selection: { ...selection, bindings: [], servers: ["sdk"] }, seed: 7 })).toBe(false);
  });
});
