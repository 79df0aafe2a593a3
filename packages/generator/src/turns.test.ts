import type { Load } from "@apb/core/load";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driven, drivenByTurns, noted, type Run, type Setting, taking } from "./testing/simulated-drive.ts";

function constant(vus: number, durationMs: number): Load {
  return {
    ...{ executor: "constant-vus", vus, durationMs },
    ...{ startTimeMs: 0, gracefulStopMs: 30_000, sessions: vus },
  };
}

function arrivals(perSecond: number, durationMs: number): Load {
  return {
    ...{ executor: "constant-arrival-rate", perSecond, durationMs, maxInFlight: 1000 },
    ...{ startTimeMs: 0, gracefulStopMs: 30_000, sessions: 4 },
  };
}

function setting(load: Load, run: Run): Setting {
  return { workloads: [{ name: "w", load, run }] };
}

describe("loads that take turns", () => {
  it("count what each would count alone, if no iteration is cut by the end of a turn", async () => {
    const loads = [setting(constant(3, 1000), taking(10)), setting(constant(2, 1000), taking(5))];
    const alone = await Promise.all(loads.map(driven));
    const turns = await drivenByTurns(loads, 50);
    for (const [n, { totals }] of turns.entries()) {
      expect(totals.windowMs).toBe(1000);
      expect(totals.counts().completed).toBe(alone[n]?.totals.counts().completed);
      expect(totals.step("total")?.result().responseMs).toEqual(alone[n]?.totals.step("total")?.result().responseMs);
    }
  });

  it("are never under way at the same time", async () => {
    const sides = [taking(7), taking(11), taking(3)].map(noted);
    await drivenByTurns(
      sides.map(({ run }) => setting(constant(4, 600), run)),
      50,
    );
    const lives = sides.flatMap(({ lives: of }, side) =>
      of().flatMap((own) => own.map(([from, to]) => ({ side, from, to }))),
    );
    const clashes = lives.filter(({ side, from, to }) =>
      lives.some((other) => other.side !== side && from < other.to && other.from < to),
    );
    expect(clashes).toEqual([]);
  });

  it("have the same time each, in an order that changes", async () => {
    const sides = [taking(10), taking(10)].map(noted);
    await drivenByTurns(
      sides.map(({ run }) => setting(constant(1, 2000), run)),
      50,
    );
    const turnOf = (n: number) =>
      sides[n]
        ?.lives()
        .flat()
        .map(([from]) => Math.floor(from / 50))
        .filter((turn, at, all) => all.indexOf(turn) === at) ?? [];
    expect(turnOf(0)).toHaveLength(40);
    expect(turnOf(1)).toHaveLength(40);
    // Of each pair of turns each has one, and not always the first.
    const firsts = turnOf(0).map((turn) => turn % 2);
    expect(turnOf(0).map((turn) => Math.floor(turn / 2))).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(new Set(firsts)).toEqual(new Set([0, 1]));
  });

  it("keep their schedule of arrivals, on their own clocks", async () => {
    const loads = [setting(arrivals(100, 1000), taking(3)), setting(arrivals(100, 1000), taking(6))];
    const turns = await drivenByTurns(loads, 50);
    for (const [n, { totals }] of turns.entries()) {
      expect(totals.counts().completed).toBe(100);
      expect(totals.step("total")?.result().responseMs).toMatchObject({ min: [3, 6][n], max: [3, 6][n] });
    }
  });

  it("time out what does not end, and go on", async () => {
    const never: Run = ({ time, io }) =>
      io.step("send", async (signal) => {
        await time.sleep(100_000, signal);
        signal.throwIfAborted();
        return () => undefined;
      });
    const [well, ill] = await drivenByTurns(
      [setting(constant(1, 500), taking(10)), setting(constant(1, 500), never)],
      50,
    );
    // The one that ends with the window is none of it.
    expect(well?.totals.counts().completed).toBe(49);
    expect(ill?.totals.step("total")?.result().failures).toEqual({ timeout: 1 });
  });

  it("leave the rest of the time to who has more to do", async () => {
    const [short, long] = await drivenByTurns(
      [setting(constant(1, 100), taking(10)), setting(constant(1, 1000), taking(10))],
      50,
    );
    expect(short?.totals.counts().completed).toBe(9);
    expect(long?.totals.counts().completed).toBe(99);
    expect(long?.endedAt).toBe(1100);
  });

  it("charge each what the process has spent in its turns", async () => {
    const [one, other] = await drivenByTurns(
      [setting(constant(1, 1000), taking(10)), setting(constant(1, 1000), taking(10))],
      50,
    );
    const elapsedMs = (came: typeof one): number =>
      (came?.seconds ?? []).reduce((sum, { processes }) => sum + (processes["0"]?.elapsedNs ?? 0) / 1e6, 0);
    expect(elapsedMs(one)).toBeCloseTo(1000);
    expect(elapsedMs(other)).toBeCloseTo(1000);
  });

  it("take windows that are whole, whatever iterations and turns take", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 5, max: 80 }),
        async (times, vus, sliceMs) => {
          const came = await drivenByTurns(
            times.map((ms) => setting(constant(vus, 300), taking(ms))),
            sliceMs,
          );
          for (const [n, { totals }] of came.entries()) {
            expect(totals.windowMs).toBe(300);
            expect(totals.step("total")?.result().responseMs?.max).toBeCloseTo(times[n] ?? 0, 0);
          }
        },
      ),
      { numRuns: 8 },
    ));
});
