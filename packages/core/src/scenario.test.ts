import { describe, expect, it } from "vitest";
import type { Executor } from "./load.ts";
import { loadOf, type Profile } from "./scenario.ts";

const profile: Profile = {
  name: "p",
  rounds: 1,
  warmUpMs: 10,
  primeMs: 20,
  windowMs: 200,
  sizesBytes: [1],
  rungs: [1],
  vus: 5,
};
const around = { startTimeMs: 0, gracefulStopMs: 30_000 };
const ramp: Executor = {
  ...{ executor: "ramping-vus", startVUs: 2, stages: [{ durationMs: 100, target: 9 }], gracefulRampDownMs: 0 },
};
const rate: Executor = { executor: "constant-arrival-rate", perSecond: 0.5, durationMs: 4000, maxInFlight: 7 };

describe("loadOf", () => {
  it("is so many VUs for the profile's window, on a connection each", () => {
    expect(loadOf(profile, 3)).toEqual({ ...around, executor: "constant-vus", vus: 3, durationMs: 200, sessions: 3 });
  });

  it("has the connections that each VU holds", () => {
    expect(loadOf(profile, 3, 2).sessions).toBe(6);
  });

  it("has as many connections as the profile says", () => {
    expect(loadOf({ ...profile, sessions: 2 }, 10).sessions).toBe(2);
    expect(loadOf({ ...profile, sessions: 2 }, 10, 3).sessions).toBe(6);
  });

  it("has no connection without a user, unless it is an open load", () => {
    expect(loadOf({ ...profile, sessions: 50 }, 10, 3).sessions).toBe(30);
    expect(loadOf({ ...profile, sessions: 50, executor: ramp }, 1).sessions).toBe(8);
    expect(loadOf({ ...profile, sessions: 6, executor: ramp }, 1).sessions).toBe(6);
    expect(loadOf({ ...profile, sessions: 50, executor: rate }, 1).sessions).toBe(50);
  });

  it("is the profile's own executor where it has one, on as many connections as that has VUs", () => {
    // The ninth VU would start at the very end.
    expect(loadOf({ ...profile, executor: ramp }, 100)).toEqual({ ...around, ...ramp, sessions: 8 });
  });

  it("is sent on a connection for each of the profile's users where it has no VUs", () => {
    expect(loadOf({ ...profile, executor: rate }, 100, 2)).toEqual({ ...around, ...rate, sessions: 10 });
    expect(loadOf({ ...profile, executor: rate, sessions: 3 }, 100).sessions).toBe(3);
  });

  it("may finish for as long as the profile says", () => {
    expect(loadOf({ ...profile, gracefulStopMs: 0 }, 1).gracefulStopMs).toBe(0);
  });
});
