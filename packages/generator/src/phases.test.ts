import type { Load } from "@apb/core/load";
import type { PhaseEar } from "@apb/core/phases";
import { expect, it } from "vitest";
import { type Driven, driven } from "./testing/simulated-drive.ts";

const load: Load = {
  ...{ executor: "constant-vus", vus: 1, durationMs: 100 },
  ...{ startTimeMs: 0, gracefulStopMs: 30_000, sessions: 1 },
};

/** Iterations of 10 ms with a call in each that was not blocked at all, and the ear that hears of it. */
function calling() {
  const ears: (PhaseEar | null)[] = [];
  const workload: Driven = {
    load,
    async run({ time }) {
      await time.sleep(10);
      ears.at(-1)?.told({ blocked: Number.NaN, waiting: 7, receiving: 2 }, time.now());
      return () => undefined;
    },
  };
  return { ears, workload, observePhases: (ear: PhaseEar | null) => void ears.push(ear) };
}

it("keeps the phases of calls that end in the window as steps", async () => {
  const { ears, workload, observePhases } = calling();
  const { totals } = await driven({ workloads: [workload], warmUpMs: 55, observePhases });
  expect(totals.step("waiting")?.result()).toMatchObject({ count: 10, responseMs: { min: 7, max: 7 } });
  expect(totals.step("receiving")?.result()).toMatchObject({ count: 10, responseMs: { max: 2 } });
  expect(totals.step("blocked")).toBeNull();
  expect(ears.map((ear) => ear === null)).toEqual([false, true]);
});

it("hears of none where it is not asked, or does not know whose they are", async () => {
  const { ears, workload, observePhases } = calling();
  await driven({ workloads: [workload, workload], observePhases });
  expect(ears.filter((ear) => ear !== null)).toEqual([]);
  expect((await driven({ workloads: [workload] })).totals.step("waiting")).toBeNull();
});
