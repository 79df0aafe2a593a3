import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivalsOf } from "./arrivals.ts";
import { Failure } from "./failure.ts";
import { isOpen, type Load } from "./load.ts";
import { requireLoad } from "./require-load.ts";
import { loads, plain, rateRamp, vuRamp } from "./testing/loads.ts";
import { mostVUs } from "./vus.ts";

const constant: Load = { ...plain, executor: "constant-vus", vus: 2, durationMs: 1000 };
const shared: Load = { ...plain, executor: "shared-iterations", vus: 2, iterations: 10, maxDurationMs: 1000 };
const each: Load = { ...shared, executor: "per-vu-iterations" };
const arriving: Load = { ...plain, executor: "constant-arrival-rate", perSecond: 2, durationMs: 1000, maxInFlight: 10 };
const vus: Load = vuRamp(0, [1, 2], [1, 2]);
const rates: Load = rateRamp(0, [1, 2], [1, 2]);

describe("requireLoad", () => {
  it.each<[load: object, sentence: string]>([
    [{ ...constant, vus: 0 }, "constant-vus: expected a whole number of VUs from 1, got 0"],
    [{ ...constant, vus: 1.5 }, "constant-vus: expected a whole number of VUs from 1, got 1.5"],
    [
      { ...constant, vus: Number.POSITIVE_INFINITY },
      "constant-vus: expected a whole number of VUs from 1, got Infinity",
    ],
    [{ ...constant, durationMs: 0 }, "constant-vus: expected a duration above 0 ms, got 0 ms"],
    [{ ...constant, durationMs: Number.NaN }, "constant-vus: expected a duration above 0 ms, got NaN ms"],
    [{ ...constant, sessions: 0 }, "constant-vus: expected a whole number of connections from 1, got 0"],
    [{ ...constant, startTimeMs: -1 }, "constant-vus: expected the start time to be 0 ms or more, got -1 ms"],
    [{ ...constant, gracefulStopMs: -1 }, "constant-vus: expected the graceful stop to be 0 ms or more, got -1 ms"],
    [{ ...each, vus: -2 }, "per-vu-iterations: expected a whole number of VUs from 1, got -2"],
    [{ ...each, iterations: 0 }, "per-vu-iterations: expected a whole number of iterations of each VU from 1, got 0"],
    [{ ...shared, vus: 0 }, "shared-iterations: expected a whole number of VUs from 1, got 0"],
    [{ ...shared, iterations: 1.5 }, "shared-iterations: expected a whole number of iterations from 1, got 1.5"],
    [
      { ...shared, vus: 11 },
      "shared-iterations: expected an iteration or more for each VU, got 10 for 11 VUs; lower the VUs",
    ],
    [{ ...shared, maxDurationMs: 0 }, "shared-iterations: expected a duration above 0 ms, got 0 ms"],
    [{ ...vus, startVUs: -1 }, "ramping-vus: expected a whole number of start VUs from 0, got -1"],
    [{ ...vus, stages: [] }, "ramping-vus: expected a stage or more, got none"],
    [vuRamp(0, [1, 2], [-1, 2]), "ramping-vus: expected the duration of stage 2 to be 0 ms or more, got -1000 ms"],
    [vuRamp(0, [1, 2.5]), "ramping-vus: expected a whole number of VUs as the target of stage 1 from 0, got 2.5"],
    [vuRamp(5, [0, 2]), "ramping-vus: expected a duration above 0 ms, got 0 ms"],
    ...[vuRamp(0, [1, 0]), vuRamp(0, [1, 1]), vuRamp(9, [0, 0], [1, 0])].map((load): [Load, string] => [
      load,
      "ramping-vus: there is never a VU; give start VUs, or a stage that holds a target above 0",
    ]),
    [{ ...vus, gracefulRampDownMs: -1 }, "ramping-vus: expected the graceful ramp-down to be 0 ms or more, got -1 ms"],
    [{ ...arriving, perSecond: -1 }, "constant-arrival-rate: expected the rate to be 0 or more per second, got -1"],
    [{ ...arriving, perSecond: 0 }, "constant-arrival-rate: expected a rate above 0 per second, got 0"],
    [{ ...arriving, durationMs: -5 }, "constant-arrival-rate: expected a duration above 0 ms, got -5 ms"],
    [
      { ...arriving, maxInFlight: 0 },
      "constant-arrival-rate: expected a whole number of arrivals in flight from 1, got 0",
    ],
    [
      { ...rates, startPerSecond: Number.NaN },
      "ramping-arrival-rate: expected the start rate to be 0 or more per second, got NaN",
    ],
    [rateRamp(0, [1, -2]), "ramping-arrival-rate: expected the target of stage 1 to be 0 or more per second, got -2"],
    [{ ...rates, stages: [] }, "ramping-arrival-rate: expected a stage or more, got none"],
    [rateRamp(0, [1, 1.9]), "ramping-arrival-rate: nothing ever arrives; give higher rates or longer stages"],
    [
      { ...rates, maxInFlight: 2.5 },
      "ramping-arrival-rate: expected a whole number of arrivals in flight from 1, got 2.5",
    ],
  ])("refuses load %#", (load, sentence) => {
    expect(() => requireLoad(load as Load)).toThrow(new Failure("usage", sentence));
  });

  it.each([constant, each, shared, vus, arriving, rates, vuRamp(1, [12, 0])])("lets load %# be", (load) => {
    expect(() => requireLoad(load)).not.toThrow();
  });

  it("lets be whatever has a VU or an arrival", () => {
    fc.assert(
      fc.property(loads, (load) => {
        const nothing = isOpen(load) ? arrivalsOf(load) === 0 : mostVUs(load) === 0;
        if (nothing) expect(() => requireLoad(load)).toThrow(Failure);
        else expect(() => requireLoad(load)).not.toThrow();
      }),
    );
  });
});
