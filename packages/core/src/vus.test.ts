import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationOf, type Load, type Share, whole } from "./load.ts";
import { closedLoads, generators, openLoads, plain, sharesOf, vuRamp } from "./testing/loads.ts";
import { mostVUs, vuChanges, vusAt } from "./vus.ts";

/** The changes of a load, as `second:vus second:vus …`. */
function stepsOf(load: Load, share: Share = whole): string {
  return [...vuChanges(load, share)].map(({ atMs, vus }) => `${atMs / 1000}:${vus}`).join(" ");
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The example k6 keeps for its execution segments (ramping_vus_test.go), with the end it leaves out. */
const example = vuRamp(
  4,
  ...([
    [2, 6],
    [5, 1],
    [4, 5],
    [4, 1],
    [3, 4],
    [2, 4],
    [0, 1],
    [3, 1],
    [0, 5],
    [3, 5],
    [0, 0],
    [2, 2],
    [2, 0],
    [4, 4],
  ] as const),
);

describe("vuChanges of a ramp", () => {
  it.each<[name: string, share: Share, steps: string]>([
    [
      "as a whole",
      whole,
      // The fourth VU of the last stage would start where the load ends.
      "0:4 1:5 2:6 3:5 4:4 5:3 6:2 7:1 8:2 9:3 10:4 11:5 12:4 13:3 14:2 15:1 16:2 17:3 18:4 20:1 23:5 26:0 27:1 28:2 29:1 30:0 31:1 32:2 33:3 34:0",
    ],
    ["in its first third", { index: 0, of: 3 }, "0:2 5:1 10:2 13:1 18:2 20:1 23:2 26:0 27:1 30:0 31:1 34:0"],
    [
      "in its second third",
      { index: 1, of: 3 },
      "0:1 1:2 4:1 7:0 8:1 11:2 12:1 15:0 16:1 20:0 23:2 26:0 28:1 29:0 32:1 34:0",
    ],
    ["in its last third", { index: 2, of: 3 }, "0:1 2:2 3:1 6:0 9:1 14:0 17:1 20:0 23:1 26:0 33:1 34:0"],
  ])("are k6's %s", (_name, share, steps) => {
    expect(stepsOf(example, share)).toBe(steps);
  });

  it.each<[name: string, load: Load, steps: string]>([
    ["a jump at the start", vuRamp(2, [0, 5], [2, 3]), "0:5 1:4 2:0"],
    ["a jump between stages", vuRamp(5, [1, 5], [0, 3], [1, 3]), "0:5 1:3 2:0"],
    ["two jumps at once", vuRamp(5, [1, 5], [0, 90], [0, 3], [1, 3]), "0:5 1:3 2:0"],
    ["a jump that changes nothing", vuRamp(5, [1, 5], [0, 5], [1, 5]), "0:5 2:0"],
    ["a jump at the end, which nobody sees", vuRamp(5, [1, 5], [0, 9]), "0:5 1:0"],
    ["the last VU of a ramp, at its very end", vuRamp(0, [2, 2], [1, 2]), "0:0 1:1 2:2 3:0"],
    ["a ramp down, one stage length for each VU", vuRamp(0, [0.01, 2], [0.04, 0]), "0:0 0.005:1 0.01:2 0.03:1 0.05:0"],
    ["up and down and up again", vuRamp(0, [2, 2], [2, 0], [2, 2]), "0:0 1:1 2:2 3:1 4:0 5:1 6:0"],
    ["a VU that would start at the end", vuRamp(0, [2, 1]), "0:0"],
  ])("know %s", (_name, load, steps) => {
    expect(stepsOf(load)).toBe(steps);
  });

  it("are made as they are read", () => {
    const changes = vuChanges(vuRamp(0, [60, 50_000], [60, 0]), whole);
    expect([changes.next().value, changes.next().value]).toEqual([
      { atMs: 0, vus: 0 },
      { atMs: expect.closeTo(1.2, 6), vus: 1 },
    ]);
  });

  it("are each VU of 50,000 once up and once down", () => {
    const shares = sharesOf(8).map((share) => [...vuChanges(vuRamp(0, [60, 50_000], [60, 0]), share)]);
    expect(sum(shares.map((changes) => changes.length - 1))).toBe(100_000);
    expect(shares.map((changes) => Math.max(...changes.map(({ vus }) => vus)))).toEqual(Array(8).fill(6250));
  });
});

describe("vuChanges of other loads", () => {
  it.each<[name: string, load: Load, share: Share, steps: string]>([
    ["constant VUs", { ...plain, executor: "constant-vus", vus: 5, durationMs: 2000 }, whole, "0:5 2:0"],
    [
      "a share of them",
      { ...plain, executor: "constant-vus", vus: 5, durationMs: 2000 },
      { index: 1, of: 2 },
      "0:2 2:0",
    ],
    [
      "a share without any",
      { ...plain, executor: "constant-vus", vus: 1, durationMs: 2000 },
      { index: 1, of: 2 },
      "0:0",
    ],
    [
      "iterations, until their time is up",
      { ...plain, executor: "shared-iterations", vus: 3, iterations: 9, maxDurationMs: 600_000 },
      whole,
      "0:3 600:0",
    ],
    [
      "iterations of each VU",
      { ...plain, executor: "per-vu-iterations", vus: 3, iterations: 9, maxDurationMs: 600_000 },
      whole,
      "0:3 600:0",
    ],
    [
      "arrivals, which have no VUs",
      { ...plain, executor: "constant-arrival-rate", perSecond: 5, durationMs: 2000, maxInFlight: 1 },
      whole,
      "0:0",
    ],
  ])("are those of %s", (_name, load, share, steps) => {
    expect(stepsOf(load, share)).toBe(steps);
  });
});

describe("vusAt", () => {
  it.each([
    [-1, 0],
    [0, 4],
    [999.999, 4],
    [1000, 5],
    [2000, 6],
    [2999.999, 6],
    [3000, 5],
    [19_999.999, 4],
    [20_000, 1],
    [33_999.999, 3],
    [34_000, 0],
    [1e9, 0],
  ])("is at %d ms of k6's example %d", (ms, vus) => {
    expect(vusAt(example, whole)(ms)).toBe(vus);
  });

  it("is 0 in an open load", () => {
    fc.assert(
      fc.property(openLoads, fc.nat(60_000), (load, ms) => {
        expect(vusAt(load, whole)(ms)).toBe(0);
      }),
    );
  });

  it("follows the line of a stage: rounded down while it rises, up while it falls", () => {
    const vus = fc.nat(50_000);
    fc.assert(
      fc.property(
        vus,
        vus,
        fc.integer({ min: 1, max: 600_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, to, durationMs, part) => {
          const ms = durationMs * part;
          fc.pre(ms < durationMs);
          const line = from + ((to - from) * ms) / durationMs;
          // On a moment of change both are right.
          fc.pre(from === to || Math.abs(line - Math.round(line)) > 1e-6);
          expect(vusAt(vuRamp(from, [durationMs / 1000, to]), whole)(ms)).toBe(
            to < from ? Math.ceil(line) : Math.floor(line),
          );
        },
      ),
    );
  });

  it("changes exactly at the moments of vuChanges, in every share", () => {
    fc.assert(
      fc.property(closedLoads, generators, fc.nat(), (load, of, some) => {
        const share = { index: some % of, of };
        const at = vusAt(load, share);
        const changes = [...vuChanges(load, share)];
        expect(changes[0]?.atMs).toBe(0);
        expect(changes.at(-1)?.vus).toBe(0);
        changes.forEach(({ atMs, vus }, n) => {
          const next = changes[n + 1];
          expect(at(atMs)).toBe(vus);
          if (n > 0) expect(at(atMs * (1 - Number.EPSILON))).toBe(changes[n - 1]?.vus);
          if (next === undefined) return;
          expect(next.atMs).toBeGreaterThan(atMs);
          expect(next.vus).not.toBe(vus);
          expect(at((atMs + next.atMs) / 2)).toBe(vus);
        });
      }),
    );
  });

  it("sums over the shares to the whole at every instant", () => {
    fc.assert(
      fc.property(closedLoads, generators, fc.double({ min: -0.1, max: 1.1, noNaN: true }), (load, of, part) => {
        const shares = sharesOf(of).map((share) => vusAt(load, share));
        const together = (ms: number): number => sum(shares.map((at) => at(ms)));
        const all = vusAt(load, whole);
        const ms = durationOf(load) * part;
        expect(together(ms)).toBe(all(ms));
        for (const { atMs, vus } of vuChanges(load, whole)) expect(together(atMs)).toBe(vus);
      }),
    );
  });
});

describe("mostVUs", () => {
  it.each<[load: Load, most: number]>([
    [example, 6],
    [vuRamp(0, [4, 40], [4, 40], [2, 0]), 40],
    [vuRamp(0, [4, 40]), 39],
    [vuRamp(0, [4, 40], [1, 0]), 40],
    [vuRamp(9, [0, 3], [1, 3]), 3],
    [vuRamp(0, [1, 1]), 0],
    [vuRamp(0, [1, 0]), 0],
    [{ ...plain, executor: "constant-arrival-rate", perSecond: 5, durationMs: 2000, maxInFlight: 1 }, 0],
  ])("of load %# is %d", (load, most) => {
    expect(mostVUs(load)).toBe(most);
  });

  it("is the highest that vuChanges reaches", () => {
    fc.assert(
      fc.property(closedLoads, (load) => {
        expect(mostVUs(load)).toBe(Math.max(...[...vuChanges(load, whole)].map(({ vus }) => vus)));
      }),
    );
  });
});
