import { describe, expect, it } from "vitest";
import { expectationSection, expectedAgainstMeasured } from "./expectations.ts";
import { headlineOf } from "./headline.ts";
import { rowsOf } from "./rows.ts";
import { sampleCell, sampleRun } from "./testing/sample-run.ts";

const run = sampleRun([
  sampleCell(),
  sampleCell({ binding: "two/grpc" }, { server: null, missing: { server: "not ours" } }),
]);
const lines = headlineOf(rowsOf(run), run.info);
const expectations = {
  one: { meanMs: 10, requestsPerSecond: 5000, memoryMegabytes: 50, cpuPercent: 40 },
  two: { meanMs: 0.5, requestsPerSecond: 50_000, memoryMegabytes: 50, cpuPercent: 40 },
};

const remark = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe("expectedAgainstMeasured", () => {
  it("holds measured figures against those of the binding's protocol, in the expectation's units", () => {
    const [one] = expectedAgainstMeasured(lines, expectations);
    expect(one?.line.binding).toBe("one/rest");
    expect(one?.figures).toEqual([
      { metric: "meanMs", expected: 10, measured: 1, ratio: 0.1, remark: remark(/^mean latency below expectation: ./) },
      { metric: "requestsPerSecond", expected: 5000, measured: 5000, ratio: 1, remark: "best RPS as expected" },
      {
        metric: "memoryMegabytes",
        expected: 50,
        measured: 62.91456,
        ratio: 1.2582912,
        remark: remark(/^memory above expectation: ./),
      },
      {
        metric: "cpuPercent",
        expected: 40,
        measured: 80,
        ratio: 2,
        remark: remark(/^server CPU above expectation: ./),
      },
    ]);
  });

  it("has null and the reason for what was not measured", () => {
    const [, two] = expectedAgainstMeasured(lines, expectations);
    expect(two?.figures[2]).toEqual({
      metric: "memoryMegabytes",
      expected: 50,
      measured: null,
      ratio: null,
      remark: "memory: not ours",
    });
  });

  it("leaves out protocols of which nothing is expected", () => {
    expect(expectedAgainstMeasured(lines, { two: expectations.two }).map(({ line }) => line.protocol)).toEqual(["two"]);
    expect(expectedAgainstMeasured(lines, {})).toEqual([]);
  });
});

describe("expectationSection", () => {
  it("shows both figures and their ratio, and each remark once", () => {
    const section = expectationSection(expectedAgainstMeasured(lines, expectations));
    expect(section.groups).toEqual([
      [
        ["one/rest", "10 → 1.00 (0.1×)", "5,000 → 5,000 (1×)", "50 → 62.9 (1.3×)", "40 → 80.0 (2×)"],
        ["two/grpc", "0.5 → 1.00 (2×)", "50,000 → 5,000 (0.1×)", "50 → n/a", "40 → n/a"],
      ],
    ]);
    expect(new Set(section.remarks).size).toBe(section.remarks.length);
    expect(section.remarks.join("\n")).not.toContain("as expected");
    expect(section.remarks.join("\n")).toContain("memory: not ours");
    expect(section.remarks.join("\n")).toContain("memory is in MB here");
  });
});
