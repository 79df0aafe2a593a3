import { Failure } from "@apb/core/failure";
import type { Load } from "@apb/core/load";
import { randomOf } from "@apb/core/random";
import { splittable } from "@apb/core/split";
import type { Think } from "@apb/core/think";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Came, driven, drivenByAll, type Run, type Setting, taking } from "./testing/simulated-drive.ts";

/** All times are whole multiples of this, a power of two, so that nothing is ever rounded. */
const grainMs = 1 / 64;
const ms = (max: number, min = 0) => fc.integer({ min: min * 64, max: max * 64 }).map((grains) => grains * grainMs);

const vus = fc.integer({ min: 1, max: 5 });
const iterations = fc.integer({ min: 5, max: 40 });
const around = { startTimeMs: ms(50), gracefulStopMs: ms(100), sessions: fc.constant(5) };
const stages = fc
  .array(fc.record({ durationMs: ms(1200), target: fc.integer({ min: 0, max: 5 }) }), { minLength: 1, maxLength: 4 })
  .filter((some) => some.some(({ durationMs }) => durationMs > 0));

const loads: fc.Arbitrary<Load> = fc.oneof(
  fc.record({ ...around, executor: fc.constant("constant-vus"), vus, durationMs: ms(2500, 1) }),
  fc.record({
    ...around,
    ...{ executor: fc.constant("ramping-vus"), startVUs: fc.integer({ min: 0, max: 5 }), stages },
    gracefulRampDownMs: ms(100),
  }),
  fc.record({
    ...around,
    ...{ executor: fc.constantFrom("per-vu-iterations", "shared-iterations"), vus, iterations },
    maxDurationMs: ms(2000, 1),
  }),
);

const think: fc.Arbitrary<Think | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ constantMs: ms(60) }),
  fc.record({ uniform: fc.record({ fromMs: ms(10), toMs: ms(80, 10) }) }),
  fc.record({ pacingMs: ms(80) }),
  fc.record({ perSecond: fc.integer({ min: 10, max: 200 }) }),
);

/** How long iterations take at most, and which part of them fails. */
const service = fc.record({ mostMs: ms(600, 1), failing: fc.constantFrom(0, 0.1, 1), seed: fc.nat() });

const drives = fc.record({
  ...{ load: loads, think, service, warmUpMs: ms(700), timeoutMs: ms(500, 50), startAt: ms(10) },
  stop: fc.option(fc.record({ at: ms(2500), graceMs: ms(300) }), { nil: undefined }),
});

/** Iterations of any length up to the most, of which some fail. */
function anyLength({ mostMs, failing, seed }: { mostMs: number; failing: number; seed: number }): Run {
  const random = randomOf(seed);
  return async (iteration) => {
    // Some take no time at all.
    const service = Math.floor(Math.max(0, random() * 1.2 - 0.2) * mostMs * 64) * grainMs;
    const fails = random() < failing;
    const verify = await taking(service)(iteration);
    if (fails) throw new Failure("rejected", "no");
    return verify;
  };
}

function expectLittle({ totals }: Came): void {
  const { vuNs, edgeNs, thinkNs, begun, interrupted } = totals.counts();
  const total = totals.step("total");
  const [served, failed] = [total?.service.times(), total?.failed.times()];
  expect((served?.sumNs ?? 0) + (failed?.sumNs ?? 0) + edgeNs + thinkNs).toBe(vuNs);
  expect((served?.count ?? 0) + (failed?.count ?? 0) + interrupted).toBe(begun);
}

it("the time of the VUs is that of their iterations and their thinking, to the nanosecond, whatever the load", async () => {
  await fc.assert(
    fc.asyncProperty(drives, async ({ load, think, service, stop, ...times }) => {
      const workload = { load, run: anyLength(service), ...(think === undefined ? {} : { think }) };
      const setting: Setting = { ...times, grainMs, workloads: [workload], ...(stop === undefined ? {} : { stop }) };
      expectLittle(await driven(setting));
    }),
    { numRuns: 150 },
  );
});

it("so it is for each generator, and for workloads side by side", async () => {
  await fc.assert(
    fc.asyncProperty(drives, drives, fc.integer({ min: 2, max: 3 }), async (one, other, most) => {
      const workloads = [one, other].map(({ load, service, think }) => ({
        ...{ load, run: anyLength(service) },
        ...(think === undefined ? {} : { think }),
      }));
      const { warmUpMs, timeoutMs, startAt } = one;
      const of = Math.min(most, splittable(one.load, 1), splittable(other.load, 1));
      const all = await drivenByAll({ warmUpMs, timeoutMs, startAt, grainMs, workloads }, of);
      for (const came of all) expectLittle(came);
    }),
    { numRuns: 30 },
  );
});

it("so it is where the window is shorter than an iteration that began in the warm-up", async () => {
  const load: Load = {
    executor: "constant-vus",
    vus: 2,
    durationMs: 100,
    startTimeMs: 0,
    gracefulStopMs: 1000,
    sessions: 2,
  };
  const came = await driven({ warmUpMs: 50, workloads: [{ load, run: taking(400) }] });
  expectLittle(came);
  expect(came.totals.counts()).toMatchObject({ begun: 0, completed: 0, vuNs: 200e6, edgeNs: 200e6 });
});
