import type { CellId } from "@apb/core/cell";
import type { Load } from "@apb/core/load";
import { vocabulary } from "@apb/core/metrics";
import { pointLoad } from "@apb/core/points";
import type { Point, Profile, Workload } from "@apb/core/scenario";
import type { Threshold } from "@apb/core/threshold";
import { parseThresholdFlag } from "@apb/core/threshold-grammar";
import type { PlannedCell } from "../plan.ts";

/** Windows of two seconds, the first behind a longer warm-up. */
export const profile: Profile = {
  ...{ name: "p", rounds: 1, warmUpMs: 5, primeMs: 50, windowMs: 2000 },
  ...{ sizesBytes: [], rungs: [], vus: 10, gracefulStopMs: 3000 },
};

/** Ten VUs for the profile's window. */
export const tenVUs: Extract<Load, { executor: "constant-vus" }> = {
  ...{ executor: "constant-vus", vus: 10, durationMs: 2000 },
  ...{ startTimeMs: 0, gracefulStopMs: 3000, sessions: 10 },
};

/** A workload that nobody runs: the generator is a fake. */
export function workload(load: Load = tenVUs, name = "main"): Workload {
  const run = (): Promise<never> => Promise.reject(new Error("the generator is a fake"));
  return { name, load, sessionsPerVU: 1, tasks: [{ name: "t", weight: 1, run }] };
}

/** A cell of the scenario "s" with the parameter n. */
export function planned(n: number, point: Partial<Point> = {}): PlannedCell {
  const whole: Point = { params: { n }, workloads: [workload()], thresholds: [], ...point };
  const who = { binding: "x/y", server: "sdk", client: "library", security: "plain", round: 1 } as const;
  const id: CellId = { scenario: "s", case: whole.params, load: pointLoad(whole), ...who };
  return { id, point: whole, steps: ["send", "plan"] };
}

const known = vocabulary({
  ...{ step: ["total", "connect", "wait", "send", "plan", "write"], workload: ["main", "other"] },
  ...{ scenario: ["s", "t"], binding: ["x/y", "x/z"], client: ["wire", "library"], server: ["reference", "sdk"] },
  ...{ security: ["plain"], load: ["10 VUs", "500/s"], n: ["1", "2"] },
});

/** As the command line reads it; `more` are the fields of the long form. */
export function threshold(
  text: string,
  more: Partial<Pick<Threshold, "abortOnFail" | "delayAbortEvalMs">> = {},
): Threshold {
  const [parsed] = parseThresholdFlag(text, known);
  if (parsed === undefined) throw new Error(`no threshold in ${text}`);
  return { ...parsed, ...more };
}
