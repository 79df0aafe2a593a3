import type { ServerUsage } from "@apb/core/cell";
import { median } from "@apb/stats/median";
import { describe, expect, it } from "vitest";
import { range } from "./quantity.ts";
import { latencyOf, type MeasuredRow, type Row, serviceOf } from "./row.ts";
import { rowsOf } from "./rows.ts";
import { sampleCell, sampleHole, sampleRun, sampleStep, sampleVerdict } from "./testing/sample-run.ts";

function measured(row: Row | undefined): MeasuredRow {
  if (row?.status !== "measured") throw new TypeError(`expected a measured row, got ${row?.status}`);
  return row;
}

function rowOf(...cells: Parameters<typeof sampleRun>[0]): MeasuredRow {
  const rows = rowsOf(sampleRun(cells));
  expect(rows).toHaveLength(1);
  return measured(rows[0]);
}

function serverUsage(): ServerUsage {
  const { server } = sampleCell();
  if (server === null) throw new TypeError("expected a sample with a server");
  return server;
}

describe("median", () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe("rowsOf", () => {
  it("folds rounds, whatever order they come in, and nothing else", () => {
    const cells = [
      sampleCell({ round: 2 }),
      sampleCell({ binding: "two/grpc" }),
      sampleCell({ client: "wire" }),
      sampleCell({ server: "sdk" }),
      sampleCell({ case: { sizeBytes: 2048 } }),
      sampleCell({ scenario: "workflow" }),
      sampleCell({ load: "100 VUs" }),
      sampleCell({ round: 1 }),
    ];
    expect(rowsOf(sampleRun(cells)).map((row) => measured(row).rounds)).toEqual([2, 1, 1, 1, 1, 1, 1]);
  });

  it("orders by scenario, size of the case and binding as selected", () => {
    const cells = [
      sampleCell({ scenario: "workflow", case: {} }),
      sampleCell({ case: { sizeBytes: 102_400 } }),
      sampleCell({ case: { sizeBytes: 10_240 }, binding: "two/grpc" }),
      sampleCell({ case: { sizeBytes: 10_240 }, binding: "new/rest" }),
      sampleCell({ case: { sizeBytes: 10_240 } }),
    ];
    expect(rowsOf(sampleRun(cells)).map(({ cell }) => `${cell.binding} ${Object.values(cell.case)}`)).toEqual([
      "one/rest 10240",
      "two/grpc 10240",
      "new/rest 10240",
      "one/rest 102400",
      "one/rest ",
    ]);
  });

  it("orders the loads of a case from small to large, each with all bindings", () => {
    const loads = ["100 VUs", "10 VUs", "1 VU"];
    const cells = loads.flatMap((load) => [sampleCell({ load, binding: "two/grpc" }), sampleCell({ load })]);
    expect(rowsOf(sampleRun(cells)).map(({ cell }) => `${cell.load} ${cell.binding}`)).toEqual([
      "1 VU one/rest",
      "1 VU two/grpc",
      "10 VUs one/rest",
      "10 VUs two/grpc",
      "100 VUs one/rest",
      "100 VUs two/grpc",
    ]);
  });

  it("takes percentiles from the merged histogram, not from the rounds' percentiles", () => {
    const fast = sampleStep(Array.from({ length: 98 }, () => 1));
    const slow = sampleStep([100, 100]);
    const row = rowOf(sampleCell({}, { steps: { total: fast } }), sampleCell({ round: 2 }, { steps: { total: slow } }));
    expect(latencyOf(row, "total", "p50").value).toBe(1);
    expect(latencyOf(row, "total", "p99").value).toBeCloseTo(100, 0);
    expect(latencyOf(row, "total", "mean").value).toBeCloseTo(2.98, 9);
    expect(latencyOf(row, "total", "max").value).toBe(100);
    expect(latencyOf(row, "total", "p50").rounds).toHaveLength(2);
  });

  it("takes the median round's throughput and keeps the range", () => {
    const row = rowOf(
      ...[5000, 1000, 3000].map((rps, n) => sampleCell({ round: n + 1 }, { operationsPerSecond: rps })),
    );
    expect(row.operationsPerSecond).toEqual({ value: 3000, rounds: [5000, 1000, 3000], missing: null });
    expect(range(row.operationsPerSecond)).toEqual({ min: 1000, max: 5000 });
  });

  it("takes the highest round's memory peak and the median round's CPU", () => {
    const usage = serverUsage();
    const row = rowOf(
      sampleCell({}, { server: { ...usage, rssPeakBytes: 70, cpuPercentMean: 40 } }),
      sampleCell({ round: 2 }, { server: { ...usage, rssPeakBytes: 90, cpuPercentMean: 60 } }),
    );
    expect(row.server.rssPeakBytes.value).toBe(90);
    expect(row.server.cpuPercentMean.value).toBe(50);
  });

  it("pools failures and bytes over the rounds", () => {
    const row = rowOf(
      sampleCell(
        {},
        {
          steps: { total: sampleStep([1], { timeout: 1 }) },
          wire: { sentBytes: 60, receivedBytes: 60, bodyBytes: 100, operations: 1 },
        },
      ),
      sampleCell(
        { round: 2 },
        {
          steps: { total: sampleStep([1, 1], { closed: 1, timeout: 3 }) },
          wire: { sentBytes: 150, receivedBytes: 150, bodyBytes: 300, operations: 3 },
        },
      ),
    );
    expect(row.steps.total?.failures).toEqual({ timeout: 4, closed: 1 });
    expect(row.errors).toEqual({ value: 5 / 8, rounds: [1 / 2, 4 / 6], missing: null });
    expect(row.attempts).toEqual({ failed: 5, due: 8 });
    expect(row.wireBytesPerOperation).toEqual({ value: 105, rounds: [120, 100], missing: null });
    expect(row.wireAddedBytesPerOperation).toEqual({ value: 5, rounds: [20, 0], missing: null });
    expect(row.wireOverhead.value).toBeCloseTo(0.05, 9);
  });

  it("counts what was dropped among what failed, and adds up what was cut off and checked", () => {
    const row = rowOf(
      sampleCell({}, { dropped: 2, interrupted: 1, steps: { total: sampleStep([1, 1]) }, checks: {} }),
      sampleCell(
        { round: 2 },
        {
          interrupted: 2,
          steps: { total: sampleStep([1, 1]) },
          checks: { fresh: { passes: 3, fails: 1, said: "no such key" } },
        },
      ),
      sampleCell({ round: 3 }, { steps: { total: sampleStep([1, 1]) }, checks: { fresh: { passes: 4, fails: 0 } } }),
    );
    expect(row.errors).toEqual({ value: 0.25, rounds: [0.5, 0, 0], missing: null });
    expect([row.dropped, row.interrupted]).toEqual([2, 3]);
    expect(row.checks).toEqual({ fresh: { passes: 7, fails: 1, said: "no such key" } });
  });

  it("tells service times from response times where they differ", () => {
    const waited = sampleStep([3, 3, 3], {}, [1, 1, 1]);
    const open = rowOf(
      sampleCell({}, { steps: { total: waited } }),
      sampleCell({ round: 2 }, { steps: { total: waited } }),
    );
    expect([latencyOf(open, "total", "p50").value, serviceOf(open, "total", "p50").value]).toEqual([3, 1]);
    expect(serviceOf(open, "total", "mean").rounds).toEqual([1, 1]);
    const closed = rowOf(sampleCell());
    expect(serviceOf(closed, "total", "p99")).toEqual(latencyOf(closed, "total", "p99"));
    expect(serviceOf(closed, "wait", "p99").missing).toBe("no wait ended in the window");
  });

  it("has the growth of the rounds whose memory rose, and the reason where none did", () => {
    const rising = { ...serverUsage(), rssGrowth: { bytesPerSecond: 1000, bytesPerOperation: 2 } };
    const row = rowOf(sampleCell(), sampleCell({ round: 2 }, { server: rising }));
    expect(row.server.rssGrowthBytesPerSecond).toEqual({ value: 1000, rounds: [1000], missing: null });
    expect(rowOf(sampleCell()).server.rssGrowthBytesPerOperation.missing).toBe("it did not rise");
  });

  it("takes bytes from the rounds whose generators lived to tell", () => {
    const untold = sampleCell({ round: 2 }, { wire: null, missing: { wire: "a generator died" } });
    expect(rowOf(sampleCell(), untold).wireBytesPerOperation).toEqual({ value: 2600, rounds: [2600], missing: null });
    expect(rowOf(untold).wireBytesPerOperation).toEqual({ value: null, rounds: [], missing: "a generator died" });
  });

  const MiB = 1024 * 1024;
  const tooLittle = expect.stringContaining("below what a server's memory changes by itself");
  it.each([
    ["of a held connection", [1], MiB / 8, null],
    ["of the median round, little growth included", [0.5, 2, 4], (2 * MiB) / 8, null],
    ["not where it grew by less than its own steps", [0.99], null, tooLittle],
    ["not where it shrank", [-3], null, tooLittle],
    ["not where the median round grew too little", [0, 0.1, 8], null, tooLittle],
  ])("gives the memory %s", (_what, growthsMib, value, missing) => {
    const usage = serverUsage();
    const row = rowOf(
      ...growthsMib.map((mib, n) =>
        sampleCell(
          { round: n + 1 },
          {
            connections: { asked: 12, held: 8, failures: { refused: 4 } },
            server: { ...usage, rssConnectedBytes: usage.rssIdleBytes + mib * MiB },
          },
        ),
      ),
    );
    expect(row.server.rssPerConnectionBytes).toMatchObject({ value, missing });
  });

  const unknownCpu = { cpuPercentMean: null, cpuMsPerOperation: null };
  it.each([
    ["of the rounds that have it", [unknownCpu, {}, {}], 80, null],
    ["nothing when none has", [unknownCpu, unknownCpu], null, "too few steps"],
  ])("takes for CPU the median %s", (_what, rounds, value, missing) => {
    const row = rowOf(
      ...rounds.map((cpu, n) =>
        sampleCell(
          { round: n + 1 },
          { server: { ...serverUsage(), ...cpu }, missing: { "server.cpu": "too few steps" } },
        ),
      ),
    );
    expect(row.server.cpuPercentMean).toMatchObject({ value, missing });
    expect(row.server.rssPeakBytes.value).not.toBeNull();
  });

  it("takes the worst round's connections", () => {
    const row = rowOf(
      sampleCell({}, { connections: { asked: 10, held: 10, failures: {} } }),
      sampleCell({ round: 2 }, { connections: { asked: 10, held: 7, failures: { refused: 3 } } }),
    );
    expect(row.connections).toEqual({ asked: 10, held: 7, failures: { refused: 3 } });
  });

  it("has null and the stored reason, never 0, where something was not measured", () => {
    const empty = { sentBytes: 0, receivedBytes: 0, bodyBytes: 0, operations: 0 };
    const missing = { server: "not ours", "steps.send.responseMs": "all sends failed" };
    const steps = { total: sampleStep([], { timeout: 2 }), send: sampleStep([], { timeout: 2 }) };
    const row = rowOf(sampleCell({}, { server: null, wire: empty, steps, missing }));
    expect(row.server.rssPeakBytes).toEqual({ value: null, rounds: [], missing: "not ours" });
    expect(row.server.rssPerConnectionBytes.missing).toBe("not ours");
    expect(latencyOf(row, "send", "p50")).toEqual({ value: null, rounds: [], missing: "all sends failed" });
    expect(latencyOf(row, "total", "p50").missing).toBe("no total succeeded");
    expect(latencyOf(row, "connect", "p50").missing).toBe("no connect ended in the window");
    expect(row.wireBytesPerOperation.missing).toBe("no operation was completed");
    expect(row.wireOverhead.missing).toBe("no body was carried");
    expect(row.errors.value).toBe(1);
  });

  it("uses the rounds that have a value when others have none", () => {
    const row = rowOf(sampleCell({}, { server: null }), sampleCell({ round: 2 }));
    expect(row.server.cpuPercentMean).toEqual({ value: 80, rounds: [80], missing: null });
  });

  it("collects findings by kind with the number of rounds", () => {
    const row = rowOf(
      sampleCell({}, { verdict: sampleVerdict("unsteady", "nagle") }),
      sampleCell({ round: 2 }),
      sampleCell({ round: 3 }, { verdict: sampleVerdict("nagle") }),
    );
    expect(row.findings).toEqual([
      { kind: "unsteady", message: "it is unsteady", hint: "mend unsteady", rounds: 1 },
      { kind: "nagle", message: "it is nagle", hint: "mend nagle", rounds: 2 },
    ]);
  });

  it("keeps a doubt that came without a finding", () => {
    const row = rowOf(sampleCell({}, { verdict: { kind: "lossy", findings: [] } }));
    expect(row.findings).toMatchObject([{ kind: "lossy", rounds: 1 }]);
  });

  it("keeps it as a doubt that a round ended before its time, once", () => {
    const partial = "the run was interrupted";
    const row = rowOf(
      sampleCell({}, { partial, verdict: sampleVerdict("unsteady") }),
      sampleCell({ round: 2 }, { partial, verdict: sampleVerdict("partial") }),
    );
    expect(row.findings).toEqual([
      { kind: "unsteady", message: "it is unsteady", hint: "mend unsteady", rounds: 1 },
      { kind: "partial", message: partial, hint: "", rounds: 2 },
    ]);
  });

  it("keeps the rounds that failed beside those that did not", () => {
    const row = rowOf(sampleHole({ round: 2 }), sampleCell());
    expect(row.rounds).toBe(1);
    expect(row.unmeasured).toEqual([{ round: 2, status: "failed", reason: "[refused] nothing listens there" }]);
  });

  it.each([
    ["not applicable", [sampleHole({}, "not-applicable", "has no poll")], "not-applicable", "has no poll"],
    [
      "failed, for each reason once",
      [sampleHole({}), sampleHole({ round: 2 }), sampleHole({ round: 3 }, "failed", "other")],
      "failed",
      "[refused] nothing listens there; other",
    ],
    [
      "failed where it was also not applicable",
      [sampleHole({}, "not-applicable", "too large"), sampleHole({ round: 2 })],
      "failed",
      "[refused] nothing listens there",
    ],
  ])("has a row for a cell that is %s", (_what, cells, status, reason) => {
    expect(rowsOf(sampleRun(cells))).toMatchObject([{ status, reason }]);
  });
});
