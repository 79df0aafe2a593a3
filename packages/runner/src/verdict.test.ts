import { StepRecorder } from "@apb/core/recorder";
import { describe, expect, it } from "vitest";
import { type Evidence, judge } from "./verdict.ts";

function total(successes: number, failures: number): Evidence["total"] {
  const recorder = new StepRecorder();
  for (let n = 0; n < successes; n++) recorder.succeed(0, 0, 1);
  for (let n = 0; n < failures; n++) recorder.fail("timeout", 0, 1);
  return recorder.result();
}

const calm: Evidence = {
  total: total(1000, 0),
  generator: {
    cpuPercentMean: 40,
    cpuMsPerOperation: 0.1,
    eventLoopUtilization: 0.5,
    lateStartP99Ms: 0,
    rssPeakBytes: 1,
  },
  connections: { asked: 10, held: 10 },
  dropped: 0,
};

describe("judge", () => {
  it("finds nothing in a calm cell", () => {
    expect(judge(calm)).toEqual({ kind: "valid", findings: [] });
  });

  it.each<[name: string, change: Partial<Evidence>, kind: string, message: RegExp]>([
    ["0.2% failures", { total: total(998, 2) }, "errors", /0\.20% of the iterations failed/],
    ["a connection lost", { connections: { asked: 10, held: 9 } }, "errors", /1 of 10 connections/],
    ["an arrival dropped", { dropped: 3 }, "errors", /3 arrivals were dropped/],
    ["no iteration at all", { total: total(0, 0), dropped: 1 }, "errors", /no iteration ended/],
    [
      "a busy event loop",
      { generator: { ...calm.generator, eventLoopUtilization: 0.95 } },
      "client-limited",
      /event loop 95%/,
    ],
    ["a busy core", { generator: { ...calm.generator, cpuPercentMean: 97 } }, "client-limited", /97% of a core/],
    ["late starts", { generator: { ...calm.generator, lateStartP99Ms: 0.2 } }, "client-limited", /0\.20 ms late/],
  ])("doubts a cell with %s", (_name, change, kind, message) => {
    const verdict = judge({ ...calm, ...change });
    expect(verdict.kind).toBe(kind);
    expect(verdict.findings[0]?.message).toMatch(message);
    expect(verdict.findings[0]?.hint).not.toBe("");
  });

  it.each<[name: string, change: Partial<Evidence>]>([
    ["0.1% failures", { total: total(999, 1) }],
    ["an event loop below the limit", { generator: { ...calm.generator, eventLoopUtilization: 0.89 } }],
    ["starts a little late", { generator: { ...calm.generator, lateStartP99Ms: 0.05 } }],
  ])("does not doubt a cell with %s", (_name, change) => {
    expect(judge({ ...calm, ...change }).kind).toBe("valid");
  });

  it("names the gravest finding and keeps the others", () => {
    const verdict = judge({ ...calm, total: total(1, 1), generator: { ...calm.generator, cpuPercentMean: 99 } });
    expect(verdict.kind).toBe("errors");
    expect(verdict.findings.map(({ kind }) => kind)).toEqual(["errors", "client-limited"]);
  });
});
