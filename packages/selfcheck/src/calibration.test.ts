import { noValue } from "@apb/report/format";
import { describe, expect, it } from "vitest";
import { calibrationSection, type Entry, figuresOf } from "./calibration.ts";
import type { Outcome } from "./contenders.ts";

function outcome(requestsPerSecond: number, ms: number, seen = true, failures = 0): Outcome {
  const reading = { requestsPerSecond, p50Ms: ms, p99Ms: 10 * ms, failures };
  const sighting = { countedPerSecond: requestsPerSecond + 1, cpuMsPerRequest: 0.05 };
  return { reading, sighting: seen ? sighting : null };
}

function entry(name: string, outcomes: readonly Outcome[], rest: Partial<Entry> = {}): Entry {
  return { contender: { name, resolutionMs: 0 }, outcomes, troubles: [], ...rest };
}

const oursInThree = entry("ours", [outcome(100, 1), outcome(400, 3), outcome(200, 2, false)]);

describe("figures", () => {
  it("are medians of the rounds that have them", () => {
    expect(figuresOf(oursInThree)).toEqual({
      ...{ requestsPerSecond: 200, countedPerSecond: 251, p50Ms: 2, p99Ms: 20, cpuMsPerRequest: 0.05 },
    });
  });

  it("are none without a round", () => {
    expect(new Set(Object.values(figuresOf(entry("x", []))))).toEqual(new Set([null]));
  });
});

describe("the table", () => {
  const coarse = { contender: { name: "coarse", resolutionMs: 1 } };
  const section = calibrationSection(
    "title",
    "caption",
    [
      oursInThree,
      entry("fast", [outcome(1000, 0.5)]),
      entry("coarse", [outcome(50, 0.2, true, 7)], coarse),
      entry("absent", [], { troubles: ["crashed"] }),
    ],
    ["remark"],
  );

  it("has a line each, with ratios to the first", () => {
    expect(section.groups).toEqual([
      [
        ["ours", "200", "1×", "251", "2.00", "1×", "20.0", "1×", "50.0", "1×"],
        ["fast", "1,000", "5×", "1,001", "0.500", "0.25×", "5.00", "0.25×", "50.0", "1×"],
        ["coarse", "50", "0.25×", "51", "<1", noValue, "2.00", "0.1×", "50.0", "1×"],
        ["absent", ...Array(9).fill(noValue)],
      ],
    ]);
  });

  it("tells of what went wrong", () => {
    expect(section.remarks).toEqual(["remark", "coarse says that 7 of its requests failed.", "absent: crashed"]);
  });

  it("has no ratios where the first has no figures", () => {
    const { groups } = calibrationSection("", "", [entry("ours", []), entry("fast", [outcome(1000, 0.5)])], []);
    expect(groups[0]?.[1]).toEqual([
      "fast",
      "1,000",
      noValue,
      "1,001",
      "0.500",
      noValue,
      "5.00",
      noValue,
      "50.0",
      noValue,
    ]);
  });
});
