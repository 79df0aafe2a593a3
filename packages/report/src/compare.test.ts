import type { FindingKind, Measured } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { type CompareOptions, type Comparison, compare } from "./compare.ts";
import type { ComparedMetric } from "./judge.ts";
import { comparedMetrics } from "./metrics.ts";
import type { Spread } from "./spread.ts";
import { sampleNight, sampleRounds, sampleUsage, slower, taking } from "./testing/sample-rounds.ts";
import { sampleHole, sampleRoundTrip, sampleStep, sampleVerdict } from "./testing/sample-run.ts";

type Compared = Extract<Comparison, { status: "compared" }>;

function compared(baseline: Run, candidate: Run, options: Partial<CompareOptions> = {}): Compared {
  const comparison = compare(baseline, candidate, { maxRegression: 0.2, ...options });
  if (comparison.status !== "compared") throw new TypeError("expected a comparison, got a refusal");
  return comparison;
}

type Parts = Parameters<typeof sampleRounds>[0];

/** Six rounds of a cell against six: the judgement on every metric. */
function judgements(before: Parts, after: Parts, options: Partial<CompareOptions> = {}): Record<string, string> {
  const { rows } = compared(sampleNight(sampleRounds(before)), sampleNight(sampleRounds(after)), options);
  return Object.fromEntries((rows[0]?.metrics ?? []).map(({ metric, judgement }) => [metric, judgement]));
}

function metricOf(comparison: Compared, key: ComparedMetric["metric"]): ComparedMetric | undefined {
  return comparison.rows[0]?.metrics.find(({ metric }) => metric === key);
}

const MiB = 1024 * 1024;
const same = Object.fromEntries(comparedMetrics.map(({ key }) => [key, "same"]));
const using = (parts: Partial<typeof sampleUsage>): Partial<Measured> => ({ server: { ...sampleUsage, ...parts } });
const carrying = (bytes: number): Partial<Measured> => ({
  wire: { sentBytes: bytes * 50, receivedBytes: bytes * 50, bodyBytes: 1000, operations: 100 },
});

describe("compare", () => {
  it("finds a run the same as itself", () => {
    const comparison = compared(sampleNight(sampleRounds()), sampleNight(sampleRounds()));
    expect(comparison.counts).toMatchObject({ better: 0, worse: 0, same: comparedMetrics.length, "not judged": 0 });
    expect(comparison).toMatchObject({ regressions: 0, faults: [], passed: true });
  });

  it.each<[name: string, before: Partial<Measured>, after: Partial<Measured>, expected: Record<string, string>]>([
    ["slower", taking(1), taking(4), { meanMs: "worse", p50Ms: "worse", p99Ms: "worse" }],
    ["faster", taking(4), taking(1), { meanMs: "better", p50Ms: "better", p99Ms: "better" }],
    ["slower within what is allowed", taking(10), taking(11.9), {}],
    [
      "slower within what equal runs differ by",
      taking(10),
      taking(20),
      { meanMs: "within spread", p50Ms: "within spread", p99Ms: "within spread" },
    ],
    ["slower within the floor of one wake-up", taking(0.01), taking(0.05), {}],
    ["a tail within the floor of one pause", taking(0.1), taking(0.5), { meanMs: "worse", p50Ms: "worse" }],
    ["fewer RPS", { operationsPerSecond: 100 }, { operationsPerSecond: 40 }, { operationsPerSecond: "worse" }],
    [
      "somewhat fewer",
      { operationsPerSecond: 100 },
      { operationsPerSecond: 60 },
      { operationsPerSecond: "within spread" },
    ],
    ["more RPS", { operationsPerSecond: 100 }, { operationsPerSecond: 230 }, { operationsPerSecond: "better" }],
    ["more memory", using({ rssPeakBytes: 40 * MiB }), using({ rssPeakBytes: 49 * MiB }), { rssPeakBytes: "worse" }],
    ["more memory within a step of the heap", using({ rssPeakBytes: 20 * MiB }), using({ rssPeakBytes: 28 * MiB }), {}],
    ["more CPU", using({ cpuMsPerOperation: 0.1 }), using({ cpuMsPerOperation: 0.14 }), { cpuMsPerOperation: "worse" }],
    ["less CPU", using({ cpuMsPerOperation: 0.2 }), using({ cpuMsPerOperation: 0.1 }), { cpuMsPerOperation: "better" }],
    ["more CPU within the kernel's ticks", using({ cpuMsPerOperation: 0.01 }), using({ cpuMsPerOperation: 0.019 }), {}],
    ["more bytes", carrying(1000), carrying(1250), { wireBytesPerOperation: "worse" }],
    ["more bytes within a header", carrying(20), carrying(36), {}],
    ["new failures", {}, { steps: { total: sampleStep([1, 1], { timeout: 1 }) } }, { errors: "worse" }],
    [
      "connections refused",
      {},
      { connections: { asked: 10, held: 9, failures: { refused: 1 } } },
      { refused: "worse" },
    ],
    ["dropped arrivals", {}, { dropped: 1 }, { errors: "worse" }],
  ])("judges %s", (_name, before, after, expected) => {
    expect(judgements(before, after)).toEqual({ ...same, ...expected });
  });

  it("compares each load of a case with its own", () => {
    const run = (ms: number): Run =>
      sampleNight([
        ...sampleRounds(taking(1)),
        ...[1, 2, 3, 4, 5, 6].map((round) => sampleRoundTrip({ round }, taking(ms))),
      ]);
    const { rows } = compared(run(1), run(4));
    const judged = rows.map(({ cell, metrics }) => [
      cell.load,
      metrics.find(({ metric }) => metric === "p50Ms")?.judgement,
    ]);
    expect(judged).toEqual([
      ["1 VU", "worse"],
      ["10 VUs", "same"],
    ]);
  });

  it("gives the change as a fraction, and none from nothing", () => {
    const comparison = compared(
      sampleNight(sampleRounds(taking(2))),
      sampleNight(sampleRounds({ ...taking(3), dropped: 100 })),
    );
    expect(metricOf(comparison, "meanMs")).toMatchObject({ baseline: 2, candidate: 3, change: 0.5 });
    expect(metricOf(comparison, "errors")).toMatchObject({ baseline: 0, candidate: 0.5, change: null });
  });

  it("takes a change that the rounds do not agree on for none, whatever its size", () => {
    const torn = (round: number): Partial<Measured> => taking(round % 2 === 0 ? 0.5 : 20);
    expect(judgements(taking(1), torn)).toEqual(same);
  });

  it("widens the interval of the rounds by the spread of equal runs, where that is known", () => {
    const spread = (sd: number, runs = 1000) => ({ spreadOf: (): Spread => ({ sd, runs }) });
    const [before, after] = [using({ cpuMsPerOperation: 0.1 }), using({ cpuMsPerOperation: 0.13 })];
    expect(judgements(before, after).cpuMsPerOperation).toBe("within spread");
    // Seven metrics share one alarm in twenty: 2.69 standard deviations, of which ln 1.3 is 2.6 of 10%.
    expect(judgements(before, after, spread(0.09)).cpuMsPerOperation).toBe("worse");
    expect(judgements(before, after, spread(0.1)).cpuMsPerOperation).toBe("within spread");
    expect(judgements(before, after, spread(0.05, 4)).cpuMsPerOperation).toBe("within spread");
  });
});

describe("a doubtful round", () => {
  const speed = { meanMs: "not judged", p50Ms: "not judged", p99Ms: "not judged", operationsPerSecond: "not judged" };
  const all = Object.fromEntries(comparedMetrics.map(({ key }) => [key, "not judged"]));
  const worse = using({ cpuMsPerOperation: 1 });

  it.each<[kind: FindingKind, unjudged: Readonly<Record<string, string>>]>([
    ["client-limited", speed],
    ["late-starts", speed],
    ["impossible", speed],
    ["errors", speed],
    ["partial", all],
    ["lossy", all],
    ["unequal", all],
  ])("that is %s leaves standing what it does not doubt, whichever side it is on", (kind, unjudged) => {
    const verdict = sampleVerdict(kind);
    const left = unjudged === all ? {} : { cpuMsPerOperation: "worse" };
    expect(judgements({ verdict }, worse)).toEqual({ ...same, ...left, ...unjudged });
    expect(judgements({}, { verdict, ...worse })).toEqual({ ...same, ...left, ...unjudged });
  });

  it.each<FindingKind>(["stalled", "unsteady", "nagle", "near-ceiling", "growing", "deviates"])(
    "that is %s is judged like any other",
    (kind) => {
      const judged = judgements(taking(1), { ...taking(40), verdict: sampleVerdict(kind) });
      expect(judged).toMatchObject({ p50Ms: "worse", errors: "same" });
    },
  );

  it("is set aside alone and named, and six others judge", () => {
    const doubtful = { ...taking(1000), verdict: sampleVerdict("impossible") };
    const seventh = sampleRounds(doubtful)
      .slice(0, 1)
      .map((one) => ({ ...one, cell: { ...one.cell, round: 7 } }));
    const comparison = compared(sampleNight(sampleRounds()), sampleNight([...sampleRounds(slower(4)), ...seventh]));
    expect(comparison.rows[0]?.setAside).toEqual([{ side: "candidate", round: 7, findings: ["impossible"] }]);
    expect(metricOf(comparison, "p50Ms")).toMatchObject({ baseline: 1, candidate: 4, judgement: "worse" });
  });

  it("leaves too few of six for latency, and does not hide a server four times slower", () => {
    const after = (round: number): Partial<Measured> => ({
      ...slower(4),
      ...(round === 3 ? { verdict: sampleVerdict("impossible") } : {}),
    });
    const comparison = compared(sampleNight(sampleRounds()), sampleNight(sampleRounds(after)));
    expect(metricOf(comparison, "p50Ms")).toMatchObject({
      judgement: "not judged",
      reason: "candidate: 5 of 6 rounds (impossible)",
    });
    expect(metricOf(comparison, "cpuMsPerOperation")).toMatchObject({ judgement: "worse", change: 3 });
    expect(comparison).toMatchObject({ regressions: 1, passed: false });
  });

  it("without a CPU time is one less to judge that by", () => {
    const unknown = { server: { ...sampleUsage, cpuPercentMean: null, cpuMsPerOperation: null } };
    const missing = { "server.cpu": "too few steps" };
    const some = compared(
      sampleNight(sampleRounds()),
      sampleNight(sampleRounds((round) => (round === 1 ? { ...unknown, missing } : {}))),
    );
    expect(metricOf(some, "cpuMsPerOperation")?.reason).toBe("candidate: 5 of 6 rounds");
    const none = compared(sampleNight(sampleRounds()), sampleNight(sampleRounds({ ...unknown, missing })));
    expect(metricOf(none, "cpuMsPerOperation")).toMatchObject({
      candidate: null,
      change: null,
      reason: "no value in the candidate: too few steps",
    });
    expect(metricOf(none, "rssPeakBytes")?.judgement).toBe("same");
  });
});

describe("a lost cell", () => {
  const all = (status: "failed" | "not-applicable" = "failed") =>
    [1, 2, 3, 4, 5, 6].map((round) => sampleHole({ round }, status));
  const [first, ...others] = sampleRounds();
  const torn = [...others, sampleHole({ round: 1 })];
  const early = sampleRounds((round) => (round === 1 ? { partial: "the generator died" } : {}));
  it.each<[string, Run["results"], Run["results"], Partial<Compared["rows"][number]>]>([
    ["measured, now failed", sampleRounds(), all(), { loss: "fails now: [refused] nothing listens there" }],
    ["unknown, now failed", [], all(), { loss: "fails now: [refused] nothing listens there" }],
    [
      "not applicable, now failed",
      all("not-applicable"),
      all(),
      { loss: "fails now: [refused] nothing listens there" },
    ],
    ["failed in both", all(), all(), { unjudged: "failed in both" }],
    ["failed, now measured", all(), sampleRounds(), { unjudged: "failed in the baseline, measured in the candidate" }],
    ["gone", sampleRounds(), [], { missing: "missing in the candidate" }],
    ["failed, now gone", all(), [], { unjudged: "not in the candidate" }],
    ["new", [], sampleRounds(), { unjudged: "not in the baseline" }],
    [
      "not applicable any more",
      sampleRounds(),
      all("not-applicable"),
      { missing: "not applicable in the candidate: [refused] nothing listens there" },
    ],
    ["gone in a round", sampleRounds(), others, { missing: "1 of 6 rounds missing in the candidate" }],
    [
      "failed in one round more",
      sampleRounds(),
      torn,
      { loss: "fails or ends early in 1 round now, 0 before: [refused] nothing listens there" },
    ],
    ["failed in one round before, too", torn, torn, {}],
    [
      "cut short in one round more",
      sampleRounds(),
      early,
      { loss: "fails or ends early in 1 round now, 0 before: the generator died" },
    ],
    ["in one round more than before", others, [...others, ...(first === undefined ? [] : [first])], {}],
  ])("that was %s", (_name, before, after, expected) => {
    const comparison = compared(sampleNight(before), sampleNight(after));
    expect(comparison.rows).toMatchObject([{ loss: null, missing: null, unjudged: null, ...expected }]);
    expect(comparison.regressions).toBe("loss" in expected ? 1 : 0);
    expect(comparison.passed && ("loss" in expected || "missing" in expected)).toBe(false);
  });
});
