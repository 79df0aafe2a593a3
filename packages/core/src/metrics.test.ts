import { describe, expect, it } from "vitest";
import { findMetric, metrics, type Observed, type Part, vocabulary } from "./metrics.ts";
import { noActivity } from "./snapshot.ts";
import { secondOfA, tallyOf } from "./testing/snapshots.ts";
import { timesOf } from "./testing/times.ts";
import { evaluate } from "./threshold.ts";
import { parseThresholdFlag } from "./threshold-grammar.ts";
import { StepTotals, Totals } from "./totals.ts";

const success = (responseMs: number, serviceMs = responseMs) => ({ responseMs, serviceMs, failure: null });
const failure = { responseMs: 50, serviceMs: 50, failure: "timeout" } as const;

const seen = { rssIdleBytes: 100, rssConnectedBytes: 200, rssPeakBytes: 4096, cpuMs: 500, resolutionMs: 0 };

/** A stream of three events with a gap of so many milliseconds, and one in the same read. */
const streamsOf = (ms: number) => ({
  ...{
    firstEvent: timesOf(ms),
    secondEvent: timesOf(ms),
    eventGap: timesOf(ms, 0),
    meanGap: timesOf(ms / 2),
    endLag: timesOf(1),
  },
  ...{ duration: timesOf(2 * ms + 1), events: 3, coalesced: 1, stalls: ms === 10 ? 0 : 1, silent: 2 },
});

/** Two seconds of two workloads. */
function observed(server: Observed["server"] = seen): Observed {
  const a = {
    ...{ ...noActivity, vus: 3, begun: 9, completed: 4, operations: 8, dropped: 2, interrupted: 1 },
    steps: {
      total: tallyOf([success(2, 1), success(4, 3), failure]),
      waiting: tallyOf([success(7)]),
      send: { ...tallyOf([success(1)]), streams: streamsOf(10) },
      more: { ...tallyOf([success(1)]), streams: streamsOf(20) },
    },
    checks: { right: { passes: 3, fails: 1 } },
    goodput: { of: 2, good: 1, inWindow: 1 },
  };
  const b = {
    ...{ ...noActivity, vus: 2, begun: 1, completed: 1, operations: 2 },
    steps: { total: tallyOf([success(100)]) },
    checks: { right: { passes: 1, fails: 0 }, quick: { passes: 0, fails: 1 } },
  };
  const totals = new Totals();
  totals.add(secondOfA({}, { workloads: { a }, late: timesOf(0.5, 1.5) }));
  totals.add(secondOfA({}, { second: 1, fromMs: 1000, toMs: 2000, workloads: { a: { ...noActivity, vus: 3 }, b } }));
  const connect = new StepTotals();
  connect.add(tallyOf([success(20), failure]));
  return { totals, connect, server };
}

const nothing: Observed = { totals: new Totals(), connect: null, server: null };
const trend = (count: number, mean: number, min: number, max: number) => ({ type: "trend", count, mean, min, max });

/** What is gathered of the whole cell, of one part of it, and of nothing. */
const cases: readonly [key: string, part: Part, gathered: object][] = [
  ["response", {}, trend(3, 106 / 3, 2, 100)],
  ["response", { workload: "a" }, trend(2, 3, 2, 4)],
  ["response", { step: "send" }, trend(1, 1, 1, 1)],
  ["response", { step: "connect" }, trend(1, 20, 20, 20)],
  ["response", { step: "send", workload: "b" }, trend(0, 0, 0, 0)],
  ["service", {}, trend(3, 104 / 3, 1, 100)],
  ["failed", {}, { type: "rate", hits: 3, of: 6 }],
  ["failed", { workload: "a" }, { type: "rate", hits: 3, of: 5 }],
  ["failed", { step: "total" }, { type: "rate", hits: 3, of: 6 }],
  ["failed", { step: "send" }, { type: "rate", hits: 0, of: 1 }],
  ["failed", { workload: "b" }, { type: "rate", hits: 0, of: 1 }],
  ["failed", { step: "connect" }, { type: "rate", hits: 1, of: 2 }],
  ["checks", {}, { type: "rate", hits: 4, of: 6 }],
  ["checks", { workload: "a" }, { type: "rate", hits: 3, of: 4 }],
  ["blocked", {}, trend(0, 0, 0, 0)],
  ["waiting", {}, trend(1, 7, 7, 7)],
  ["receiving", {}, trend(0, 0, 0, 0)],
  ["first_event", {}, trend(2, 15, 10, 20)],
  ["first_event", { step: "more", workload: "a" }, trend(1, 20, 20, 20)],
  ["first_event", { workload: "b" }, trend(0, 0, 0, 0)],
  ["second_event", {}, trend(2, 15, 10, 20)],
  ["event_gap", {}, trend(4, 7.5, 0, 20)],
  ["mean_gap", { step: "send" }, trend(1, 5, 5, 5)],
  ["stream_duration", {}, trend(2, 31, 21, 41)],
  ["end_lag", { step: "total" }, trend(0, 0, 0, 0)],
  ["events_per_second", {}, { type: "gauge", value: 3 }],
  ["events_per_second", { workload: "b" }, { type: "gauge", value: null }],
  ["coalesced", {}, { type: "counter", count: 2, seconds: 2 }],
  ["stalls", { step: "send" }, { type: "counter", count: 0, seconds: 2 }],
  ["silent_events", {}, { type: "counter", count: 4, seconds: 2 }],
  ["goodput", {}, { type: "gauge", value: 0.5 }],
  ["goodput", { workload: "b" }, { type: "gauge", value: null }],
  ["good_fraction", {}, { type: "rate", hits: 1, of: 5 }],
  ["iterations", {}, { type: "counter", count: 5, seconds: 2 }],
  ["iterations", { workload: "b" }, { type: "counter", count: 1, seconds: 2 }],
  ["operations", {}, { type: "counter", count: 10, seconds: 2 }],
  ["dropped", {}, { type: "counter", count: 2, seconds: 2 }],
  ["interrupted", {}, { type: "counter", count: 1, seconds: 2 }],
  ["late", {}, trend(2, 1, 0.5, 1.5)],
  ["vus", {}, { type: "gauge", value: 5 }],
  ["vus", { workload: "b" }, { type: "gauge", value: 2 }],
  ["rss", {}, { type: "gauge", value: 4096 }],
  ["cpu", {}, { type: "gauge", value: 25 }],
  ["cpu_per_op", {}, { type: "gauge", value: 50 }],
];

describe("metrics", () => {
  it.each(cases)("%s of %o", (key, part, gathered) => {
    const { quantile: _, ...plain } = { quantile: null, ...findMetric(key)?.gather(observed(), part) };
    expect(plain).toEqual(gathered);
  });

  it("are all gathered above, each as its own type", () => {
    expect([...new Set(cases.map(([key]) => key))]).toEqual(metrics.map(({ key }) => key));
    for (const { type, gather } of metrics) expect(gather(observed(), {}).type).toBe(type);
  });

  it.each(metrics.map((metric) => [metric.key, metric] as const))("%s of nothing is nothing", (_key, { gather }) => {
    const { quantile: _, ...plain } = { quantile: null, ...gather(nothing, {}) };
    expect([
      trend(0, 0, 0, 0),
      { type: "rate", hits: 0, of: 0 },
      { type: "counter", count: 0, seconds: 0 },
      { type: "gauge", value: null },
      { type: "gauge", value: 0 },
    ]).toContainEqual(plain);
  });

  it.each(metrics.map((metric) => [metric.key, metric] as const))(
    "%s is told apart by the parts it says, and by no others",
    (_key, { gather, tags }) => {
      const plain = (part: Part) => ({ ...gather(observed(), part), quantile: null });
      const parts: readonly Required<Pick<Part, "step"> | Pick<Part, "workload">>[] = [
        { step: "connect" },
        { workload: "b" },
      ];
      for (const part of parts) {
        const [tag] = Object.keys(part) as [keyof Part];
        if (tags.includes(tag)) expect(plain(part)).not.toEqual(plain({}));
        else expect(plain(part)).toEqual(plain({}));
      }
    },
  );

  it("say nothing of a server that nobody watches", () => {
    for (const key of ["rss", "cpu", "cpu_per_op"])
      expect(findMetric(key)?.gather(observed(null), {})).toEqual({ type: "gauge", value: null });
  });

  it("judge of a server what its cell stores", () => {
    const figures = (server: typeof seen) =>
      ["rss", "cpu", "cpu_per_op"].map((key) => findMetric(key)?.gather(observed(server), {}));
    const values = (...all: readonly (number | null)[]) => all.map((value) => ({ type: "gauge", value }));
    expect(figures({ ...seen, rssConnectedBytes: 5000 })).toEqual(values(5000, 25, 50));
    expect(figures({ ...seen, cpuMs: 19 })).toEqual(values(4096, null, null));
  });

  it("have names that mean one thing each", () => {
    const names = metrics.flatMap(({ key, aliases }) => [key, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(findMetric("response")?.key).toBe("response");
    expect(findMetric("respnse")).toBeUndefined();
  });

  it("give the percentiles of all samples", () => {
    const totals = new Totals();
    const thousand = Array.from({ length: 1000 }, (_, n) => success((n + 1) / 1000));
    totals.add(secondOfA({ steps: { total: tallyOf(thousand) } }));
    const gathered = findMetric("response")?.gather({ ...nothing, totals }, {});
    const quantile = gathered?.type === "trend" ? gathered.quantile : () => Number.NaN;
    expect([0, 0.5, 0.95, 0.99, 0.999, 1].map(quantile)).toEqual([0.001, 0.5, 0.95, 0.99, 0.999, 1]);
  });
});

describe("thresholds on them", () => {
  const known = vocabulary({ step: ["total", "send", "connect"], workload: ["a", "b"] });

  it.each<[text: string, ok: boolean | null, value: number | null]>([
    ["response:max<=100", true, 100],
    ["http_req_duration{workload:a}:avg<3", false, 3],
    ["iteration_duration{step:send}:p(95)<2", true, 1],
    ["response{step:connect}:min>=20", true, 20],
    ["response{step:send,workload:b}:p(99)<5", null, null],
    ["http_req_failed:rate<0.2", false, 0.5],
    ["checks{workload:a}:rate>0.7", true, 0.75],
    ["iterations:rate>=2.5", true, 2.5],
    ["http_reqs:count==10", true, 10],
    ["dropped_iterations:count<1", false, 2],
    ["late:max<1", false, 1.5],
    ["vus:value<6", true, 5],
    ["rss:value<5000", true, 4096],
    ["cpu_per_op:value<50", false, 50],
  ])("%s", (text, ok, value) => {
    const [threshold] = parseThresholdFlag(text, known);
    if (threshold === undefined) throw new Error(`no threshold in ${text}`);
    const gathered = findMetric(threshold.metric)?.gather(observed(), threshold.tags);
    if (gathered === undefined) throw new Error(`no metric ${threshold.metric}`);
    expect(evaluate(threshold, gathered)).toEqual({ ok, value });
  });
});
