import { describe, expect, it } from "vitest";
import { between } from "./referee.ts";

describe("between two looks", () => {
  it.each([
    ["a client that is known", 100, 300, { countedPerSecond: 400, cpuMsPerRequest: 0.5 }],
    ["a client that is not", null, null, { countedPerSecond: 400, cpuMsPerRequest: null }],
    ["a client that has gone meanwhile", 100, null, { countedPerSecond: 400, cpuMsPerRequest: null }],
  ])("%s", (_, before, after, sighting) => {
    expect(between({ atMs: 5000, calls: 40, cpuMs: before }, { atMs: 6000, calls: 440, cpuMs: after })).toEqual(
      sighting,
    );
  });

  it("sees nothing where nothing was asked", () => {
    const look = { atMs: 0, calls: 7, cpuMs: 1 };
    expect(between(look, { ...look, atMs: 10 })).toBeNull();
  });
});
