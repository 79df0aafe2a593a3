import { describe, expect, it } from "vitest";
import { loadOf, type Profile } from "./scenario.ts";

const profile: Profile = {
  name: "p",
  rounds: 1,
  warmUpMs: 10,
  primeMs: 20,
  windowMs: 200,
  sizesBytes: [1],
  rungs: [1],
  users: 5,
};

describe("loadOf", () => {
  it("is closed unless the profile has a rate", () => {
    expect(loadOf(profile, 5, 2)).toEqual({ model: "closed", users: 5, sessions: 2, until: { durationMs: 200 } });
  });

  it("is open with a rate, a fractional one included", () => {
    expect(loadOf({ ...profile, perSecond: 0.5 }, 5, 2)).toEqual({
      model: "open",
      perSecond: 0.5,
      maxInFlight: 100_000,
      sessions: 2,
      until: { durationMs: 200 },
    });
  });

  it("passes on a limit of iterations, and none where there is none", () => {
    expect(loadOf({ ...profile, iterations: 7 }, 1, 1).until).toEqual({ durationMs: 200, iterations: 7 });
    expect(loadOf(profile, 1, 1).until).not.toHaveProperty("iterations");
  });
});
