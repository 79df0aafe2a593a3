import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { planned, workload } from "./testing/planned.ts";
import { measured, stopTime } from "./testing/playing.ts";

beforeEach(stopTime);
afterEach(() => void vi.useRealTimers());

const nothing = async (): Promise<void> => undefined;
const starting = { workloads: [{ ...workload(), onStart: nothing }] };

describe("what a point does once", () => {
  it("is its setup and the start of its users before the load, behind the checks, and its teardown behind it", async () => {
    const { log } = await measured({}, { cells: [planned(1, { ...starting, setup: nothing, teardown: nothing })] });
    const left = '{"token":"of the setup"}';
    expect(log.slice(3, -3)).toEqual([
      ...["verify", "setup", `begin with ${left}`, "drive after 50", `teardown with ${left}`],
    ]);
  });

  it("lets users start without a setup", async () => {
    const { log, results } = await measured({}, { cells: [planned(1, starting)] });
    expect(log).toContain("begin with {}");
    expect(results).toMatchObject([{ verdict: { kind: "valid" } }]);
  });

  it("is doubted where some users could not start, and fails where none could", async () => {
    const begin = async () => ({ asked: 10, begun: 7, firstFailure: "VU 3 of main: [agent] no such user" });
    const { results } = await measured({ begin }, { cells: [planned(1, starting)] });
    const message =
      "3 of 10 VUs could not start, and had no iterations; the first said: VU 3 of main: [agent] no such user";
    expect(results).toMatchObject([{ verdict: { kind: "errors", findings: [{ message }] } }]);
    const none = async () => ({ asked: 10, begun: 0, firstFailure: "VU 0 of main: [agent] no" });
    const failed = await measured({ begin: none }, { cells: [planned(1, starting)] });
    expect(failed.results).toMatchObject([
      { status: "failed", reason: "[rejected] none of 10 VUs could start; the first said: VU 0 of main: [agent] no" },
    ]);
  });
});
