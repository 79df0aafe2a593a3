import type { Executor } from "@apb/core/load";
import type { Profile } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import { type LoadFlags, withLoad } from "./load-flags.ts";

const profile: Profile = {
  ...{ name: "p", rounds: 1, warmUpMs: 10, primeMs: 20, windowMs: 200, vus: 10 },
  sizesBytes: [1],
  rungs: [1],
};
const stage = [{ durationMs: 4000, target: 40 }];
const maxInFlight = 100_000;

describe("withLoad", () => {
  it.each<[name: string, flags: LoadFlags, executor: Executor]>([
    ["a rate", { rate: 0.5 }, { executor: "constant-arrival-rate", perSecond: 0.5, durationMs: 200, maxInFlight }],
    [
      "a rate for so long",
      { rate: 5, duration: 3000 },
      { executor: "constant-arrival-rate", perSecond: 5, durationMs: 3000, maxInFlight },
    ],
    ["stages", { stage }, { executor: "ramping-vus", startVUs: 1, stages: stage, gracefulRampDownMs: 30_000 }],
    [
      "stages from nobody",
      { startVus: 0, stage },
      { executor: "ramping-vus", startVUs: 0, stages: stage, gracefulRampDownMs: 30_000 },
    ],
    [
      "stages with a rate",
      { rate: 5, stage },
      { executor: "ramping-arrival-rate", startPerSecond: 5, stages: stage, maxInFlight },
    ],
    [
      "stages of a rate that begins with none",
      { executor: "ramping-arrival-rate", stage },
      { executor: "ramping-arrival-rate", startPerSecond: 0, stages: stage, maxInFlight },
    ],
    [
      "iterations",
      { iterations: 50, vus: 5 },
      { executor: "shared-iterations", vus: 5, iterations: 50, maxDurationMs: 600_000 },
    ],
    [
      "iterations of each, for at most so long",
      { executor: "per-vu-iterations", iterations: 3, duration: 2000 },
      { executor: "per-vu-iterations", vus: 10, iterations: 3, maxDurationMs: 2000 },
    ],
    ["VUs by name", { executor: "constant-vus", vus: 3 }, { executor: "constant-vus", vus: 3, durationMs: 200 }],
    [
      "stages that take away slowly",
      { stage, gracefulRampDown: 0 },
      { executor: "ramping-vus", startVUs: 1, stages: stage, gracefulRampDownMs: 0 },
    ],
    [
      "all durations times a factor",
      { stage, timeScale: 0.1 },
      {
        ...{ executor: "ramping-vus", startVUs: 1, gracefulRampDownMs: 3000 },
        stages: [{ durationMs: 400, target: 40 }],
      },
    ],
  ])("%s", (_name, flags, executor) => {
    expect(withLoad(profile, flags).executor).toEqual(executor);
  });

  it("leaves the scenarios their own load where nothing else is said", () => {
    expect(withLoad(profile, {})).toEqual(profile);
    expect(withLoad(profile, { vus: 3, duration: 500 })).toEqual({ ...profile, vus: 3, windowMs: 500 });
    expect(withLoad(profile, { timeScale: 0.5 })).toEqual({
      ...profile,
      warmUpMs: 5,
      primeMs: 10,
      windowMs: 100,
      gracefulStopMs: 15_000,
    });
    expect(withLoad(profile, { gracefulStop: 100, timeScale: 0.5 })).toMatchObject({ gracefulStopMs: 50 });
  });

  it.each<[name: string, flags: LoadFlags, message: RegExp]>([
    ["a duration of stages", { stage, duration: 5 }, /--duration means nothing to ramping-vus.*its stages say/],
    ["VUs of stages", { stage, vus: 5 }, /--vus means nothing to ramping-vus.*--start-vus/],
    ["VUs of a rate", { rate: 5, vus: 5 }, /--vus means nothing to constant-arrival-rate.*--connections/],
    ["a rate of VUs", { executor: "constant-vus", rate: 5 }, /--rate means nothing to constant-vus/],
    ["iterations of a rate", { rate: 5, iterations: 5 }, /--iterations means nothing to constant-arrival-rate/],
    [
      "a rate without one",
      { executor: "constant-arrival-rate" },
      /constant-arrival-rate needs --rate, like --rate 500/,
    ],
    ["a ramp without stages", { executor: "ramping-vus" }, /ramping-vus needs --stage, like --stage 30s:100/],
    [
      "a ramp-down of arrivals",
      { rate: 5, stage, gracefulRampDown: 5 },
      /--graceful-ramp-down means nothing to ramping-arrival-rate/,
    ],
    [
      "a ramp-down of no ramp",
      { executor: "constant-vus", gracefulRampDown: 5 },
      /--graceful-ramp-down means nothing to constant-vus/,
    ],
    ["a ramp-down without anything", { gracefulRampDown: 5 }, /ramping-vus needs --stage/],
    ["a start of no ramp", { startVus: 5 }, /ramping-vus needs --stage/],
  ])("refuses %s", (_name, flags, message) => {
    expect(() => withLoad(profile, flags)).toThrow(message);
    expect(() => withLoad(profile, flags)).toThrow(/^\[usage\]/);
  });
});
