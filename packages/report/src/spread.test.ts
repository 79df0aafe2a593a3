import { normals } from "@apb/stats/testing/draws";
import { describe, expect, it } from "vitest";
import { estimated, judged, type Side, sideOf } from "./judge.ts";
import { reachOf, type Spread, type SpreadOf, seenApart } from "./spread.ts";
import { sampleRounds } from "./testing/sample-rounds.ts";
import { sampleId } from "./testing/sample-run.ts";

describe("how far equal runs may lie apart", () => {
  it("is as far as they were seen to, where nothing is known of the machine, and nowhere for what is counted", () => {
    expect(Math.exp(reachOf("cpuMsPerOperation", null, 100))).toBeCloseTo(1.38);
    expect(Math.exp(reachOf("meanMs", null, 100))).toBeCloseTo(2.72);
    expect(reachOf("wireBytesPerOperation", null, 100)).toBe(0);
  });

  it("follows what is known, further for more metrics and for fewer runs", () => {
    const reach = (spread: Spread, beside: number): number => reachOf("wireBytesPerOperation", spread, beside);
    expect(reach({ sd: 0.1, runs: 121 }, 1)).toBeCloseTo(0.198, 3);
    expect(reach({ sd: 0.1, runs: 121 }, 50)).toBeCloseTo(0.1 * 3.37, 2);
    expect(reach({ sd: 0.1, runs: 6 }, 1)).toBeCloseTo(0.257, 3);
    expect(reach({ sd: 0, runs: 6 }, 1)).toBe(0);
  });
});

const template = sideOf("baseline", sampleRounds(), {});
const cells = ["a/b", "c/d", "e/f", "g/h", "i/j"].map((binding) => sampleId({ binding }));
/** The range of six normal values is 2.534 standard deviations long in the mean. */
const runSd = (most: number): number => Math.log1p(most) / 2.534;
const sds = {
  speed: runSd(seenApart.operationsPerSecond.most),
  cpu: runSd(seenApart.cpuMsPerOperation.most),
};
const roundSd = 0.15;

/** A simulated run: what its night does to all rows, what its processes do to each, and what rounds add. Costs are by `slower`. */
function simulated(draw: () => number, slower = 1): readonly Side[] {
  const night = draw();
  return cells.map(() => {
    const own = draw();
    const rounds = (sd: number): number[] => {
      const level = Math.log(slower) + sd * Math.sqrt(0.5) * (night + own);
      return Array.from({ length: 6 }, () => Math.exp(level + roundSd * draw()));
    };
    return sideWith(rounds(sds.speed), rounds(sds.cpu));
  });
}

/** The template with these rounds' latencies and CPU times; RPS go the other way. */
function sideWith(times: readonly number[], cpu: readonly number[]): Side {
  const { row } = template;
  const total = row.status === "measured" ? row.steps.total : undefined;
  if (row.status !== "measured" || total === undefined) throw new TypeError("expected a sample with numbers");
  const of = (rounds: readonly number[]) => ({ value: middle(rounds), rounds, missing: null });
  const slow = of(times);
  const latencyMs = { ...total.latencyMs, mean: slow, p50: slow, p99: slow };
  const own = {
    ...row,
    steps: { total: { ...total, latencyMs } },
    operationsPerSecond: of(times.map((ms) => 5000 / ms)),
    server: { ...row.server, cpuMsPerOperation: of(cpu) },
  };
  return { ...template, row: own, sound: { speed: own, cost: own, failures: own } };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[2] ?? 0) + (sorted[3] ?? 0)) / 2;
}

/** The spread of a run's value: the run's own, and what is left of the rounds' in their middle. */
function known(runs: number): SpreadOf {
  const of = (sd: number): Spread => ({ sd: Math.SQRT2 * Math.hypot(sd, roundSd / Math.sqrt(4)), runs });
  return (_cell, metric) =>
    metric === "cpuMsPerOperation" ? of(sds.cpu) : metric.endsWith("Bytes") ? null : of(sds.speed);
}

/** In what share of so many comparisons, of five rows and seven metrics each, any metric is judged worse. */
function alarms(times: number, seed: number, spreadOf: SpreadOf | undefined, slower = 1): number {
  const draw = normals(seed);
  let found = 0;
  for (let n = 0; n < times; n++) {
    const [before, after] = [simulated(draw), simulated(draw, slower)];
    const all = before.flatMap((side, row) => estimated(side, after[row] ?? side, spreadOf));
    const beside = all.filter(({ ratio, spread }) => ratio !== null && spread !== null).length;
    if (all.some((one) => judged(one, 0.05, beside).judgement === "worse")) found++;
  }
  return found / times;
}

describe("two equal runs on a machine whose runs spread as widely as was ever seen", () => {
  it("raise an alarm in fewer than one comparison of twenty where that spread is known", () => {
    expect(alarms(100, 1, known(1000))).toBeLessThan(0.05);
    expect(alarms(100, 2, known(10))).toBeLessThan(0.05);
  });

  it("would raise one in most comparisons by the intervals of their rounds alone", () => {
    expect(alarms(30, 3, () => ({ sd: 0, runs: 1000 }))).toBeGreaterThan(0.5);
  });

  it("hide no server four times slower", () => {
    expect(alarms(20, 4, known(1000), 4)).toBe(1);
    expect(alarms(20, 5, undefined, 4)).toBe(1);
  });
});
