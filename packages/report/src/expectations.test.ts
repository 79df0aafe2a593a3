import type { CellResult, ServerUsage } from "@apb/core/cell";
import type { Run, RunInfo } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { expectationSection } from "./expectation-section.ts";
import { type ExpectedRow, expectedAgainstMeasured } from "./expectations.ts";
import { headlineOf } from "./headline.ts";
import { rowsOf } from "./rows.ts";
import {
  closed,
  open,
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const two = { binding: "two/grpc" };
const run = sampleRun([
  ...[sampleRoundTrip(), sampleCell()],
  ...[sampleRoundTrip(two), sampleCell(two, { server: null, missing: { server: "not ours" } })],
]);
const protocols = {
  one: { meanMs: 10, requestsPerSecond: 5000, memoryMegabytes: 50, cpuPercent: 40 },
  two: { meanMs: 0.125, requestsPerSecond: 50_000, memoryMegabytes: 50, cpuPercent: 40 },
};
const load = { case: { sizeBytes: 1024 }, vus: 10 };
const expectations = { load, protocols };

function expectedIn(measured: Run, of = expectations): readonly ExpectedRow[] {
  return expectedAgainstMeasured(headlineOf(rowsOf(measured), measured.info), of, measured);
}

const remark = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe("expectedAgainstMeasured", () => {
  it("holds latency of one VU, and all else of many, against the figures of the binding's protocol, in their units", () => {
    const [one] = expectedIn(run);
    expect(one?.line.binding).toBe("one/rest");
    expect(one?.figures).toEqual([
      {
        ...{ metric: "meanMs", vus: 1, expected: 10, measured: 0.25, ratio: 0.025 },
        remark: remark(/^mean with 1 VU below expectation: ./),
      },
      {
        ...{ metric: "requestsPerSecond", vus: 10, expected: 5000, measured: 5000, ratio: 1 },
        remark: "RPS with 10 VUs as expected",
      },
      {
        ...{ metric: "memoryMegabytes", vus: 10, expected: 50, measured: 62.91456, ratio: 1.2582912 },
        remark: remark(/^server memory with 10 VUs above expectation: ./),
      },
      {
        ...{ metric: "cpuPercent", vus: 10, expected: 40, measured: 80, ratio: 2 },
        remark: remark(/^server CPU with 10 VUs above expectation: ./),
      },
    ]);
  });

  it("has null and the reason for what was not measured", () => {
    const [, second] = expectedIn(run);
    expect(second?.figures[2]).toEqual({
      ...{ metric: "memoryMegabytes", vus: 10, expected: 50, measured: null, ratio: null },
      remark: "server memory with 10 VUs: not ours",
    });
    const failed = sampleRun([sampleRoundTrip(), sampleHole({})]);
    expect(expectedIn(failed)[0]?.figures[1]?.remark).toBe("RPS with 10 VUs: [refused] nothing listens there");
  });

  it("leaves out protocols of which nothing is expected", () => {
    const some = expectedIn(run, { load, protocols: { ...protocols, one: undefined as never } });
    expect(some.map(({ line }) => line.protocol)).toEqual(["two"]);
    expect(expectedIn(run, { load, protocols: {} as never })).toEqual([]);
  });

  it.each<[what: string, cells: readonly CellResult[]]>([
    ["more VUs", [sampleCell({ load: "50 VUs" }, { load: closed(50) })]],
    ["a rate", [sampleCell({ load: "10/s on 10 connections" }, { load: open(10) })]],
    [
      "a ramp to as many VUs",
      [sampleCell({ load: "0→10 VUs in 4s" }, { load: { ...closed(10), executor: "ramping-vus" } })],
    ],
    ["larger bodies", [sampleRoundTrip({ case: { sizeBytes: 2048 } }), sampleCell({ case: { sizeBytes: 2048 } })]],
    ["another scenario", [sampleCell({ scenario: "workflow", case: {} })]],
  ])("holds nothing against %s, which the expectations are not of", (_what, cells) => {
    expect(expectedIn(sampleRun(cells))).toEqual([]);
  });

  it("holds what it can where one of the two loads is theirs, and says so of the other", () => {
    const [one] = expectedIn(sampleRun([sampleRoundTrip(), sampleCell({ load: "50 VUs" }, { load: closed(50) })]));
    expect(one?.figures.map(({ measured }) => measured)).toEqual([0.25, null, null, null]);
    expect(one?.figures[1]?.remark).toBe("RPS with 10 VUs: the run has no such cell, which the expectation is of");
  });
});

describe("reasons", () => {
  /** The remark on a figure of a run that differs from the sample in what was asked for. */
  function reasons(selection: Partial<RunInfo["selection"]>, of: string, ...cells: readonly CellResult[]): string {
    const info = { selection: { ...sampleInfo().selection, ...selection } };
    const [one] = expectedIn(sampleRun(cells.length > 0 ? cells : [sampleRoundTrip(), sampleCell()], info), {
      load,
      protocols: {
        ...protocols,
        one: { meanMs: 10, requestsPerSecond: 50_000, memoryMegabytes: 50, cpuPercent: 90 },
      },
    });
    return one?.figures.find(({ metric }) => metric === of)?.remark ?? "";
  }

  it("are those of a run on one machine whose agents answer at once", () => {
    expect(reasons({}, "meanMs")).toBe(
      "mean with 1 VU below expectation: client and server share one machine: no network; the agent answers at once: no model",
    );
    expect(reasons({}, "requestsPerSecond")).toBe(
      "RPS with 10 VUs below expectation: the load generator takes its share of the same machine's cores",
    );
  });

  it.each([
    [{ delayMs: 2 }, "meanMs", "the agent waits 2.00 ms"],
    [{ workMs: 2 }, "meanMs", "the agent burns 2.00 ms of CPU"],
    [{ delayMs: 2 }, "requestsPerSecond", "so that 10 VUs make 5,000 requests per second at most"],
    [{ workMs: 2 }, "requestsPerSecond", "so that a core makes 500 requests per second at most"],
  ])("of agents with %j say what they do, and nothing else, of %s", (selection, metric, expected) => {
    expect(reasons(selection, metric)).toContain(expected);
    expect(reasons(selection, metric)).not.toContain("at once");
  });

  it.each([
    ["given by its URL", { servers: ["external"], target: "http://example.org" } as const],
    ["in runs that were merged, each of which had a URL of its own", { servers: ["external"] } as const],
    ["started by a command", { servers: ["command"], target: "http://localhost:1", serve: "server" } as const],
  ])("of somebody else's server %s claim nothing about it or where it is", (_what, selection) => {
    const id = { server: selection.servers[0] };
    const small = { ...sampleCell().server, rssPeakBytes: 10_000_000 } as ServerUsage;
    const cells = [sampleRoundTrip(id), sampleCell(id, { server: small })];
    for (const [metric, said] of [
      ["meanMs", "mean with 1 VU below expectation"],
      ["requestsPerSecond", "RPS with 10 VUs below expectation"],
      ["memoryMegabytes", "server memory with 10 VUs below expectation"],
    ] as const)
      expect(reasons(selection, metric, ...cells)).toBe(said);
  });

  it("name the load generator as a limit only where it was one", () => {
    expect(reasons({}, "requestsPerSecond")).not.toContain("limit itself");
    const limited = sampleCell({}, { verdict: sampleVerdict("client-limited") });
    expect(reasons({}, "requestsPerSecond", sampleRoundTrip(), limited)).toContain("a limit itself (see the marks)");
  });

  it("of agents that do something do not say that they do nothing", () => {
    const fast = sampleCell({}, { operationsPerSecond: 90_000 });
    const slow = sampleRoundTrip({}, { steps: { total: sampleStep([20]) } });
    expect(reasons({}, "requestsPerSecond", slow, fast)).toContain("the agent does no work of its own");
    expect(reasons({ workMs: 1 }, "requestsPerSecond", slow, fast)).toBe("RPS with 10 VUs above expectation");
    expect(reasons({ delayMs: 15 }, "meanMs", slow, fast)).toBe(
      "mean with 1 VU above expectation: the agent waits 15.0 ms",
    );
  });
});

describe("expectationSection", () => {
  it("shows both figures and their ratio, under the load they are of, and each remark once", () => {
    const section = expectationSection(expectedIn(run));
    expect(section.columns.map(({ header }) => header.replaceAll("\n", " "))).toEqual([
      ...["binding", "1 VU mean", "10 VUs RPS", "10 VUs server memory", "10 VUs server CPU"],
    ]);
    expect(section.groups).toEqual([
      [
        ["one/rest", "10 → 0.250 (0.025×)", "5,000 → 5,000 (1×)", "50 → 62.9 (1.3×)", "40 → 80.0 (2×)"],
        ["two/grpc", "0.125 → 0.250 (2×)", "50,000 → 5,000 (0.1×)", "50 → n/a", "40 → n/a"],
      ],
    ]);
    expect(new Set(section.remarks).size).toBe(section.remarks.length);
    expect(section.remarks.join("\n")).not.toContain("as expected");
    expect(section.remarks.join("\n")).toContain("server memory with 10 VUs: not ours");
    expect(section.remarks.join("\n")).toContain("memory is in MB here");
  });
});
