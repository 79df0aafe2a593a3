import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOpen, type Load, type Share, whole } from "./load.ts";
import { inFlightOf, iterationsOf, sessionsOf, splittable } from "./split.ts";
import { generators, loads, plain, rateRamp, sharesOf, vuRamp } from "./testing/loads.ts";
import { mostVUs, vuChanges } from "./vus.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const sessionsPerVU = fc.integer({ min: 1, max: 4 });

/** Everything a split hands out, by what it is called. */
const parts: Readonly<Record<string, (load: Load, share: Share) => number>> = {
  iterations: iterationsOf,
  "places in flight": inFlightOf,
};

describe("the shares of any load", () => {
  it.each(Object.keys(parts))("hold all %s, to parts that differ by one VU's at most", (name) => {
    const partOf = parts[name] ?? iterationsOf;
    fc.assert(
      fc.property(loads, generators, (load, of) => {
        const held = sharesOf(of).map((share) => partOf(load, share));
        expect(sum(held)).toBe(partOf(load, whole));
        if (!Number.isFinite(held[0])) return;
        const each = load.executor === "per-vu-iterations" ? load.iterations : 1;
        expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(each);
      }),
    );
  });

  it("hold all connections, each those of whole VUs but for what is left over", () => {
    fc.assert(
      fc.property(loads, generators, sessionsPerVU, (load, of, each) => {
        const held = sharesOf(of).map((share) => sessionsOf(load, share, each));
        expect(sum(held)).toBe(load.sessions);
        for (const sessions of held.slice(0, -1)) expect(sessions % each).toBe(0);
      }),
    );
  });

  it("have the connections of every VU where the whole has", () => {
    fc.assert(
      fc.property(loads, generators, sessionsPerVU, (load, of, each) => {
        const enough = { ...load, sessions: mostVUs(load) * each };
        for (const share of sharesOf(of)) {
          const vus = Math.max(...[...vuChanges(load, share)].map((change) => change.vus));
          expect(sessionsOf(enough, share, each)).toBe(vus * each);
        }
      }),
    );
  });

  it("each have something to do when there are no more than splittable", () => {
    fc.assert(
      fc.property(loads, sessionsPerVU, (load, each) => {
        const of = splittable(load, each);
        fc.pre(of > 1);
        for (const share of sharesOf(of)) {
          expect(sessionsOf(load, share, each)).toBeGreaterThanOrEqual(each);
          expect(iterationsOf(load, share)).toBeGreaterThanOrEqual(1);
          expect(inFlightOf(load, share)).toBeGreaterThanOrEqual(1);
          const vus = Math.max(...[...vuChanges(load, share)].map((change) => change.vus));
          if (!isOpen(load)) expect(vus).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });
});

describe("splittable", () => {
  it.each<[name: string, load: Load, sessionsPerVU: number, most: number]>([
    ["VUs", { ...plain, executor: "constant-vus", vus: 2, durationMs: 1 }, 1, 2],
    ["the VUs of a ramp", vuRamp(0, [1, 3], [1, 0]), 1, 3],
    ["connections", { ...plain, executor: "constant-vus", vus: 20, durationMs: 1 }, 1, 10],
    ["connections of a VU", { ...plain, executor: "constant-vus", vus: 20, durationMs: 1 }, 4, 2],
    ["iterations", { ...plain, executor: "shared-iterations", vus: 20, iterations: 3, maxDurationMs: 1 }, 1, 3],
    [
      "VUs, however many iterations",
      { ...plain, executor: "per-vu-iterations", vus: 3, iterations: 1, maxDurationMs: 1 },
      1,
      3,
    ],
    ["connections, in an open load", rateRamp(0, [10, 10]), 5, 2],
    ["arrivals", rateRamp(0, [1, 10]), 1, 5],
    ["places in flight", { ...rateRamp(0, [10, 10]), maxInFlight: 2 } as Load, 1, 2],
    ["nothing, as the whole is one", { ...plain, sessions: 1, executor: "constant-vus", vus: 5, durationMs: 1 }, 2, 1],
  ])("makes no more shares than there are %s", (_name, load, each, most) => {
    expect(splittable(load, each)).toBe(most);
  });
});

describe("iterationsOf", () => {
  it.each<[name: string, load: Load, iterations: number]>([
    ["all VUs' own", { ...plain, executor: "per-vu-iterations", vus: 5, iterations: 4, maxDurationMs: 1 }, 20],
    ["shared ones", { ...plain, executor: "shared-iterations", vus: 5, iterations: 7, maxDurationMs: 1 }, 7],
    ["arrivals", rateRamp(0, [1, 10]), 5],
    ["as many as there is time for", vuRamp(1, [1, 1]), Number.POSITIVE_INFINITY],
  ])("counts %s", (_name, load, iterations) => {
    expect(iterationsOf(load, whole)).toBe(iterations);
  });
});
