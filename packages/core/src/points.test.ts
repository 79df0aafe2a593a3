import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivalsOf } from "./arrivals.ts";
import { isOpen, type Load, partOf } from "./load.ts";
import { findPoint, loadFacts, mostShares, pointLoad, sharesOf } from "./points.ts";
import type { Point, Profile, Scenario, Workload } from "./scenario.ts";
import { iterationsOf, sessionsOf } from "./split.ts";
import { loads, plain } from "./testing/loads.ts";
import { mostVUs } from "./vus.ts";

function workload(name: string, load: Load, sessionsPerVU = 1): Workload {
  return { name, load, sessionsPerVU, tasks: [] };
}

function point(params: Point["params"], ...workloads: readonly Workload[]): Point {
  return { params, workloads, thresholds: [] };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const users = (vus: number): Load => ({ ...plain, executor: "constant-vus", vus, durationMs: 1000, sessions: vus });

describe("sharesOf", () => {
  it("adds up to every workload, whatever the number of generators", () => {
    const workloads = fc.array(fc.record({ load: loads, sessionsPerVU: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(workloads, fc.integer({ min: 1, max: 8 }), (some, of) => {
        const whole = point({}, ...some.map(({ load, sessionsPerVU }, n) => workload(`w${n}`, load, sessionsPerVU)));
        const parts = Array.from({ length: of }, (_, index) => sharesOf(whole, { index, of })).flat();
        for (const { name, load, sessionsPerVU } of whole.workloads) {
          const shares = parts.flatMap((part) => (part.workload.name === name ? [part.share] : []));
          expect(shares).toEqual(shares.map((_, index) => ({ index, of: shares.length })));
          expect(shares.length).toBeGreaterThanOrEqual(1);
          expect(sum(shares.map((share) => partOf(mostVUs(load), share)))).toBe(mostVUs(load));
          expect(sum(shares.map((share) => sessionsOf(load, share, sessionsPerVU)))).toBe(load.sessions);
          if (isOpen(load)) expect(sum(shares.map((share) => iterationsOf(load, share)))).toBe(arrivalsOf(load));
        }
        expect(mostShares(whole)).toBeGreaterThanOrEqual(Math.max(...parts.map(({ share }) => share.of)));
      }),
    );
  });

  it("gives a generator nothing of what cannot be shared by so many", () => {
    const two = point({}, workload("one", users(1)), workload("many", users(5)));
    const named = (index: number) =>
      sharesOf(two, { index, of: 3 }).map(({ workload: { name }, share }) => [name, share]);
    expect(named(0)).toEqual([
      ["one", { index: 0, of: 1 }],
      ["many", { index: 0, of: 3 }],
    ]);
    expect(named(2)).toEqual([["many", { index: 2, of: 3 }]]);
    expect(mostShares(two)).toBe(5);
  });
});

describe("a point", () => {
  const small = point({ sizeBytes: 1 }, workload("default", users(1)));
  const large = point({ sizeBytes: 1024 }, workload("default", users(1)));
  const busy = point({ sizeBytes: 1024 }, workload("default", users(10)));
  const mixed = point({ sizeBytes: 1024 }, workload("callers", users(10)), workload("others", users(2)));
  const profile: Profile = {
    ...{ name: "p", rounds: 1, warmUpMs: 0, primeMs: 0, windowMs: 1, sizesBytes: [], rungs: [], vus: 1 },
  };
  const scenario: Scenario = {
    ...{ name: "s", shows: "", needs: new Set(), steps: [], view: "size" },
    points: ({ name }) => (name === "p" ? [small, large, busy, mixed] : []),
  };

  it("is labelled by its load, or by those of its workloads with their names", () => {
    expect([small, busy, mixed].map(pointLoad)).toEqual(["1 VU", "10 VUs", "callers: 10 VUs; others: 2 VUs"]);
  });

  it("has the numbers of its loads together, open where one of them is", () => {
    const facts = (...some: readonly Load[]) => loadFacts(some);
    const rate = (perSecond: number): Load => ({
      ...{ ...plain, executor: "constant-arrival-rate", perSecond, durationMs: 1000, maxInFlight: 1 },
    });
    const ramp: Load = {
      ...{ ...plain, executor: "ramping-arrival-rate", startPerSecond: 0, maxInFlight: 1 },
      stages: [{ durationMs: 1000, target: 5 }],
    };
    const up: Load = {
      ...{ ...plain, executor: "ramping-vus", startVUs: 1, gracefulRampDownMs: 0 },
      stages: [
        { durationMs: 1000, target: 5 },
        { durationMs: 1000, target: 0 },
      ],
    };
    expect(facts(users(10))).toEqual({ model: "closed", executor: "constant-vus", vus: 10, perSecond: null });
    expect(facts(users(10), up)).toEqual({
      ...{ model: "closed", executor: "constant-vus,ramping-vus", vus: 15, perSecond: null },
    });
    expect(facts(rate(0.5), rate(2), users(1))).toMatchObject({ model: "open", vus: null, perSecond: 2.5 });
    expect(facts(rate(0.5), ramp)).toMatchObject({ model: "open", vus: null, perSecond: null });
  });

  it("is found by its parameters and its load", () => {
    for (const one of [small, large, busy, mixed])
      expect(findPoint(scenario, { profile, params: { ...one.params }, load: pointLoad(one) })).toBe(one);
  });

  it.each([
    ["parameters", { profile, params: { sizeBytes: 2 }, load: "1 VU" }],
    ["a load", { profile, params: { sizeBytes: 1 }, load: "10 VUs" }],
    ["a profile", { profile: { ...profile, name: "q" }, params: { sizeBytes: 1 }, load: "1 VU" }],
  ])("is not found by %s it does not have", (_what, asked) => {
    expect(findPoint(scenario, asked)).toBeUndefined();
  });
});
