import type { FindingKind, Measured } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { differences } from "./comparability.ts";
import { type ComparedMetric, type Comparison, compare } from "./compare.ts";
import { comparedMetrics } from "./metrics.ts";
import {
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

type Compared = Extract<Comparison, { status: "compared" }>;

function compared(baseline: Run, candidate: Run, options: Partial<Parameters<typeof compare>[2]> = {}): Compared {
  const comparison = compare(baseline, candidate, { maxRegression: 0.2, ...options });
  if (comparison.status !== "compared") throw new TypeError("expected a comparison, got a refusal");
  return comparison;
}

/** One cell against another: the judgement on every metric. */
function judgements(before: Partial<Measured>, after: Partial<Measured>): Record<string, string> {
  const { rows } = compared(sampleRun([sampleCell({}, before)]), sampleRun([sampleCell({}, after)]));
  return Object.fromEntries((rows[0]?.metrics ?? []).map(({ metric, judgement }) => [metric, judgement]));
}

function metricOf(comparison: Compared, key: ComparedMetric["metric"]): ComparedMetric | undefined {
  return comparison.rows[0]?.metrics.find(({ metric }) => metric === key);
}

function taking(ms: number): Pick<Measured, "steps"> {
  return { steps: { total: sampleStep(Array.from({ length: 100 }, () => ms)) } };
}

const usage = sampleCell().server;
if (usage === null) throw new TypeError("expected a sample with a server");
const MiB = 1024 * 1024;
const same = Object.fromEntries(comparedMetrics.map(({ key }) => [key, "same"]));

describe("compare", () => {
  it("finds a run the same as itself", () => {
    const comparison = compared(sampleRun([sampleCell()]), sampleRun([sampleCell()]));
    expect(comparison.counts).toEqual({ better: 0, worse: 0, same: comparedMetrics.length, "not judged": 0 });
    expect(comparison.regressions).toBe(0);
  });

  it.each<[name: string, before: Partial<Measured>, after: Partial<Measured>, expected: Record<string, string>]>([
    ["slower", taking(1), taking(2), { meanMs: "worse", p50Ms: "worse", p99Ms: "worse" }],
    ["faster", taking(2), taking(1), { meanMs: "better", p50Ms: "better", p99Ms: "better" }],
    ["slower within what is allowed", taking(10), taking(11.9), {}],
    ["slower within the floor of one wake-up", taking(0.05), taking(0.07), {}],
    ["a tail within the floor of one pause", taking(1), taking(1.4), { meanMs: "worse", p50Ms: "worse" }],
    ["fewer RPS", { operationsPerSecond: 100 }, { operationsPerSecond: 79 }, { operationsPerSecond: "worse" }],
    ["more RPS", { operationsPerSecond: 100 }, { operationsPerSecond: 121 }, { operationsPerSecond: "better" }],
    [
      "more memory",
      { server: { ...usage, rssPeakBytes: 40 * MiB } },
      { server: { ...usage, rssPeakBytes: 49 * MiB } },
      { rssPeakBytes: "worse" },
    ],
    [
      "more memory within a step of the heap",
      { server: { ...usage, rssPeakBytes: 20 * MiB } },
      { server: { ...usage, rssPeakBytes: 28 * MiB } },
      {},
    ],
    [
      "less CPU",
      { server: { ...usage, cpuMsPerOperation: 0.2 } },
      { server: { ...usage, cpuMsPerOperation: 0.1 } },
      { cpuMsPerOperation: "better" },
    ],
    [
      "more CPU within the kernel's ticks",
      { server: { ...usage, cpuMsPerOperation: 0.01 } },
      { server: { ...usage, cpuMsPerOperation: 0.019 } },
      {},
    ],
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
    const run = (ms: number): Run => sampleRun([sampleRoundTrip({}, taking(ms)), sampleCell({}, taking(1))]);
    const { rows } = compared(run(1), run(2));
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
      sampleRun([sampleCell({}, taking(2))]),
      sampleRun([sampleCell({}, { ...taking(3), dropped: 100 })]),
    );
    expect(metricOf(comparison, "meanMs")).toMatchObject({ baseline: 2, candidate: 3, change: 0.5 });
    expect(metricOf(comparison, "errors")).toMatchObject({ baseline: 0, candidate: 0.5, change: null });
  });

  it("takes an interval that holds 1 for no change", () => {
    const interval = (before: readonly number[], after: readonly number[]) =>
      before.length < 2 || after.length < 2 ? null : { low: 0.9, high: 2 };
    const rounds = (ms: number): Run => sampleRun([sampleCell({}, taking(ms)), sampleCell({ round: 2 }, taking(ms))]);
    expect(metricOf(compared(rounds(1), rounds(2)), "meanMs")?.judgement).toBe("worse");
    expect(metricOf(compared(rounds(1), rounds(2), { interval }), "meanMs")?.judgement).toBe("same");
  });
});

describe("a doubtful cell", () => {
  const speed = { meanMs: "not judged", p50Ms: "not judged", p99Ms: "not judged", operationsPerSecond: "not judged" };
  const cost = { rssPeakBytes: "not judged", cpuMsPerOperation: "not judged" };
  const failures = { errors: "not judged", refused: "not judged" };

  const all = { ...speed, ...cost, ...failures };
  it.each<[kind: FindingKind, unjudged: Readonly<Record<string, string>>]>([
    ["client-limited", speed],
    ["late-starts", speed],
    ["stalled", speed],
    ["unsteady", speed],
    ["impossible", all],
    ["errors", { ...speed, ...cost }],
    ["partial", all],
    ["lossy", all],
    ["unequal", all],
  ])("that is %s is judged by what that leaves standing, whichever side it is on", (kind, unjudged) => {
    const verdict = sampleVerdict(kind);
    const worse = { server: { ...usage, cpuMsPerOperation: 1 } };
    const left = "cpuMsPerOperation" in unjudged ? {} : { cpuMsPerOperation: "worse" };
    expect(judgements({ verdict }, worse)).toEqual({ ...same, ...left, ...unjudged });
    expect(judgements({}, { verdict, ...worse })).toEqual({ ...same, ...left, ...unjudged });
  });

  it.each<FindingKind>(["nagle", "near-ceiling", "growing", "deviates"])(
    "that is %s, which explains it, is judged like any other",
    (kind) => {
      const judged = judgements(taking(1), { ...taking(40), verdict: sampleVerdict(kind) });
      expect(judged).toMatchObject({ p50Ms: "worse", errors: "same" });
    },
  );

  it("says which findings forbid to judge it", () => {
    const comparison = compared(
      sampleRun([sampleCell({}, { verdict: sampleVerdict("client-limited") })]),
      sampleRun([sampleCell({}, { verdict: sampleVerdict("unsteady") })]),
    );
    expect(metricOf(comparison, "meanMs")?.reason).toBe("client-limited, unsteady");
    expect(metricOf(comparison, "errors")?.reason).toBeNull();
  });

  it("whose CPU is not known is not judged by it", () => {
    const server = { ...usage, cpuPercentMean: null, cpuMsPerOperation: null };
    const unknown = sampleCell({}, { server, missing: { "server.cpu": "too few steps" } });
    const comparison = compared(sampleRun([sampleCell()]), sampleRun([unknown]));
    expect(metricOf(comparison, "cpuMsPerOperation")).toMatchObject({
      candidate: null,
      change: null,
      reason: "no value in the candidate: too few steps",
    });
    expect(metricOf(comparison, "rssPeakBytes")?.judgement).toBe("same");
  });

  it("with a value on one side only is not judged by it", () => {
    const comparison = compared(
      sampleRun([sampleCell({}, { server: null, missing: { server: "not ours" } })]),
      sampleRun([sampleCell()]),
    );
    expect(metricOf(comparison, "rssPeakBytes")).toMatchObject({
      baseline: null,
      judgement: "not judged",
      reason: "no value in the baseline: not ours",
    });
  });
});

describe("a lost cell", () => {
  const holed = sampleHole({});
  it.each([
    ["measured, now failed", [sampleCell()], [holed], "fails now: [refused] nothing listens there", null],
    ["unknown, now failed", [], [holed], "fails now: [refused] nothing listens there", null],
    ["not applicable, now failed", [sampleHole({}, "not-applicable")], [holed], /^fails now/, null],
    ["failed in both", [holed], [holed], null, "failed in both"],
    ["failed, now measured", [holed], [sampleCell()], null, "failed in the baseline, measured in the candidate"],
    ["gone", [sampleCell()], [], null, "not in the candidate"],
    ["new", [], [sampleCell()], null, "not in the baseline"],
    [
      "not applicable any more",
      [sampleCell()],
      [sampleHole({}, "not-applicable")],
      null,
      "measured in the baseline, not-applicable in the candidate",
    ],
    [
      "failed in one round more",
      [sampleCell(), sampleCell({ round: 2 })],
      [sampleCell(), sampleHole({ round: 2 })],
      "fails in 1 round now, 0 before: [refused] nothing listens there",
      null,
    ],
    [
      "failed in one round before, too",
      [sampleCell(), sampleHole({ round: 2 })],
      [sampleHole({}), sampleCell({ round: 2 })],
      null,
      null,
    ],
  ])("that was %s", (_name, before, after, loss, unjudged) => {
    const comparison = compared(sampleRun(before), sampleRun(after));
    const expected = loss instanceof RegExp ? expect.stringMatching(loss) : loss;
    expect(comparison.rows).toMatchObject([{ loss: expected, unjudged }]);
    expect(comparison.regressions).toBe(loss === null ? 0 : 1);
  });
});

describe("runs that cannot be compared", () => {
  const base = sampleRun([sampleCell()]);
  const info = sampleInfo();
  const elsewhere = sampleRun([sampleCell()], {
    environment: { ...info.environment, cpuModel: "Other CPU", node: "24.0.0", memoryBytes: 8 * 1024 ** 3 },
    profile: { ...info.profile, vus: 50 },
  });

  it("are refused with every difference", () => {
    expect(compare(base, elsewhere, { maxRegression: 0.2 })).toEqual({
      status: "refused",
      differences: [
        { what: "CPU model", baseline: "Sample CPU", candidate: "Other CPU" },
        { what: "Node version", baseline: "20.20.2", candidate: "24.0.0" },
        { what: "profile vus", baseline: "10", candidate: "50" },
        { what: "memory", baseline: "4,096 MiB", candidate: "8,192 MiB" },
      ],
    });
  });

  it("are compared by force, and that is not forgotten", () => {
    expect(compared(base, elsewhere, { force: true }).differences).toHaveLength(4);
  });

  it.each([
    ["the order of bindings", { selection: { ...info.selection, bindings: ["two/grpc", "one/rest"] } }],
    ["the seed", { seed: 2 }],
    ["a little memory", { environment: { ...info.environment, memoryBytes: 4.01 * 1024 ** 3 } }],
    [
      "load, commit and libraries",
      { environment: { ...info.environment, loadAverage: 9, gitCommit: null, libraries: {} } },
    ],
  ])("are not those that differ in %s", (_name, parts) => {
    expect(compare(base, sampleRun([sampleCell()], parts), { maxRegression: 0.2 }).status).toBe("compared");
  });

  it("are those with another executor", () => {
    const executor = { executor: "constant-arrival-rate", perSecond: 5, durationMs: 800, maxInFlight: 100 } as const;
    const other = sampleRun([sampleCell()], { profile: { ...info.profile, executor } });
    expect(compare(base, other, { maxRegression: 0.2 })).toMatchObject({
      differences: [{ what: "profile executor", baseline: "null", candidate: JSON.stringify(executor) }],
    });
  });

  it.each([
    [
      "a ramp, which replaces windows and VUs",
      { executor: "ramping-vus", startVUs: 1, stages: [], gracefulRampDownMs: 0 },
      [],
    ],
    [
      "a rate, whose connections are as many as the VUs",
      { executor: "constant-arrival-rate", perSecond: 5, durationMs: 800, maxInFlight: 100 },
      ["profile vus"],
    ],
    ["loads of the scenarios' own", undefined, ["profile windowMs", "profile vus"]],
  ] as const)("are those with other windows and VUs where they ran: %s", (_name, executor, expected) => {
    const profile = { ...info.profile, ...(executor === undefined ? {} : { executor }) };
    const found = differences({ ...info, profile }, { ...info, profile: { ...profile, windowMs: 900, vus: 11 } });
    expect(found.map(({ what }) => what)).toEqual(expected);
  });

  it("are those with other servers", () => {
    const selection = { ...info.selection, servers: ["reference", "sdk"] } as const;
    expect(compare(base, sampleRun([sampleCell()], { selection }), { maxRegression: 0.2 })).toMatchObject({
      differences: [{ what: "selection servers", baseline: "reference", candidate: "reference, sdk" }],
    });
  });

  it("are told from those whose SDK changed, which is named", () => {
    const sdks = { "one/rest": "one-sdk 1.3.1" };
    expect(compared(base, sampleRun([], { sdks })).changes).toEqual([
      { what: "SDK of one/rest", baseline: "none", candidate: "one-sdk 1.3.1" },
    ]);
  });

  it("are told from those whose server was started by another command, which is named", () => {
    const started = { ...info.selection, servers: ["command"], target: "http://localhost:{port}/mcp" } as const;
    const [before, after] = ["v1 {port}", "v2 {port}"].map((serve) =>
      sampleRun([], { selection: { ...started, serve } }),
    );
    expect(compared(before as Run, after as Run)).toMatchObject({
      differences: [],
      changes: [{ what: "server's command", baseline: "v1 {port}", candidate: "v2 {port}" }],
    });
    const selection = { ...started, serveEnv: ["A", "B"] };
    expect(compared(sampleRun([], { selection: started }), sampleRun([], { selection })).changes).toEqual([
      { what: "server's variables", baseline: "none", candidate: "A, B" },
    ]);
  });

  it("are told from those whose code changed, which is named", () => {
    const environment = { ...info.environment, gitCommit: "89abcde", libraries: { undici: "7.1.0", ws: "8.0.0" } };
    expect(compared(base, sampleRun([], { environment })).changes).toEqual([
      { what: "commit", baseline: "0123456", candidate: "89abcde" },
      { what: "undici", baseline: "7.0.0", candidate: "7.1.0" },
      { what: "ws", baseline: "none", candidate: "8.0.0" },
    ]);
  });
});

describe("warnings", () => {
  const verdict = sampleVerdict("client-limited");
  const manyRounds = { profile: { ...sampleInfo().profile, rounds: 6 } };

  it.each([
    ["nothing", [sampleCell()], [sampleCell()], []],
    [
      "no speed",
      [sampleCell({}, { verdict })],
      [sampleCell()],
      ["No latency and no RPS could be judged: client-limited. Memory, CPU and failures were, where they are known."],
    ],
    [
      "nothing judged",
      [sampleCell({}, { verdict: sampleVerdict("lossy") })],
      [sampleCell()],
      ["Nothing could be judged: lossy."],
    ],
    ["nothing in common", [], [sampleCell()], ["Nothing could be judged: no row has numbers in both runs."]],
  ])("say %s", (_name, before, after, expected) => {
    expect(compared(sampleRun(before, manyRounds), sampleRun(after, manyRounds)).warnings).toEqual(expected);
  });

  it("say that rounds are too few", () => {
    expect(compared(sampleRun([sampleCell()]), sampleRun([sampleCell()])).warnings).toEqual([
      expect.stringMatching(/^Too few rounds \(1, of 6 at least\)/),
    ]);
  });
});
