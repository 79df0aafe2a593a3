import { expect, it } from "vitest";
import { FinishedRuns } from "./finished-runs.ts";

const run = (n: number, json = "{}") => ({ id: `run-${n}`, sessionId: `session-${n}`, json });

it("keeps the latest 128 runs at least and 256 at most", () => {
  const runs = new FinishedRuns();
  for (let n = 0; n < 10_000; n++) runs.add(run(n));
  const known = Array.from({ length: 10_000 }, (_, n) => runs.get(`run-${n}`)).filter((found) => found !== undefined);
  expect(known.length).toBeGreaterThanOrEqual(128);
  expect(known.length).toBeLessThanOrEqual(256);
  expect(known.at(-1)).toEqual(run(9999));
  expect(known[0]).toEqual(run(10_000 - known.length));
  expect(runs.hasSession("session-9999")).toBe(true);
  expect(runs.hasSession(`session-${10_000 - known.length}`)).toBe(true);
  expect(runs.hasSession("session-0")).toBe(false);
});

it("keeps fewer large ones, but always the last", () => {
  const runs = new FinishedRuns();
  const large = "x".repeat(3 * 1024 * 1024);
  for (let n = 0; n < 10; n++) {
    runs.add(run(n, large));
    expect(runs.get(`run-${n}`)).toBeDefined();
  }
  expect([...Array(10).keys()].filter((n) => runs.get(`run-${n}`) !== undefined).length).toBeLessThanOrEqual(4);
});
