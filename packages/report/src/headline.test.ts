import type { RunInfo } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { type HeadlineRow, headlineOf, type ReferencePoint, referencePoint } from "./headline.ts";
import { rowsOf } from "./rows.ts";
import {
  open,
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
} from "./testing/sample-run.ts";

type Cells = Parameters<typeof sampleRun>[0];

function linesOf(...cells: Cells): readonly HeadlineRow[] {
  const run = sampleRun(cells);
  return headlineOf(rowsOf(run), run.info);
}

function referenceOf(cells: Cells, info: Partial<RunInfo> = {}): ReferencePoint | null {
  return referencePoint(rowsOf(sampleRun(cells)), sampleInfo(info));
}

const atRate = { load: "100/s on 10 connections" };

describe("referencePoint", () => {
  it("is the smallest measured case of the scenario that compares sizes", () => {
    const cells = [
      sampleCell({ scenario: "another", case: {} }),
      sampleCell({ case: { sizeBytes: 10_240 } }),
      sampleHole({ case: { sizeBytes: 1024 } }),
    ];
    expect(referenceOf(cells)).toMatchObject({ scenario: "message-size", case: { sizeBytes: 10_240 } });
  });

  it("knows that scenario by its view, not by its name", () => {
    const cells = [sampleCell(), sampleCell({ scenario: "bodies", case: { sizeBytes: 64 } })];
    const views = { "message-size": "general", bodies: "size" } as const;
    expect(referenceOf(cells, { views })).toMatchObject({ scenario: "bodies", case: { sizeBytes: 64 } });
  });

  it("is the first scenario measured where none compares sizes", () => {
    const cells = [sampleCell({ scenario: "workflow", case: {} })];
    expect(referenceOf(cells)).toMatchObject({ scenario: "workflow", case: {} });
  });

  it("is nowhere without a measured cell", () => {
    expect(referenceOf([sampleHole({})])).toBeNull();
  });

  it.each<[what: string, cells: Cells, roundTrip: string | null, busy: string | null, saturated: boolean]>([
    ["one VU and many", [sampleCell(), sampleRoundTrip()], "1 VU", "10 VUs", true],
    [
      "many VUs that do not wait for each other",
      [sampleRoundTrip(), sampleCell({}, { operationsPerSecond: 36_000 })],
      "1 VU",
      "10 VUs",
      false,
    ],
    ["many VUs alone", [sampleCell()], null, "10 VUs", false],
    ["one VU alone", [sampleRoundTrip()], "1 VU", null, false],
    ["arrivals at a rate", [sampleCell(atRate, { load: open(100) })], atRate.load, null, false],
    ["another size's one VU", [sampleRoundTrip({ case: { sizeBytes: 2048 } }), sampleCell()], null, "10 VUs", false],
  ])("has the loads of %s", (_what, cells, roundTrip, busy, saturated) => {
    expect(referenceOf(cells)).toMatchObject({ roundTrip, busy, saturated });
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

  it("takes latency of one VU, and throughput, CPU and bytes of many, at the reference point", () => {
    const [line] = linesOf(
      sampleRoundTrip({}, { steps: { total: sampleStep([2, 2, 2]) }, server: null }),
      sampleCell({}, { steps: { total: sampleStep([7]) } }),
      sampleRoundTrip({ case: { sizeBytes: 10_240 } }, { steps: { total: sampleStep([9]) } }),
    );
    expect(line).toMatchObject({
      roundTrip: { meanMs: { value: 2 }, p50Ms: { value: 2 }, p99Ms: { value: 2 } },
      busy: {
        operationsPerSecond: { value: 5000 },
        cpuPercent: { value: 80 },
        cpuMsPerOperation: { value: 0.16 },
        wireBytesPerOperation: { value: 2600 },
      },
      waiting: { p50Ms: { value: 7 }, p99Ms: { value: 7 } },
    });
  });

  it("takes everything but waiting of an open load, in which latency is one", () => {
    const [line] = linesOf(sampleCell(atRate, { load: open(100) }));
    expect(line).toMatchObject({
      roundTrip: { meanMs: { value: 1 } },
      busy: { cpuMsPerOperation: { value: 0.16 } },
      waiting: { p50Ms: { value: null, missing: "no cell of message-size 1 KiB in this run" } },
    });
  });

  it("calls no latency one where many VUs are all there is, and says why", () => {
    const [line] = linesOf(sampleCell());
    expect(line?.roundTrip.meanMs).toEqual({
      value: null,
      rounds: [],
      missing:
        "no cell of message-size 1 KiB with one VU, or with a rate that all serve: latency under 10 VUs is of waiting",
    });
    expect(line?.waiting.p50Ms?.value).toBe(1);
  });

  it("takes the best RPS of closed loads only, and says where it was", () => {
    const [line] = linesOf(
      sampleCell({}, { operationsPerSecond: 100 }),
      sampleCell({ case: { sizeBytes: 2048 } }, { operationsPerSecond: 300 }),
      sampleCell({ case: { sizeBytes: 4096 }, ...atRate }, { operationsPerSecond: 900, load: open(100) }),
    );
    expect(line?.bestOperationsPerSecond.value).toBe(300);
    expect(line?.best).toMatchObject({ case: { sizeBytes: 2048 } });
  });

  it("finds no best RPS in an open load", () => {
    const [line] = linesOf(sampleCell(atRate, { load: open(100) }));
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
    expect(line?.errors.value).toBe(0.25);
  });

  it("says why it has no numbers where the reference cells failed, and counts those rows among its sources", () => {
    const [, line] = linesOf(
      ...[sampleRoundTrip(), sampleCell()],
      sampleHole({ binding: "two/grpc", load: "1 VU" }, "failed", "[timeout] no answer"),
      sampleHole({ binding: "two/grpc" }),
      sampleCell({ binding: "two/grpc", scenario: "workflow" }),
      sampleHole({ binding: "two/grpc", scenario: "ladder" }),
      sampleHole({ binding: "two/grpc", scenario: "stream" }, "not-applicable"),
    );
    expect(line?.roundTrip.meanMs).toEqual({ value: null, rounds: [], missing: "[timeout] no answer" });
    expect(line?.busy.operationsPerSecond?.missing).toBe("[refused] nothing listens there");
    expect(line?.sources.map(({ cell }) => cell.scenario).sort()).toEqual([
      ...["ladder", "message-size", "message-size", "workflow"],
    ]);
  });

  it("gives a line of which every cell failed one reason for all its numbers", () => {
    const [, line] = linesOf(sampleCell(), sampleHole({ binding: "two/grpc" }));
    const quantities = [line?.busy.cpuPercent, line?.bestOperationsPerSecond, line?.rssPeakBytes, line?.errors];
    expect(new Set(quantities.map((quantity) => quantity?.missing))).toEqual(
      new Set(["[refused] nothing listens there"]),
    );
  });

  it("says where the reference cell is absent", () => {
    const [, line] = linesOf(sampleCell(), sampleCell({ binding: "two/grpc", scenario: "workflow" }));
    expect(line?.roundTrip.meanMs?.missing).toBe("no cell of message-size 1 KiB in this run");
    expect(line?.busy.operationsPerSecond?.missing).toBe("no cell of message-size 1 KiB in this run");
  });
});
