import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeSnapshots, noActivity, type Snapshot } from "./snapshot.ts";
import { samples, secondOfA, snapshotOf, tallyOf, toldBy, windowSeconds } from "./testing/snapshots.ts";
import { timesOf } from "./testing/times.ts";
import { histogramOf, StepTotals, Totals, tallyOf as tallyOfTotals } from "./totals.ts";

function added(snapshots: readonly Snapshot[]): Totals {
  const totals = new Totals();
  for (const snapshot of snapshots) totals.add(snapshot);
  return totals;
}

/** Everything that can be read of totals. */
function readOf(totals: Totals) {
  const workloads = [undefined, "a", "b"];
  return {
    ...{ windowMs: totals.windowMs, processes: totals.processes, workloads: totals.workloads, mostVUs: totals.mostVUs },
    ...{ progress: totals.progress, progressNs: totals.progressNs, late: totals.late.times() },
    counts: workloads.map((workload) => totals.counts(workload)),
    tasks: ["a", "b"].flatMap((workload) =>
      ["first", "second"].map((name) => {
        const task = totals.tasksOf(workload).get(name);
        return task && { ...task.result(), ...{ completed: task.completed, operations: task.operations } };
      }),
    ),
    names: workloads.map((workload) => [...totals.stepNames(workload)].sort()),
    steps: workloads.flatMap((workload) =>
      ["total", "send"].map((step) => totals.step(step, workload)?.result() ?? null),
    ),
  };
}

describe("Totals", () => {
  it("are the same in any order and any grouping of snapshots", () => {
    const rank = fc.array(fc.nat(), { minLength: 30, maxLength: 30 });
    const together = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(samples, rank, together, (some, ranks, merges) => {
        const told = [0, 1, 2].flatMap((generator) => toldBy(generator, some));
        const shuffled = told
          .map((snapshot, n) => ({ snapshot, rank: ranks[n] ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ snapshot }) => snapshot);
        // Some seconds come merged, some of each generator alone.
        const grouped: Snapshot[] = [];
        for (const [n, snapshot] of shuffled.entries()) {
          const same = grouped.findIndex(({ second }) => second === snapshot.second);
          const known = grouped[same];
          if (known !== undefined && merges[n] === true) grouped[same] = mergeSnapshots(known, snapshot);
          else grouped.push(snapshot);
        }
        expect(readOf(added(grouped))).toEqual(readOf(added(told)));
      }),
    );
  });

  it("are those of all samples, however they are split over generators and seconds", () => {
    fc.assert(
      fc.property(samples, (some) => {
        const told = [0, 1, 2].flatMap((generator) => toldBy(generator, some));
        const endMs = windowSeconds * 1000;
        const alone = { generator: 0, second: 0, fromMs: 0, toMs: endMs, draining: false };
        const inside = snapshotOf(
          some.filter((sample) => sample.endMs < endMs),
          alone,
        );
        const behind = snapshotOf(
          some.filter((sample) => sample.endMs >= endMs),
          { ...alone, second: 1, fromMs: endMs, toMs: endMs + 600, draining: true },
        );
        const { processes: _, mostVUs: __, counts, ...split } = readOf(added(told));
        const { processes: ___, mostVUs: ____, counts: expected, ...whole } = readOf(added([inside, behind]));
        expect(split).toEqual(whole);
        // VUs are at an end of a second: no sum of samples.
        expect(counts.map((one) => ({ ...one, vus: 0 }))).toEqual(expected.map((one) => ({ ...one, vus: 0 })));
        const successes = (step: string) => some.filter((sample) => sample.failure === null && sample.step === step);
        expect(added(told).step("total")?.response.times() ?? timesOf()).toEqual(
          timesOf(...successes("total").map(({ responseMs }) => responseMs)),
        );
        expect(added(told).step("send")?.service.count ?? 0).toBe(successes("send").length);
      }),
    );
  });

  it("leave what ended behind the window out of its throughput, and out of nothing else", () => {
    const steps = { total: tallyOf([{ responseMs: 7, serviceMs: 5, failure: null }]) };
    const did = { vus: 2, vuNs: 10, edgeNs: -4, thinkNs: 3, begun: 1, completed: 1, operations: 4 };
    const activity = { ...did, dropped: 5, interrupted: 6, steps, checks: { c: { passes: 1, fails: 2 } } };
    const process = { cpuNs: 1, busyNs: 2, elapsedNs: 3, rssBytes: 4 };
    const told = { processes: { 0: process }, late: timesOf(1), progress: [1], progressNs: [7e6] };
    const totals = added([
      secondOfA(activity, { ...told, toMs: 500 }),
      secondOfA({ ...activity, vus: 0 }, { ...told, second: 1, fromMs: 500, toMs: 800, draining: true }),
    ]);
    expect(totals.counts()).toEqual({
      ...{ vus: 2, vuNs: 20, edgeNs: -8, thinkNs: 6, begun: 2, completed: 1, operations: 4 },
      ...{ dropped: 10, interrupted: 12, checks: { c: { passes: 2, fails: 4 } } },
    });
    expect(totals.step("total")?.response.times()).toEqual(timesOf(7, 7));
    expect(totals.late.count).toBe(2);
    expect(totals).toMatchObject({ windowMs: 500, progress: [1], progressNs: [7e6], processes: { 0: process } });
  });

  it("have the VUs of the last second so far, and the most of any", () => {
    const second = (n: number, vus: Readonly<Record<string, number>>) =>
      secondOfA(
        {},
        {
          ...{ second: n, fromMs: 1000 * n, toMs: 1000 * (n + 1) },
          workloads: Object.fromEntries(
            Object.entries(vus).map(([name, some]) => [name, { ...noActivity, vus: some }]),
          ),
        },
      );
    const totals = added([second(0, { a: 3, b: 1 }), second(1, { a: 2, b: 4 }), second(1, { a: 1, b: 1 })]);
    expect(totals.counts().vus).toBe(8);
    expect(totals.counts("a").vus).toBe(3);
    expect(totals.counts("b").vus).toBe(5);
    totals.add({ ...second(2, { a: 7 }), draining: true });
    totals.add(second(2, { a: 2 }));
    expect(totals.counts().vus).toBe(2);
    expect(totals.counts("b").vus).toBe(0);
    expect(totals.mostVUs).toBe(8);
  });

  it("keep workloads apart, and add them up where all are asked for", () => {
    const one = tallyOf([{ responseMs: 2, serviceMs: 1, failure: null }]);
    const two = tallyOf([{ responseMs: 9, serviceMs: 1, failure: "timeout" }]);
    const a = { ...noActivity, steps: { total: one, plan: one } };
    const b = { ...noActivity, steps: { total: two } };
    const totals = added([secondOfA({}, { workloads: { a, b } })]);
    expect(totals.step("total", "a")?.result()).toMatchObject({ count: 1, failures: {} });
    expect(totals.step("total", "b")?.result()).toMatchObject({ count: 0, failures: { timeout: 1 }, responseMs: null });
    expect(totals.step("total")?.result()).toMatchObject({
      ...{ count: 1, failures: { timeout: 1 }, responseMs: { max: 2 }, serviceMs: { max: 1 }, failedMs: { max: 9 } },
    });
    expect(totals.step("plan", "b")).toBeNull();
    expect(totals.step("none")).toBeNull();
    expect(totals.stepNames()).toEqual(["total", "plan"]);
    expect(totals.stepNames("b")).toEqual(["total"]);
  });

  it("of nothing are nothing", () => {
    const totals = new Totals();
    expect(totals).toMatchObject({ windowMs: 0, mostVUs: 0 });
    expect(totals.counts()).toMatchObject({ begun: 0, completed: 0, vus: 0, checks: {} });
    expect(totals.step("total")).toBeNull();
  });
});

it("a step's totals are data again", () => {
  const totals = new StepTotals();
  const tally = tallyOf([
    { responseMs: 2, serviceMs: 1, failure: null },
    { responseMs: 3, serviceMs: 1, failure: "closed" },
  ]);
  totals.add(tally);
  expect(tallyOfTotals(totals)).toEqual(tally);
});

it("histogramOf has these times and no others", () => {
  expect(histogramOf(timesOf(1, 2, 3)).times()).toEqual(timesOf(1, 2, 3));
});
