import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addCounts,
  mergeActivities,
  mergeSnapshots,
  mergeTallies,
  noActivity,
  noTally,
  type Snapshot,
} from "./snapshot.ts";
import { samples, secondOfA, snapshotOf, tallyOf, toldBy } from "./testing/snapshots.ts";
import { timesOf } from "./testing/times.ts";

describe("mergeSnapshots", () => {
  it("is associative and commutative, exactly", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 4 }), (some, second) => {
        const [a, b, c] = [0, 1, 2].map((generator) => toldBy(generator, some)[second]) as [
          Snapshot,
          Snapshot,
          Snapshot,
        ];
        const all = mergeSnapshots(mergeSnapshots(a, b), c);
        expect(mergeSnapshots(a, mergeSnapshots(b, c))).toEqual(all);
        expect(mergeSnapshots(mergeSnapshots(c, a), b)).toEqual(all);
        expect(mergeSnapshots(b, a)).toEqual(mergeSnapshots(a, b));
      }),
    );
  });

  it("gives what one generator would have told of all the samples", () => {
    const part = { second: 1, fromMs: 1000, toMs: 2000, draining: false };
    fc.assert(
      fc.property(samples, (some) => {
        const own = some.filter(({ endMs }) => endMs >= 1000 && endMs < 2000);
        const [first, ...others] = [0, 1, 2].map((generator) =>
          snapshotOf(
            own.filter((sample) => sample.generator === generator),
            { generator, ...part },
          ),
        ) as [Snapshot, ...Snapshot[]];
        const { processes, ...merged } = others.reduce(mergeSnapshots, first);
        const { processes: _, ...whole } = snapshotOf(own, { generator: 0, ...part });
        expect(merged).toEqual(whole);
        expect(Object.keys(processes)).toEqual(["0", "1", "2"]);
      }),
    );
  });

  it("takes a second that ended sooner with one for the longer", () => {
    const short = secondOfA({ vus: 1 }, { second: 3, fromMs: 3000, toMs: 3200, progress: [1, 2], progressNs: [3, 4] });
    const long = secondOfA(
      { vus: 2 },
      { second: 3, fromMs: 3000, toMs: 4000, progress: [1, 1, 1], progressNs: [5, 5, 5] },
    );
    expect(mergeSnapshots(short, long)).toEqual({
      ...long,
      ...{ progress: [2, 3, 1], progressNs: [8, 9, 5], workloads: { a: { ...noActivity, vus: 3 } } },
    });
  });

  it("takes what ended late in windows of different lengths as of the later", () => {
    const early = secondOfA({ completed: 1 }, { second: 3, fromMs: 2500, toMs: 2600, draining: true });
    const late = secondOfA({ completed: 2 }, { second: 5, fromMs: 4500, toMs: 4700, draining: true });
    const both = mergeSnapshots(early, late);
    expect(both).toMatchObject({ second: 5, draining: true, toMs: 4700, workloads: { a: { completed: 3 } } });
    expect(mergeSnapshots(late, early)).toEqual(both);
  });

  it("keeps what only one has", () => {
    const one = secondOfA({ begun: 1 }, { workloads: { a: { ...noActivity, begun: 1 } } });
    const other = secondOfA({}, { workloads: { b: { ...noActivity, begun: 2 } } });
    expect(mergeSnapshots(one, other).workloads).toEqual({ ...one.workloads, ...other.workloads });
  });

  it("adds up what one process spent, and takes the most it held", () => {
    const spent = (cpuNs: number, rssBytes: number) =>
      secondOfA({}, { processes: { x: { cpuNs, busyNs: 2 * cpuNs, elapsedNs: 10, rssBytes } } });
    expect(mergeSnapshots(spent(1, 7), spent(2, 5)).processes).toEqual({
      x: { cpuNs: 3, busyNs: 6, elapsedNs: 20, rssBytes: 7 },
    });
  });

  it("survives the way between processes", () => {
    fc.assert(
      fc.property(samples, (some) => {
        const [first, second] = toldBy(0, some) as [Snapshot, Snapshot];
        const merged = mergeSnapshots(first, second);
        expect(mergeSnapshots(JSON.parse(JSON.stringify(first)), structuredClone(second))).toEqual(merged);
      }),
      { numRuns: 20 },
    );
  });
});

describe("nothing", () => {
  it("changes nothing", () => {
    const tally = tallyOf([
      { responseMs: 2, serviceMs: 1, failure: null },
      { responseMs: 3, serviceMs: 1, failure: "timeout" },
    ]);
    expect(mergeTallies(tally, noTally)).toEqual(tally);
    expect(mergeTallies(noTally, tally)).toEqual(tally);
    const { workloads } = secondOfA({ vus: 3, steps: { total: tally }, checks: { c: { passes: 1, fails: 2 } } });
    expect(mergeActivities(noActivity, workloads.a ?? noActivity)).toEqual(workloads.a);
  });
});

it("mergeTallies adds up times and failures", () => {
  const one = tallyOf([
    { responseMs: 2, serviceMs: 1, failure: null },
    { responseMs: 3, serviceMs: 1, failure: "timeout" },
  ]);
  expect(mergeTallies(one, one)).toEqual({
    ...{ response: timesOf(2, 2), service: timesOf(1, 1), failed: timesOf(3, 3), failures: { timeout: 2 } },
    said: { timeout: { firstMs: 0, lastMs: 0, sentence: "timeout after 3 ms" } },
  });
});

it.each([
  [{}, {}, {}],
  [{ x: 1 }, {}, { x: 1 }],
  [{ x: 1 }, { x: 2, y: 3 }, { x: 3, y: 3 }],
])("addCounts of %o and %o", (a: Record<string, number>, b: Record<string, number>, sum) => {
  expect(addCounts(a, b)).toEqual(sum);
  expect(addCounts(b, a)).toEqual(sum);
});
