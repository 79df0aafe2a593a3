import type { CellId } from "@apb/core/cell";
import type { Load } from "@apb/core/load";
import type { Point } from "@apb/core/scenario";
import { noActivity, noTally, type Snapshot } from "@apb/core/snapshot";
import { StepTotals, Totals } from "@apb/core/totals";
import { expect, it } from "vitest";
import { summarise } from "./summary.ts";

const load: Load = {
  ...{ executor: "shared-iterations", vus: 7, iterations: 100, maxDurationMs: 60_000 },
  ...{ startTimeMs: 0, gracefulStopMs: 0, sessions: 7 },
};
const point: Point = {
  params: {},
  workloads: [{ name: "default", load, sessionsPerVU: 1, tasks: [] }],
  thresholds: [],
};
const who = { binding: "b/c", server: "reference", client: "wire", security: "plain" } as const;
const id: CellId = { scenario: "s", case: {}, load: "l", ...who, round: 1 };

/** One second in which everything was done, and at the end of which so many VUs were left. */
function vusOf(vus: number, partial: string | null): number | null {
  const total = new StepTotals();
  total.response.record(1);
  const steps = { total: { ...noTally, response: total.response.times(), service: total.response.times() } };
  const snapshot: Snapshot = {
    ...{ second: 0, fromMs: 0, toMs: 500, draining: false, processes: {} },
    ...{ late: noTally.response, progress: [1], progressNs: [1e6] },
    workloads: { default: { ...noActivity, vus, completed: 1, operations: 1, steps } },
  };
  const totals = new Totals();
  totals.add(snapshot);
  const connected = { asked: 7, held: 7, failures: {}, firstFailure: null, step: noTally, pids: [] };
  return summarise(
    { id, point },
    {
      ...{ connected, connect: new StepTotals(), totals, closed: null, partial, warmUpMs: 0, usage: null, held: null },
      ...{
        noPidReason: "",
        serverCalls: null,
        callsMissing: null,
        thresholds: [],
        ceiling: null,
        agentDelayMs: 0,
        deviations: [],
      },
    },
  ).load.vus;
}

it.each([
  ["all that were planned, though they have gone by its end", 0, null, 7],
  ["those that were seen of a load that was cut short", 3, "interrupted", 3],
])("the most virtual users of a load are %s", (_, vus, partial, most) => {
  expect(vusOf(vus, partial)).toBe(most);
});
