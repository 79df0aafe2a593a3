import type { ABCell, ABInfo, ABMetric, ABSide } from "@apb/core/ab";
import type { FindingKind, Measured } from "@apb/core/cell";
import { randomOf } from "@apb/core/random";
import { describe, expect, it } from "vitest";
import { abMetrics, halfWidth, outcomeOf } from "./ab.ts";
import { sampleCell, sampleRoundTrip, sampleStep } from "./testing/sample-run.ts";

const info: Pick<ABInfo, "a" | "b" | "spent"> = {
  a: { label: "server=reference", server: "reference", client: "wire" },
  b: { label: "work=50us", server: "reference", client: "wire" },
  spent: {},
};

/** What a side is by: factors on a restart's CPU per call and RPS, what is found, what fails. */
interface Of {
  readonly cpu?: number;
  readonly rps?: number;
  readonly findings?: readonly FindingKind[];
  readonly failed?: number;
}

function cell(side: ABSide, round: number, { cpu = 1, rps = 1, findings = [], failed = 0 }: Of): readonly ABCell[] {
  const total = sampleStep(
    Array.from({ length: 100 }, () => 1),
    failed === 0 ? {} : { rejected: failed },
  );
  const busy = sampleCell({ round }, { steps: { total, send: total } });
  const doubted: Pick<Measured, "verdict"> = {
    verdict: {
      kind: findings[0] ?? "valid",
      findings: findings.map((kind) => ({ kind, message: `it is ${kind}`, hint: "wait" })),
    },
  };
  const server = busy.server === null ? null : { ...busy.server, cpuMsPerOperation: 0.16 * cpu };
  return [
    { ...busy, ...doubted, server, operationsPerSecond: 5000 * rps, side },
    { ...sampleRoundTrip({ round }), side },
  ];
}

/** Restarts whose sides differ by this, and by noise of so many percent. */
function restarts(n: number, b: Of, { noise = 0.01, seed = 1, a = {} as Of } = {}): readonly ABCell[] {
  const next = randomOf(seed);
  const noisy = (of: Of): Of => ({
    ...of,
    cpu: (of.cpu ?? 1) * (1 + noise * (next() - 0.5)),
    rps: (of.rps ?? 1) * (1 + noise * (next() - 0.5)),
  });
  return Array.from({ length: n }, (_, r) => [
    ...cell("a", r + 1, noisy(a)),
    ...cell("b", r + 1, noisy(b)),
    ...cell("control", r + 1, noisy(a)),
  ]).flat();
}

function metricIn(metrics: readonly ABMetric[], key: string): ABMetric {
  const found = metrics.find(({ metric }) => metric === key);
  if (found === undefined) throw new Error(`no ${key}`);
  return found;
}

describe("abMetrics", () => {
  it("finds B worse where its CPU is beyond chance and the floor, and says by how much", () => {
    const cpu = metricIn(abMetrics(restarts(10, { cpu: 1.05 }), info), "cpuMsPerOperation");
    expect(cpu.verdict).toBe("worse");
    expect(cpu.ratio).toBeCloseTo(1.05, 2);
    expect(cpu.sentence).toMatch(/^B needs [45]\.\d+% more CPU per call than A \(95%: [34]\.\d+ to [56]\.\d+%\)$/);
  });

  it("calls fewer calls a second worse, and more better", () => {
    expect(metricIn(abMetrics(restarts(10, { rps: 0.9 }), info), "operationsPerSecond").verdict).toBe("worse");
    const better = metricIn(abMetrics(restarts(10, { rps: 1.1 }), info), "operationsPerSecond");
    expect(better.verdict).toBe("better");
    expect(better.sentence).toMatch(/^B answers .* more calls a second than A/);
  });

  it("says of what size a difference would have been seen where none is shown", () => {
    const cpu = metricIn(abMetrics(restarts(10, {}, { noise: 0.06 }), info), "cpuMsPerOperation");
    expect(cpu.verdict).toBe("no difference shown");
    expect(cpu.sentence).toMatch(/^CPU per call: no difference shown; one of more than ±\d\.\d+% would have been$/);
  });

  it("takes a difference for none that is no larger than that of equal servers", () => {
    const cells = restarts(10, { cpu: 1.03 }).map((one) =>
      one.side === "control" && one.status === "measured" && one.server !== null
        ? { ...one, server: { ...one.server, cpuMsPerOperation: 0.16 * 1.04 } }
        : one,
    );
    const cpu = metricIn(abMetrics(cells, info), "cpuMsPerOperation");
    expect(cpu).toMatchObject({ verdict: "no difference shown", p: expect.closeTo(0.0059, 4) });
    expect(cpu.floor).toBeCloseTo(0.04, 2);
    expect(cpu.sentence).toMatch(/no more than equal servers may differ by here/);
  });

  it("judges nothing by fewer than six restarts", () => {
    const cpu = metricIn(abMetrics(restarts(5, { cpu: 2 }), info), "cpuMsPerOperation");
    expect(cpu).toMatchObject({
      verdict: "not judged",
      low: null,
      reason: "5 restarts with a value on both sides, at least 6 are needed",
    });
  });

  it("sets aside the restarts in which a count is doubted, and judges by the others", () => {
    const doubted = [...cell("a", 11, {}), ...cell("b", 11, { cpu: 4, findings: ["lossy"] })];
    const metrics = abMetrics([...restarts(10, {}), ...doubted], info);
    expect(metricIn(metrics, "cpuMsPerOperation")).toMatchObject({
      ...{ restarts: 10, setAside: { lossy: 1 }, verdict: "no difference shown" },
    });
  });

  it("sets those in which a clock is aside for what is timed, and not for CPU", () => {
    const metrics = abMetrics(restarts(8, { findings: ["impossible"] }), info);
    expect(metricIn(metrics, "operationsPerSecond")).toMatchObject({ restarts: 0, setAside: { impossible: 8 } });
    expect(metricIn(metrics, "cpuMsPerOperation")).toMatchObject({ restarts: 8, setAside: {} });
  });

  it("keeps those in which the machine stood still: that is in the spread", () => {
    const metrics = abMetrics(restarts(8, { findings: ["stalled", "unsteady"] }), info);
    expect(metricIn(metrics, "operationsPerSecond")).toMatchObject({ restarts: 8, setAside: {} });
  });

  it("calls B worse where more of its calls fail", () => {
    const failures = metricIn(abMetrics(restarts(6, { failed: 2 }), info), "errors");
    expect(failures).toMatchObject({ verdict: "worse", judged: true, a: 0 });
    expect(failures.sentence).toBe("failures: 0.990% of B's calls, 0% of A's: B is worse");
  });

  it("takes one failure by chance for none", () => {
    const once = [...restarts(6, {}), ...cell("a", 7, {}), ...cell("b", 7, { failed: 1 }), ...cell("control", 7, {})];
    expect(metricIn(abMetrics(once, info), "errors").verdict).toBe("no difference shown");
  });

  it("says what size it would have shown by the level that many metrics ask for", () => {
    const many = Array.from({ length: 5 }, (_, n) =>
      restarts(12, {}, { noise: 0.1, seed: n }).map((one) => ({
        ...one,
        cell: { ...one.cell, binding: `b${n}/rest` },
      })),
    ).flat();
    const [alone, among] = [abMetrics(restarts(12, {}, { noise: 0.1, seed: 0 }), info), abMetrics(many, info)].map(
      (metrics) => metricIn(metrics, "cpuMsPerOperation").detectable ?? 0,
    );
    expect(among).toBeGreaterThan(alone ?? 1);
  });

  it("judges the client's CPU where the clients differ", () => {
    const clients = { ...info, b: { ...info.b, client: "library" } } as const;
    const judged = abMetrics(restarts(6, {}), clients).filter((one) => one.judged);
    expect(judged.map(({ metric }) => metric)).toEqual([
      "clientCpuMsPerOperation",
      "operationsPerSecond",
      "p50Ms",
      "errors",
    ]);
  });

  it("counts what was measured once more from its first restart on", () => {
    const again = restarts(8, {}).map((one) => ({ ...one, cell: { ...one.cell, round: one.cell.round + 8 } }));
    const metrics = abMetrics([...restarts(8, { cpu: 3 }), ...again], {
      ...info,
      spent: { "one/rest": { restarts: 16, ms: 1, from: 9 } },
    });
    expect(metricIn(metrics, "cpuMsPerOperation")).toMatchObject({ restarts: 8, verdict: "no difference shown" });
  });

  it("takes latency from one user and the rest from many", () => {
    const metrics = abMetrics(restarts(6, {}), info);
    expect(metricIn(metrics, "p50Ms")).toMatchObject({ load: "1 VU", a: 0.25 });
    expect(metricIn(metrics, "operationsPerSecond").load).toBe("10 VUs");
  });
});

describe("halfWidth", () => {
  it("is that of the widest judged interval, and infinite without one", () => {
    expect(halfWidth(abMetrics(restarts(8, {}, { noise: 0.1 }), info))).toBeLessThan(0.1);
    expect(halfWidth(abMetrics(restarts(4, {}), info))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("outcomeOf", () => {
  const equal = (): readonly ABMetric[] => abMetrics(restarts(8, {}), info);
  const fewOfOther = (): readonly ABMetric[] =>
    abMetrics(
      restarts(6, { cpu: 4 }).map((one) => ({ ...one, cell: { ...one.cell, binding: "two/grpc" } })),
      info,
    );

  it("lets B pass where all is judged and nothing is worse", () => {
    expect(outcomeOf(equal(), [])).toEqual({
      ...{ verdict: "no difference shown", sentence: "No difference between A and B is shown" },
    });
    expect(outcomeOf(abMetrics(restarts(10, { cpu: 0.8 }), info), []).verdict).toBe("better");
    expect(outcomeOf(abMetrics(restarts(10, { cpu: 1.2 }), info), []).verdict).toBe("worse");
  });

  it("does not let it pass where a binding could not be judged, or failed", () => {
    const unjudged = outcomeOf([...equal(), ...fewOfOther()], []);
    expect(unjudged.verdict).toBe("not judged");
    expect(unjudged.sentence).toMatch(
      /^Not all could be judged: two\/grpc, message-size 1 KiB: nothing could be judged \(6 restarts/,
    );
    expect(outcomeOf(equal(), ["two/grpc was given up: B: it ended"])).toEqual({
      verdict: "not judged",
      sentence: "Not all could be judged: two/grpc was given up: B: it ended",
    });
    expect(outcomeOf([], []).verdict).toBe("not judged");
  });

  it("says worse before all else", () => {
    expect(outcomeOf(abMetrics(restarts(10, { cpu: 1.2 }), info), ["x"]).verdict).toBe("worse");
  });
});
