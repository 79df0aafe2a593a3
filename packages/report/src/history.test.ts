import { changePoints } from "@apb/stats/change-points";
import { median } from "@apb/stats/median";
import { describe, expect, it } from "vitest";
import { type Accepted, everySeries, type History, spreadOf, type Trend, trendsOf } from "./history.ts";
import { nightOf, sampleHistory, samplePoint } from "./testing/sample-history.ts";

/** Numbers between 0 and 1, the same ones for the same seed. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Noise of 3%, one night in 20 15 to 30% worse. */
function nightly(seed: number, nights = 60): number[] {
  const draw = uniforms(seed);
  const normal = (): number => Array.from({ length: 12 }, draw).reduce((sum, value) => sum + value, -6);
  return Array.from({ length: nights }, () => (1 + 0.03 * normal()) * (draw() < 0.05 ? 1.15 + 0.15 * draw() : 1));
}

const flat = (value: number, nights: number): number[] =>
  Array.from({ length: nights }, (_, n) => value + (n % 2) / 1000);
const accepted = (n: number, parts: Partial<Accepted> = {}): Accepted => ({
  ...{ schemaVersion: 1, kind: "accepted", night: nightOf(n), machine: samplePoint().machine.id },
  ...{ only: everySeries, runs: [`run-${n}`], acceptedAt: "2026-12-01T00:00:00.000Z" },
  ...parts,
});

function only(history: History): Trend {
  const [trend, ...others] = trendsOf(history);
  if (trend === undefined || others.length > 0) throw new Error("expected one series");
  return trend;
}

describe("trendsOf", () => {
  it("finds what changePoints finds, no more and no less, with night, commits, size and confidence", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const values = nightly(seed).map((value, n) => (n < 40 ? value : 1.15 * value));
      const found = only(sampleHistory(values)).changes;
      expect(found).toEqual(
        changePoints(values).map(({ index, before, after, change, p }) => ({
          ...{ night: nightOf(index), previous: nightOf(index - 1) },
          commits: { after: `c${index - 1}`, upTo: `c${index}` },
          ...{ before: before.mean, after: after.mean, change, confidence: 1 - p, worse: after.mean > before.mean },
        })),
      );
    }
  });

  it("takes the last line of a night, and nights in their order whatever the lines'", () => {
    const points = [2, 0, 1].map((n) => samplePoint(n, { value: n + 1 }));
    const again = samplePoint(1, { value: 9, run: "again" });
    expect(only({ ...sampleHistory([]), points: [...points, again] }).values).toEqual([1, 9, 3]);
  });

  it("keeps machines, methods, metrics and what an A/B is against apart, the last machine first", () => {
    const machine = { id: "other", label: "Other" };
    const versus = { a: "ref=aaa", b: "ref", commit: "aaa" };
    const points = [
      ...[samplePoint(0), samplePoint(0, { method: "full 1" }), samplePoint(0, { metric: "p50Ms" })],
      ...[samplePoint(0, { versus }), samplePoint(0, { versus: { ...versus, a: "bbb" } }), samplePoint(1, { machine })],
    ];
    const trends = trendsOf({ ...sampleHistory([]), points });
    expect(trends).toHaveLength(6);
    expect(trends[0]?.machine).toEqual(machine);
    expect(trendsOf({ ...sampleHistory([]), points }, { ...everySeries, metrics: ["p50Ms"] })).toHaveLength(1);
    expect(trendsOf({ ...sampleHistory([]), points }, { ...everySeries, bindings: ["no/no"] })).toEqual([]);
  });

  it("finds no change in failures that are too few to matter", () => {
    const some = (share: number) =>
      only(sampleHistory([...Array(10).fill(0), ...Array(10).fill(share)], { metric: "errors" }));
    expect(some(0.0005).changes).toEqual([]);
    expect(some(0.02).changes).toMatchObject([
      { before: 0, after: expect.closeTo(0.02, 10), change: null, worse: true },
    ]);
  });
});

describe("the baseline", () => {
  it("is of the first nights until one is accepted, and stays where it was put while all else moves", () => {
    const slow = Array.from({ length: 30 }, (_, n) => 100 * 1.01 ** n);
    expect(only(sampleHistory(slow))).toMatchObject({ baseline: { kind: "first", night: nightOf(0), value: 101 } });
    const history = { ...sampleHistory(slow), accepted: [accepted(0), accepted(5)] };
    const { baseline, drift, worse } = only(history);
    expect(baseline).toEqual({ kind: "accepted", night: nightOf(5), value: slow[5] });
    expect(drift).toBeCloseTo(1.01 ** 23 - 1, 10);
    expect(worse).toBe(true);
    expect(only({ ...sampleHistory(slow, { metric: "operationsPerSecond" }), accepted: [accepted(5)] }).worse).toBe(
      false,
    );
  });

  it("is without drift in its own night, after whatever step", () => {
    const step = [...flat(100, 10), 150];
    expect(only({ ...sampleHistory(step), accepted: [accepted(10)] })).toMatchObject({ drift: 0 });
    expect(only({ ...sampleHistory([...step, 150, 150]), accepted: [accepted(10)] })).toMatchObject({ drift: 0 });
  });

  it("is not moved by a run that comes to its night later", () => {
    const { points } = sampleHistory([100, 100, 100]);
    const later = samplePoint(1, { value: 300, run: "later" });
    const trend = only({ ...sampleHistory([]), points: [...points, later], accepted: [accepted(1)] });
    expect(trend).toMatchObject({ baseline: { value: 100 }, values: [100, 300, 100] });
  });

  it("is of the series and the machine that it was accepted for", () => {
    const of = (parts: Partial<Accepted>) => only({ ...sampleHistory(flat(100, 9)), accepted: [accepted(4, parts)] });
    expect(of({ machine: "other" }).baseline?.kind).toBe("first");
    expect(of({ only: { ...everySeries, metrics: ["p50Ms"] } }).baseline?.kind).toBe("first");
    expect(of({ only: { ...everySeries, bindings: ["one/rest"] } }).baseline?.kind).toBe("accepted");
  });

  it("concerns what its runs measured, and in their way", () => {
    const { points } = sampleHistory(flat(100, 9));
    const other = points
      .slice(0, 6)
      .map((point): typeof point => ({ ...point, method: "full 1", run: `full-${point.run}` }));
    const trends = trendsOf({ ...sampleHistory([]), points: [...points, ...other], accepted: [accepted(8)] });
    expect(trends.map(({ baseline }) => [baseline?.kind, baseline?.night]).sort()).toEqual([
      ["accepted", nightOf(8)],
      ["first", nightOf(0)],
    ]);
  });

  it("of a series that began after it is its first nights; of one that ended before it there is none", () => {
    const { points } = sampleHistory(flat(100, 10));
    const fresh = points.slice(6).map((point): typeof point => ({ ...point, metric: "p50Ms" }));
    const ended = points.slice(0, 3).map((point): typeof point => ({ ...point, metric: "operationsPerSecond" }));
    const stopped = points.slice(0, 7).map((point): typeof point => ({ ...point, metric: "wireBytesPerOperation" }));
    const all = { ...sampleHistory([]), points: [...points, ...fresh, ...ended, ...stopped], accepted: [accepted(4)] };
    const seen = trendsOf(all).map(({ series, baseline, lost }) => [series.metric, baseline?.kind, lost]);
    expect(seen).toEqual([
      ["cpuMsPerOperation", "accepted", false],
      ["operationsPerSecond", undefined, false],
      ["p50Ms", "first", false],
      ["wireBytesPerOperation", "accepted", true],
    ]);
  });

  it("of an A/B against a commit is that commit, of another one its nights", () => {
    const versus = { a: "ref=aaa", b: "ref", commit: "aaa" };
    const points = [1.01, 0.99, 1.05, 1.06, 1.05].map((value, n) =>
      samplePoint(n, { versus, ratio: { value, low: value - 0.01, high: value + 0.01 } }),
    );
    const { baseline, drift, values } = only({ ...sampleHistory([]), points, accepted: [accepted(2)] });
    expect(baseline).toEqual({ kind: "A", night: null, value: 1 });
    expect(drift).toBeCloseTo(0.05, 10);
    expect(values).toEqual([1.01, 0.99, 1.05, 1.06, 1.05]);
    const labelled = points.map((point) => ({
      ...point,
      versus: { a: "server=reference", b: "server=sdk", commit: null },
    }));
    const other = only({ ...sampleHistory([]), points: labelled, accepted: [accepted(2)] });
    expect(other.baseline).toEqual({ kind: "accepted", night: nightOf(2), value: 1.05 });
  });

  it("of 0 has no drift", () => {
    expect(only(sampleHistory([0, 0, 0, 1, 1, 1], { metric: "errors" })).drift).toBeNull();
  });
});

describe("spreadOf", () => {
  const { machine, ...series } = samplePoint();

  it("is the deviation of two nights' log-ratio, whatever bad nights and steps there are", () => {
    const seeds = Array.from({ length: 20 }, (_, n) => n + 1);
    const spreads = (step: number) =>
      seeds.map((seed) => {
        const values = nightly(seed).map((value, n) => (n < 30 ? value : step * value));
        return spreadOf(sampleHistory(values), series, machine.id)?.sd ?? 0;
      });
    // Noise of 3% on both sides of a ratio is 4.2%; bad nights make it somewhat more.
    expect(median(spreads(1))).toBeGreaterThan(0.037);
    expect(median(spreads(1))).toBeLessThan(0.055);
    expect(Math.abs(median(spreads(2)) - median(spreads(1)))).toBeLessThan(0.002);
  });

  it("is not known of few nights, of another machine or of another series", () => {
    const history = sampleHistory(nightly(1, 8));
    expect(spreadOf(history, series, machine.id)?.runs).toBeCloseTo(1 + 0.37 * 7);
    expect(spreadOf(sampleHistory(nightly(1, 7)), series, machine.id)).toBeNull();
    expect(spreadOf(history, series, "other")).toBeNull();
    expect(spreadOf(history, { ...series, metric: "p50Ms" }, machine.id)).toBeNull();
    expect(spreadOf(sampleHistory(Array(60).fill(0)), series, machine.id)).toBeNull();
  });
});
