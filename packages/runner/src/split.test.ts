import type { Load } from "@apb/core/scenario";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evenly } from "./pacer.ts";
import { split } from "./split.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const closed = fc.record({ users: fc.integer({ min: 1, max: 20_000 }), sessions: fc.integer({ min: 1, max: 20_000 }) });

describe("split", () => {
  it("leaves a load for one generator as it is", () => {
    const load: Load = { model: "closed", users: 10, sessions: 10, until: { durationMs: 5 } };
    expect(split(load, 1, 1)).toEqual([load]);
  });

  it("shares users, sessions and iterations exactly, to parts that differ by one user at most", () => {
    const iterations = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(
        closed,
        iterations,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        (size, most, parts, each) => {
          fc.pre(size.sessions >= each);
          const loads = split({ model: "closed", ...size, until: { durationMs: 1, iterations: most } }, parts, each);
          const users = loads.map((load) => (load.model === "closed" ? load.users : 0));
          expect(loads.length).toBeLessThanOrEqual(parts);
          expect(sum(users)).toBe(size.users);
          expect(Math.max(...users) - Math.min(...users)).toBeLessThanOrEqual(1);
          expect(sum(loads.map(({ sessions }) => sessions))).toBe(size.sessions);
          expect(Math.min(...loads.map(({ sessions }) => sessions))).toBeGreaterThanOrEqual(each);
          expect(sum(loads.map(({ until }) => until.iterations ?? 0))).toBe(most);
        },
      ),
    );
  });

  it.each([
    [500, 3],
    [0.5, 2],
    [7, 4],
  ])("keeps the schedule of %d arrivals a second over %d generators", (perSecond, parts) => {
    const load: Load = { model: "open", perSecond, maxInFlight: 100, sessions: 12, until: { durationMs: 1 } };
    const loads = split(load, parts, 1).filter((one) => one.model === "open");
    const arrivals = loads.flatMap((one) =>
      Array.from({ length: 50 }, (_, n) => evenly(one.perSecond, one.offsetMs)(n)),
    );
    const whole = evenly(perSecond);
    arrivals
      .sort((a, b) => a - b)
      .forEach((due, n) => {
        expect(due).toBeCloseTo(whole(n), 6);
      });
    expect(sum(loads.map(({ maxInFlight }) => maxInFlight))).toBe(100);
  });

  it.each<[name: string, load: Load, expected: number]>([
    ["users", { model: "closed", users: 2, sessions: 10, until: { durationMs: 1 } }, 2],
    ["sessions", { model: "closed", users: 10, sessions: 1, until: { durationMs: 1 } }, 1],
    ["iterations", { model: "closed", users: 10, sessions: 10, until: { durationMs: 1, iterations: 3 } }, 3],
  ])("makes no more parts than there are %s", (_name, load, expected) => {
    expect(split(load, 4, 1)).toHaveLength(expected);
  });
});
