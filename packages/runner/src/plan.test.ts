import type { Need, OperationKind } from "@apb/core/binding";
import type { Load } from "@apb/core/load";
import type { Point, Profile, Scenario } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import { type BindingFacts, type PlanInput, plan, plannedThresholds } from "./plan.ts";
import { tenVUs, threshold, workload } from "./testing/planned.ts";

const profile: Profile = {
  ...{ name: "p", rounds: 3, warmUpMs: 0, primeMs: 0, windowMs: 10 },
  ...{ sizesBytes: [1, 2], rungs: [10, 5000], vus: 4 },
};

function binding(id: string, can: readonly OperationKind[] = ["send"]): BindingFacts {
  return { id, can: new Set(can), cannot: { stream: "streams are not in its specification" } };
}

const on = (sessions: number): Load => ({ ...tenVUs, sessions });

function scenario(name: string, needs: readonly Need[], sessions: readonly number[]): Scenario {
  const points = (): Point[] => sessions.map((n) => ({ params: { n }, workloads: [workload(on(n))], thresholds: [] }));
  return { name, shows: "", needs: new Set(needs), steps: [], view: "general", points };
}

const input: PlanInput = {
  bindings: ["a", "b", "c", "d"].map((id) => binding(id)),
  scenarios: [scenario("s", ["send"], [1, 2]), scenario("t", ["send"], [3])],
  profile,
  servers: ["reference"],
  clients: ["library"],
  without: () => null,
  seed: 7,
  mostSessions: 1000,
};

const order = (given: PlanInput, round: number): string =>
  plan(given)
    .groups.filter((group) => group.round === round)
    .map((group) => group.binding)
    .join("");

describe("plan", () => {
  it("makes every binding × scenario × case once a round", () => {
    const { groups, holes } = plan(input);
    expect(groups).toHaveLength(4 * 3);
    expect(groups.every(({ cells }) => cells.map(({ id }) => `${id.scenario}${id.case.n}`).join() === "s1,s2,t3")).toBe(
      true,
    );
    expect(holes).toEqual([]);
    expect(groups[0]?.cells[0]?.id).toEqual({
      ...{ scenario: "s", case: { n: 1 }, load: "10 VUs on 1 connection", binding: groups[0]?.binding },
      ...{ server: "reference", client: "library", security: "plain", round: 1 },
    });
  });

  it("gives every cell the steps of its scenario", () => {
    const scenarios = [{ ...scenario("s", [], [1]), steps: ["plan", "write"] }, scenario("t", [], [1])];
    const cells = plan({ ...input, scenarios }).groups.flatMap((group) => group.cells);
    for (const { id, steps } of cells) expect(steps).toEqual(id.scenario === "s" ? ["plan", "write"] : []);
    expect(cells).toHaveLength(4 * 3 * 2);
  });

  it("knows the thresholds of its points beside the run's", () => {
    const own = threshold("rss:value<5");
    const withOwn = scenario("s", [], [1]);
    const scenarios = [
      { ...withOwn, points: () => withOwn.points(profile).map((point) => ({ ...point, thresholds: [own] })) },
    ];
    const ofRun = [threshold("failed:rate<0.1")];
    expect(new Set(plannedThresholds(ofRun, plan({ ...input, scenarios })))).toEqual(new Set([...ofRun, own]));
    expect(plannedThresholds(ofRun, plan(input))).toEqual(ofRun);
  });

  it("reverses the order of bindings every round", () => {
    const first = order(input, 1);
    expect(order(input, 2)).toBe([...first].reverse().join(""));
    expect(order(input, 3)).toBe(first);
  });

  it("gives the same order for the same seed, and others for others", () => {
    expect(plan(input).groups.map(({ binding: id }) => id)).toEqual(plan(input).groups.map(({ binding: id }) => id));
    const orders = new Set(Array.from({ length: 30 }, (_, seed) => order({ ...input, seed }, 1)));
    expect(orders.size).toBeGreaterThan(5);
    for (const one of orders) expect([...one].sort().join("")).toBe("abcd");
  });

  it("explains a binding that lacks what a scenario needs, once", () => {
    const streaming = scenario("u", ["send", "stream"], [1]);
    const { groups, holes } = plan({ ...input, scenarios: [streaming, ...input.scenarios] });
    expect(holes).toHaveLength(4);
    expect(holes[0]).toMatchObject({
      status: "not-applicable",
      cell: { scenario: "u", round: 1 },
      reason: "needs stream: streams are not in its specification",
    });
    expect(groups.flatMap(({ cells }) => cells).some(({ id }) => id.scenario === "u")).toBe(false);
  });

  it("leaves out what does not fit the limit of open files, with the highest that does", () => {
    const { holes, limits } = plan({ ...input, scenarios: [scenario("l", ["send"], [10, 5000])] });
    expect(holes).toHaveLength(4);
    expect(limits).toEqual([holes[0]?.reason]);
    expect(holes[0]?.reason).toContain("5000 connections do not fit");
    expect(holes[0]?.reason).toContain("at most 1000 do (ulimit -n)");
  });

  it("leaves out more sessions than a binding is measured with, for the binding's own reason", () => {
    const few = { ...binding("a"), mostSessions: { count: 10, reason: "each is a process" } };
    const { groups, holes, limits } = plan({
      ...input,
      bindings: [few],
      scenarios: [scenario("l", ["send"], [10, 11])],
    });
    expect(groups.flatMap(({ cells }) => cells).every(({ id }) => id.case.n === 10)).toBe(true);
    expect(holes.map(({ reason }) => reason)).toEqual(["11 connections: each is a process"]);
    expect(limits).toEqual([]);
  });

  it("leaves out more new sessions a second than a binding is measured with", () => {
    const few = { ...binding("a"), mostSessions: { count: 100, perSecond: 2, reason: "each is a process" } };
    const opening = (perSecond: number): Point => ({
      params: { n: perSecond },
      workloads: [
        {
          ...workload({
            ...{ executor: "constant-arrival-rate", perSecond, durationMs: 1000, maxInFlight: 10 },
            ...{ startTimeMs: 0, gracefulStopMs: 0, sessions: 1 },
          }),
          opens: 1,
        },
      ],
      thresholds: [],
    });
    const points = (): Point[] => [opening(2), opening(3)];
    const { groups, holes } = plan({
      ...input,
      bindings: [few],
      scenarios: [{ ...scenario("m", ["send"], []), points }],
    });
    expect(groups.flatMap(({ cells }) => cells).map(({ id }) => id.case.n)).toContain(2);
    expect(holes.map(({ reason }) => reason)).toEqual([
      "3 new sessions a second: 2 are the most, for each starts a process of the server's; use --rate",
    ]);
  });

  it("counts the sessions that iterations may have open with the connections", () => {
    const points = (): Point[] => [{ params: {}, workloads: [{ ...workload(on(600)), opens: 500 }], thresholds: [] }];
    const { holes } = plan({ ...input, scenarios: [{ ...scenario("m", ["send"], []), points }] });
    expect(holes[0]?.reason).toContain("1100 connections do not fit");
  });

  it("counts the connections of all workloads, which are open at the same time", () => {
    const both = [workload(on(600)), workload(on(500), "other")];
    const points = (): Point[] => [{ params: {}, workloads: both, thresholds: [] }];
    const { holes } = plan({ ...input, scenarios: [{ ...scenario("m", ["send"], []), points }] });
    expect(holes[0]?.reason).toContain("1100 connections do not fit");
  });

  it("tells cells apart by what they are measured under", () => {
    const one: Load = { ...tenVUs, vus: 1, sessions: 1 };
    const loads = [[workload(one)], [workload()], [workload(one), workload(tenVUs, "other")]];
    const points = (): Point[] => loads.map((workloads) => ({ params: { n: 1 }, workloads, thresholds: [] }));
    const { groups } = plan({ ...input, scenarios: [{ ...scenario("m", ["send"], []), points }] });
    expect(groups[0]?.cells.map(({ id }) => id.load)).toEqual(["1 VU", "10 VUs", "main: 1 VU; other: 10 VUs"]);
  });

  it("gives a cell a server of its own that wants one", () => {
    const fresh = scenario("f", ["send"], [1, 2]);
    const points = (given: Profile): Point[] => fresh.points(given).map((one) => ({ ...one, freshServer: true }));
    const { groups } = plan({ ...input, scenarios: [...input.scenarios, { ...fresh, points }] });
    const first = groups.filter(({ binding: id, round }) => id === "a" && round === 1);
    expect(first.map(({ cells }) => cells.map(({ id }) => `${id.scenario}${id.case.n}`).join())).toEqual([
      "s1,s2,t3",
      "f1",
      "f2",
    ]);
  });

  it("measures with both clients, interleaved like bindings", () => {
    const { groups } = plan({ ...input, clients: ["library", "wire"] });
    expect(groups).toHaveLength(4 * 2 * 3);
    const first = groups
      .filter(({ round }) => round === 1)
      .map(({ binding: id, cells }) => `${id}${cells[0]?.id.client}`);
    expect(new Set(first).size).toBe(8);
    expect(
      groups.filter(({ round }) => round === 2).map(({ binding: id, cells }) => `${id}${cells[0]?.id.client}`),
    ).toEqual(first.toReversed());
  });

  it("measures both kinds of server side by side, each group behind its own, and explains where there is none", () => {
    const without: PlanInput["without"] = (server, id) => (server === "sdk" && id === "d" ? "no SDK serves d" : null);
    const { groups, holes } = plan({ ...input, servers: ["reference", "sdk"], clients: ["library", "wire"], without });
    const who = (round: number): string[] =>
      groups
        .filter((group) => group.round === round)
        .map(({ binding: id, server, cells }) => `${id} ${server} ${cells[0]?.id.client}`);
    expect(new Set(who(1)).size).toBe((4 * 2 - 1) * 2);
    expect(who(2)).toEqual(who(1).toReversed());
    expect(groups.every(({ server, cells }) => cells.every(({ id }) => id.server === server))).toBe(true);
    expect(new Set(holes.map(({ cell }) => `${cell.binding} ${cell.server} ${cell.client}`))).toEqual(
      new Set(["d sdk library", "d sdk wire"]),
    );
    expect(holes).toHaveLength(3 * 2);
    expect(holes[0]).toMatchObject({ status: "not-applicable", cell: { round: 1 }, reason: "no SDK serves d" });
  });

  it("names the missing server before a missing operation", () => {
    const streaming = { ...input, scenarios: [scenario("u", ["stream"], [1])], without: () => "no such server" };
    expect(plan(streaming).holes.map(({ reason }) => reason)).toEqual(Array(4).fill("no such server"));
  });

  it("makes no group without cells", () => {
    expect(plan({ ...input, scenarios: [scenario("u", ["stream"], [1])] }).groups).toEqual([]);
  });
});
