import { expect, it } from "vitest";
import { FinishedRuns } from "./finished-runs.ts";

const run = (n: number, json = "{}") => ({ id: `run-${n}`, sessionId: `session-${n}`, json });

function known(runs: FinishedRuns): number[] {
  return [...Array(1000).keys()].filter((n) => runs.get(`run-${n}`) !== undefined);
}

it("keeps the latest 128 runs at least and 256 at most", () => {
  const runs = new FinishedRuns();
  for (let n = 0; n < 1000; n++) {
    runs.add(run(n));
    const { length, [length - 1]: last } = known(runs);
    expect(length).toBeGreaterThanOrEqual(Math.min(n + 1, 128));
    expect(length).toBeLessThanOrEqual(256);
    expect(last).toBe(n);
  }
  const first = known(runs)[0] as number;
  expect(runs.get("run-999")).toEqual(run(999));
  expect(runs.hasSession("session-999")).toBe(true);
  expect(runs.hasSession(`session-${first}`)).toBe(true);
  expect(runs.hasSession(`session-${first - 1}`)).toBe(false);
});

it("keeps fewer large ones, but always the last", () => {
  const runs = new FinishedRuns();
  for (let n = 0; n < 10; n++) {
    runs.add(run(n, "x".repeat(3 * 1024 * 1024)));
    expect(known(runs).at(-1)).toBe(n);
    expect(known(runs).length).toBeLessThanOrEqual(4);
  }
});
