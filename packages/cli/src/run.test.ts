import { concurrencyLadder } from "@apb/benchmarks/concurrency-ladder";
import { messageSize } from "@apb/benchmarks/message-size";
import type { Profile } from "@apb/core/scenario";
import { plan } from "@apb/runner/plan";
import { describe, expect, it } from "vitest";
import { exitCodes } from "./exit-codes.ts";
import { exitCodeWithin, unmeasurable } from "./run.ts";

const profile: Profile = {
  ...{ name: "p", rounds: 1, warmUpMs: 10, primeMs: 20, windowMs: 200, vus: 10 },
  sizesBytes: [1024],
  rungs: [1000],
};

function planned(mostSessions: number, rungs = profile.rungs) {
  return plan({
    ...{ scenarios: [messageSize, concurrencyLadder], profile: { ...profile, rungs }, seed: 1, mostSessions },
    bindings: [{ id: "x/y", can: new Set(["send"]), cannot: {} }],
    ...{ servers: ["reference"], clients: ["wire"], without: () => null },
  });
}

describe("a scenario of which this machine can hold nothing", () => {
  const lost = planned(64);

  it("is told with the reason", () => {
    expect(unmeasurable(lost)).toEqual([
      "nothing of concurrency-ladder can be measured: 1000 connections do not fit the limit of open files here; at most 64 do (ulimit -n)",
    ]);
  });

  it("makes the run a failed one, unless that ends with another code already", () => {
    expect(exitCodeWithin(lost, exitCodes.fine)).toBe(exitCodes.failed);
    expect(exitCodeWithin(lost, exitCodes.crossed)).toBe(exitCodes.crossed);
    expect(exitCodeWithin(lost, exitCodes.interrupted)).toBe(exitCodes.interrupted);
  });

  it.each([
    ["of which a part is left", planned(64, [10, 1000])],
    ["that fits", planned(2000)],
  ])("is none %s", (_what, all) => {
    expect(unmeasurable(all)).toEqual([]);
    expect(exitCodeWithin(all, exitCodes.fine)).toBe(exitCodes.fine);
  });
});
