import { describe, expect, it } from "vitest";
import { type HeadlineRow, headlineOf, referencePoint } from "./headline.ts";
import { rowsOf } from "./rows.ts";
import { sampleCell, sampleHole, sampleRun, sampleStep } from "./testing/sample-run.ts";

function linesOf(...cells: Parameters<typeof sampleRun>[0]): readonly HeadlineRow[] {
  const run = sampleRun(cells);
  return headlineOf(rowsOf(run), run.info);
}

const open = { model: "open", users: null, sessions: 10, perSecond: 100, warmUpMs: 0, durationMs: 800 } as const;

describe("referencePoint", () => {
  it("is the smallest measured case of message-size", () => {
    const cells = [
      sampleCell({ scenario: "another", case: {} }),
      sampleCell({ case: { sizeBytes: 10_240 } }),
      sampleHole({ case: { sizeBytes: 1024 } }),
    ];
    expect(referencePoint(rowsOf(sampleRun(cells)))).toEqual({ scenario: "message-size", case: { sizeBytes: 10_240 } });
  });

  it("is the first scenario measured where message-size was not", () => {
    const cells = [sampleCell({ scenario: "workflow", case: { users: 10 } })];
    expect(referencePoint(rowsOf(sampleRun(cells)))).toEqual({ scenario: "workflow", case: { users: 10 } });
  });

  it("is nowhere without a measured cell", () => {
    expect(referencePoint(rowsOf(sampleRun([sampleHole({})])))).toBeNull();
  });
});

describe("headlineOf", () => {
  it("has a line for each binding, server and client, in the order of the selection", () => {
    const lines = linesOf(
      sampleCell({ binding: "two/grpc" }),
      sampleCell({ binding: "one/rest", client: "wire" }),
      sampleCell({ binding: "one/rest" }),
    );
    expect(lines.map(({ protocol, binding, client }) => [protocol, binding, client])).toEqual([
      ["one", "one/rest", "library"],
      ["one", "one/rest", "wire"],
      ["two", "two/grpc", "library"],
    ]);
    expect(lines[2]?.spec).toMatchObject({ name: "Two", standing: "custom" });
  });

  it("takes latency, CPU and bytes at the reference point", () => {
    const [line] = linesOf(
      sampleCell({}, { steps: { total: sampleStep([2, 2, 2]) } }),
      sampleCell({ case: { sizeBytes: 10_240 } }, { steps: { total: sampleStep([9]) } }),
    );
    expect(line).toMatchObject({
      meanMs: { value: 2 },
      p50Ms: { value: 2 },
      cpuPercent: { value: 80 },
      cpuMsPerOperation: { value: 0.16 },
      wireBytesPerOperation: { value: 2600 },
    });
  });

  it("takes the best RPS of closed loads only, and says where it was", () => {
    const [line] = linesOf(
      sampleCell({}, { operationsPerSecond: 100 }),
      sampleCell({ case: { sizeBytes: 2048 } }, { operationsPerSecond: 300 }),
      sampleCell({ case: { sizeBytes: 4096 } }, { operationsPerSecond: 900, load: open }),
    );
    expect(line?.bestOperationsPerSecond.value).toBe(300);
    expect(line?.best).toMatchObject({ case: { sizeBytes: 2048 } });
  });

  it("finds no best RPS in an open load", () => {
    const [line] = linesOf(sampleCell({}, { load: open }));
    expect(line?.bestOperationsPerSecond).toEqual({
      value: null,
      rounds: [],
      missing: "in an open load the rate is given, not found",
    });
  });

  it("takes memory and errors over all cells", () => {
    const usage = sampleCell().server;
    if (usage === null) throw new TypeError("expected a sample with a server");
    const [line] = linesOf(
      sampleCell({}, { steps: { total: sampleStep([1, 1, 1]) } }),
      sampleCell(
        { scenario: "workflow" },
        { steps: { total: sampleStep([], { timeout: 1 }) }, server: { ...usage, rssPeakBytes: 1e9 } },
      ),
    );
    expect(line?.rssPeakBytes.value).toBe(1e9);
    expect(line?.errorRate.value).toBe(0.25);
  });

  it("says why it has no numbers where the reference cell failed, and counts that row among its sources", () => {
    const [, line] = linesOf(
      sampleCell(),
      sampleHole({ binding: "two/grpc" }),
      sampleCell({ binding: "two/grpc", scenario: "workflow" }),
      sampleHole({ binding: "two/grpc", scenario: "ladder" }),
      sampleHole({ binding: "two/grpc", scenario: "stream" }, "not-applicable"),
    );
    expect(line?.meanMs).toEqual({ value: null, rounds: [], missing: "[refused] nothing listens there" });
    expect(line?.sources.map(({ cell }) => cell.scenario).sort()).toEqual(["ladder", "message-size", "workflow"]);
  });

  it("gives a line of which every cell failed one reason for all its numbers", () => {
    const [, line] = linesOf(sampleCell(), sampleHole({ binding: "two/grpc" }));
    const quantities = [line?.meanMs, line?.bestOperationsPerSecond, line?.rssPeakBytes, line?.errorRate];
    expect(new Set(quantities.map((quantity) => quantity?.missing))).toEqual(
      new Set(["[refused] nothing listens there"]),
    );
  });

  it("says where the reference cell is absent", () => {
    const [, line] = linesOf(sampleCell(), sampleCell({ binding: "two/grpc", scenario: "workflow" }));
    expect(line?.meanMs.missing).toBe("no cell of message-size 1 KiB in this run");
  });
});
