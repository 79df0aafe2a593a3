import type { Run, RunInfo } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { type CompareOptions, type Comparison, compare } from "./compare.ts";
import type { RowCell } from "./row.ts";
import { sampleNight, sampleRounds, sampleUsage } from "./testing/sample-rounds.ts";
import { sampleCell, sampleHole, sampleRun, sampleVerdict } from "./testing/sample-run.ts";

type Compared = Extract<Comparison, { status: "compared" }>;

function compared(baseline: Run, candidate: Run, options: Partial<CompareOptions> = {}): Compared {
  const comparison = compare(baseline, candidate, { maxRegression: 0.2, ...options });
  if (comparison.status !== "compared") throw new TypeError("expected a comparison, got a refusal");
  return comparison;
}

const two = { binding: "two/grpc" };
const whole = sampleNight([...sampleRounds(), ...sampleRounds({}, two)]);
const doubtful = (kind: "client-limited" | "lossy", id = {}) => sampleRounds({ verdict: sampleVerdict(kind) }, id);
const cutOff = "cells.jsonl, line 3 was cut off and is left out: the run was killed while it wrote";

describe("a candidate cannot pass", () => {
  it.each<[why: string, candidate: Run, faults: readonly (string | RegExp)[]]>([
    [
      "with fewer rows",
      sampleNight(sampleRounds()),
      [/^The baseline has 1 row that the candidate lacks.*: two\/grpc, /],
    ],
    [
      "without cells",
      sampleNight([]),
      [/^The baseline has 2 rows that/, /^Nothing could be judged .*: no row has numbers in both runs\.$/],
    ],
    [
      "of which nothing is judged",
      sampleNight([...doubtful("lossy"), ...doubtful("lossy", two)]),
      ["Nothing could be judged that a slower server shows in: candidate: 0 of 6 rounds (lossy)."],
    ],
    ["that was cut off", { ...whole, truncated: [cutOff] }, [`The candidate is not whole: ${cutOff}.`]],
    ...(["interrupted", "aborted", "failed", null] as const).map((exit): [string, Run, readonly RegExp[]] => [
      `that ended as ${exit}`,
      sampleNight(whole.results, { exit }),
      [/^The candidate .*(absent|killed)\.$/],
    ]),
  ])("%s", (_why, candidate, faults) => {
    const expected = faults.map((fault) => (typeof fault === "string" ? fault : expect.stringMatching(fault)));
    expect(compared(whole, candidate)).toMatchObject({ faults: expected, passed: false, regressions: 0 });
  });

  it("with fewer rounds than are judged", () => {
    const pair = sampleRun([sampleCell(), sampleCell({ round: 2 })]);
    expect(compared(pair, pair)).toMatchObject({
      faults: [
        "Nothing could be judged that a slower server shows in: baseline: 2 of 6 rounds; candidate: 2 of 6 rounds.",
      ],
      passed: false,
    });
  });

  it("interrupted after 3 of 30 cells, with every row that is gone counted and the first named", () => {
    const bindings = ["a/b", "c/d", "e/f", "g/h", "i/j"];
    const baseline = sampleNight(bindings.flatMap((binding) => sampleRounds({}, { binding })));
    const candidate = sampleNight(baseline.results.filter(({ cell }) => cell.round === 1).slice(0, 3), {
      exit: "interrupted",
    });
    const { faults, passed } = compared(baseline, candidate);
    expect(passed).toBe(false);
    expect(faults).toEqual([
      "The candidate was interrupted: what it had not reached is absent.",
      expect.stringMatching(/^The baseline has 5 rows .*\(5 of 6 rounds missing in the candidate\).*; and 2 more\.$/),
      expect.stringMatching(/^Nothing could be judged .*candidate: 1 of 6 rounds/),
    ]);
  });
});

describe("a metric that must be judged", () => {
  const required = (candidate: Run, baseline = whole): readonly string[] =>
    compared(baseline, candidate, { requireJudged: ["cpuMsPerOperation", "operationsPerSecond"] }).faults;

  it("and is, is no fault", () => expect(required(whole)).toEqual([]));

  it("is one in each row where it is not, named with its reason", () => {
    expect(required(sampleNight([...sampleRounds(), ...doubtful("client-limited", two)]))).toEqual([
      "RPS (operationsPerSecond) was to be judged, and could not be in 1 row: two/grpc, message-size 1 KiB (candidate: 0 of 6 rounds (client-limited)).",
    ]);
    const server = { ...sampleUsage, cpuMsPerOperation: null };
    const silent = sampleRounds({ server, missing: { "server.cpuMsPerOperation": "too few steps" } }, two);
    expect(required(sampleNight([...sampleRounds(), ...silent]))).toEqual([
      expect.stringMatching(/^server CPU \(cpuMsPerOperation\) .*no value in the candidate: too few steps/),
    ]);
  });

  it("is one where a cell failed in both, and none in a row that is new", () => {
    const failed = sampleNight([...sampleRounds(), sampleHole(two)]);
    expect(required(failed, failed)).toEqual([
      expect.stringMatching(/^server CPU .*two\/grpc, .*failed in both/),
      expect.stringMatching(/^RPS .*two\/grpc, .*failed in both/),
    ]);
    expect(required(whole, sampleNight(sampleRounds()))).toEqual([]);
  });
});

describe("warnings", () => {
  const spread = { spreadOf: () => ({ sd: 0.1, runs: 30 }) };
  const warned = (baseline: Run, candidate: Run, options: Partial<CompareOptions> = spread): readonly string[] =>
    compared(baseline, candidate, options).warnings.filter((text) => !text.startsWith("Equal runs on this machine"));

  it("say what a baseline lacks, which is no loss", () => {
    const early: Partial<RunInfo> = { exit: "interrupted" };
    const comparison = compared({ ...sampleNight(sampleRounds(), early), truncated: [cutOff] }, whole, spread);
    expect(comparison.passed).toBe(true);
    expect(comparison.warnings.slice(0, 2)).toEqual([
      "The baseline was interrupted: what it had not reached is absent.",
      `The baseline is not whole: ${cutOff}.`,
    ]);
  });

  it("say in which rows a slower server would not be seen", () => {
    const blind = sampleNight([...sampleRounds(), ...doubtful("lossy", two)]);
    expect(warned(blind, whole)).toEqual([
      "In 1 row of 2 nothing could be judged that a slower server shows in: two/grpc, message-size 1 KiB (baseline: 0 of 6 rounds (lossy)).",
    ]);
  });

  it("say that no time was judged", () => {
    expect(warned(whole, sampleNight([...doubtful("client-limited"), ...doubtful("client-limited", two)]))).toEqual([
      "No latency and no RPS could be judged (candidate: 0 of 6 rounds (client-limited)): CPU per call, memory, bytes and failures were.",
    ]);
  });

  it("say what two runs at two times can show, by what is known of the machine", () => {
    expect(compared(whole, whole, spread).warnings).toEqual([
      expect.stringMatching(
        /^Equal runs on this machine may lie apart by its history, .*server CPU by 1\.4×.*bench ab/,
      ),
    ]);
    const some = { spreadOf: (cell: RowCell) => (cell.binding === "two/grpc" ? spread.spreadOf() : null) };
    expect(compared(whole, whole, some).warnings).toEqual([
      expect.stringMatching(/^Equal runs on this machine may lie apart by its history/),
      expect.stringMatching(/^Of other metrics and rows that is not known: /),
    ]);
    expect(compared(whole, whole).warnings).toEqual([
      expect.stringMatching(
        /is not known: .*server CPU 3 to 38%, RPS 49 to 121%, p50 59 to 172%, p99 55 to 134%.*bench ab/,
      ),
    ]);
  });
});
