import type { CellId } from "@apb/core/cell";
import type { Observed } from "@apb/core/metrics";
import type { Workload } from "@apb/core/scenario";
import { StepTotals } from "@apb/core/totals";
import { describe, expect, it } from "vitest";
import { concerns, Limits } from "./limits.ts";
import { planned, threshold, workload } from "./testing/planned.ts";
import { busySecond, snapshotOf, tallyOf, timesOf, totalsOf } from "./testing/snapshots.ts";

/** A second of iterations of 5 ms by the workload "main", and of 50 ms by "other", with every fourth of its failing. */
const totals = totalsOf(
  busySecond(0, { vus: 10, eachMs: 5 }),
  snapshotOf({
    workload: "other",
    activity: { vus: 1, completed: 30, operations: 30, steps: { total: tallyOf(timesOf([30, 50]), { rejected: 10 }) } },
  }),
);

const seen = { rssIdleBytes: 100, rssConnectedBytes: 200, rssPeakBytes: 4096, cpuMs: 203, resolutionMs: 0 };

function observed(server: Observed["server"] = seen): Observed {
  const connect = new StepTotals();
  connect.add(tallyOf(timesOf([10, 2])));
  return { totals, connect, server };
}

const cell = planned(1, { workloads: [workload(), workload(undefined, "other")] });

function resultsOf(...texts: readonly string[]) {
  return new Limits(
    texts.map((text) => threshold(text)),
    cell,
  ).results(observed());
}

describe("the thresholds of a cell", () => {
  it.each<[text: string, ok: boolean, value: number]>([
    ["response:max<=50", true, 50],
    ["response:p(50)<5", false, 5.003],
    ["response{step:send}:max<6", true, 5],
    ["response{step:connect}:avg<=2", true, 2],
    ["response{workload:other}:min>=50", true, 50],
    ["service{workload:main}:max<6", true, 5],
    ["failed:rate<0.01", true, 10 / 2040],
    ["failed{workload:other}:rate<0.01", false, 0.25],
    ["iterations:count>2000", true, 2030],
    ["iterations:rate>2000", true, 2030],
    ["operations{workload:other}:count==30", true, 30],
    ["dropped:count==0", true, 0],
    ["vus:value>10", true, 11],
    ["rss:value<=4096", true, 4096],
    ["cpu:value<20", false, 20.3],
    ["cpu_per_op:value<0.2", true, 0.1],
    ["http_req_failed:rate<0.01", true, 10 / 2040],
  ])("%s", (text, ok, value) => {
    const [result] = resultsOf(text);
    expect(result?.ok).toBe(ok);
    expect(result?.value).toBeCloseTo(value, 12);
  });

  it("are told with metric and expression as they were written, one each", () => {
    expect(resultsOf("response{step:total,workload:main}: p(99) < 5.5", "failed:rate==0")).toMatchObject([
      { metric: "response{step:total,workload:main}", threshold: "p(99) < 5.5" },
      { metric: "failed", threshold: "rate==0" },
    ]);
  });

  it.each(["response{step:send,workload:other}:p(99)<5", "checks:rate>0.9", "late:max<5"])(
    "have failed without samples, whatever they say: %s",
    (text) => expect(resultsOf(text)).toMatchObject([{ ok: false, value: null }]),
  );

  it("have failed where nobody watched the server", () => {
    const limits = new Limits([threshold("rss:value<1e12"), threshold("cpu_per_op:value<1e12")], cell);
    expect(limits.results(observed(null))).toMatchObject(Array(2).fill({ ok: false, value: null }));
  });

  it("are those of the run that name the cell by its tags", () => {
    const tags: Readonly<Record<string, (id: CellId) => string>> = {
      ...{ scenario: ({ scenario }) => scenario, binding: ({ binding }) => binding, client: ({ client }) => client },
      ...{ server: ({ server }) => server, security: ({ security }) => security, n: ({ case: { n } }) => String(n) },
    };
    for (const [tag, of] of Object.entries(tags))
      expect(resultsOf(`failed{${tag}:${of(cell.id)}}:rate<1`)).toHaveLength(1);
    for (const other of ["scenario:t", "binding:x/z", "client:wire", "server:reference", "n:2", "load:500/s"])
      expect(resultsOf(`failed{${other}}:rate<1`)).toEqual([]);
    expect(resultsOf("failed{scenario:s,client:wire}:rate<1")).toEqual([]);
    expect(resultsOf("failed{scenario:s,step:send,workload:main}:rate<1")).toHaveLength(1);
  });

  it("are those of its load", () => {
    const alone = planned(1);
    const limits = new Limits(
      [threshold('failed{load:"10 VUs"}:rate<1'), threshold("failed{load:500/s}:rate<1")],
      alone,
    );
    expect(limits.results(observed())).toMatchObject([{ metric: "failed{load:10 VUs}" }]);
  });

  const open = workload({
    ...{ executor: "constant-arrival-rate", perSecond: 5, durationMs: 2000, maxInFlight: 9 },
    ...{ startTimeMs: 0, gracefulStopMs: 0, sessions: 1 },
  });

  it.each<[tags: string, workloads: readonly Workload[], holds: boolean]>([
    ["step:send", [workload()], true],
    ["step:total", [workload()], true],
    ["step:connect", [workload()], true],
    ["step:write", [workload()], false],
    ["step:wait", [workload()], false],
    ["step:wait", [workload(), { ...open, name: "other" }], true],
    ["step:wait,workload:main", [workload(), { ...open, name: "other" }], false],
    ["step:wait,workload:other", [workload(), { ...open, name: "other" }], true],
    ["workload:other", [workload()], false],
    ["workload:main", [workload()], true],
    ["workload:main,step:plan,binding:x/y", [workload()], true],
    ["workload:main,step:plan,binding:x/z", [workload()], false],
  ])("with the tags %s hold where the cell has that part", (tags, workloads, holds) => {
    const own = planned(1, { workloads });
    const limit = threshold(`response{${tags}}:max<1`);
    expect(concerns(limit, own)).toBe(holds);
    expect(new Limits([limit], own).results(observed())).toHaveLength(holds ? 1 : 0);
    expect(new Limits([], { ...own, point: { ...own.point, thresholds: [limit] } }).results(observed())).toHaveLength(
      holds ? 1 : 0,
    );
  });

  it("are its point's own as well", () => {
    const own = planned(1, { thresholds: [threshold("response:max<60")] });
    expect(new Limits([threshold("failed:rate<1")], own).results(observed())).toMatchObject([
      { metric: "failed" },
      { metric: "response", ok: true },
    ]);
  });
});

describe("a threshold that aborts", () => {
  const abortOnFail = true;

  it("is the first that is crossed, says so, and has had its delay", () => {
    const calm = threshold("response:max<60", { abortOnFail });
    const silent = threshold("response:max<10");
    const patient = threshold("response:max<10", { abortOnFail, delayAbortEvalMs: 1000 });
    const crossed = threshold("response:max<20", { abortOnFail, delayAbortEvalMs: 999 });
    const later = threshold("response:max<30", { abortOnFail });
    expect(new Limits([calm, silent, patient], cell).abortsBy(observed())).toBe(null);
    expect(new Limits([calm, silent, patient, crossed, later], cell).abortsBy(observed())).toBe(crossed);
  });

  it("is none without samples", () => {
    const limits = new Limits([threshold("checks:rate>0.9", { abortOnFail })], cell);
    expect(limits.abortsBy(observed())).toBe(null);
  });

  it("is none of another cell's", () => {
    const limits = new Limits([threshold("response{n:2}:max<1", { abortOnFail })], cell);
    expect(limits.abortsBy(observed())).toBe(null);
  });
});
