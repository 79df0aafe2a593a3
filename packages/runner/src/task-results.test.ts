import type { Load } from "@apb/core/load";
import { noActivity, noTally } from "@apb/core/snapshot";
import { secondOfA, tallyOf } from "@apb/core/testing/snapshots";
import { Totals } from "@apb/core/totals";
import { describe, expect, it } from "vitest";
import { tasksOf } from "./task-results.ts";

const never = () => Promise.reject(new Error("not run"));
const load = loadFrom(0, 1000);
const tasks = [
  { name: "login", weight: 3, run: never },
  { name: "buy", weight: 7, run: never },
];

function loadFrom(startTimeMs: number, durationMs: number): Load {
  return { executor: "constant-vus", vus: 2, durationMs, startTimeMs, gracefulStopMs: 0, sessions: 2 };
}

function totals(): Totals {
  const all = new Totals();
  const counted = { completed: 2, operations: 4, interrupted: 1 };
  const two = tallyOf([
    { responseMs: 2, serviceMs: 2, failure: null },
    { responseMs: 3, serviceMs: 3, failure: "agent" },
  ]);
  all.add(secondOfA({ tasks: { buy: { ...two, ...counted }, login: { ...two, ...counted, interrupted: 0 } } }));
  const behind = { ...noActivity, tasks: { buy: { ...noTally, ...counted, completed: 9 } } };
  all.add(secondOfA({}, { second: 1, fromMs: 1000, toMs: 1200, draining: true, workloads: { a: behind } }));
  return all;
}

describe("tasksOf", () => {
  it("tells each task's share by weight and as it ended, and what it did in the window", () => {
    const { tasks: results = {} } = tasksOf({ name: "a", tasks, load }, totals());
    expect(Object.keys(results)).toEqual(["login", "buy"]);
    expect(results.login).toMatchObject({ count: 1, failures: { agent: 1 }, targetShare: 0.3, attainedShare: 2 / 6 });
    expect(results.buy).toMatchObject({ targetShare: 0.7, attainedShare: 4 / 6, interrupted: 2 });
    expect(results.buy).toMatchObject({ iterationsPerSecond: 2, operationsPerSecond: 4 });
  });

  it.each([
    ["a part of the window", loadFrom(750, 125), 16],
    ["more than came of the window", loadFrom(500, 9000), 4],
    ["nothing of the window", loadFrom(5000, 1000), 2],
  ])("takes the rate over the time of its own load, which had %s", (_what, own, perSecond) => {
    expect(tasksOf({ name: "a", tasks, load: own }, totals()).tasks?.buy?.iterationsPerSecond).toBe(perSecond);
  });

  it("has no share where nothing ran, and nothing of a single task", () => {
    const { tasks: results } = tasksOf({ name: "b", tasks, load }, totals());
    expect(results?.login).toMatchObject({ count: 0, attainedShare: null, responseMs: null });
    expect(tasksOf({ name: "a", tasks: tasks.slice(0, 1), load }, totals())).toEqual({});
  });
});
