import { expect, it } from "vitest";
import { outlineOf } from "./outline.ts";
import { scenarioOf } from "./scenario-file.ts";

const profile = {
  ...{ name: "p", rounds: 1, warmUpMs: 1000, primeMs: 1000, windowMs: 30_000 },
  ...{ sizesBytes: [], rungs: [], vus: 1 },
};

it("says of each load its VUs and rates over time, its tasks, and how many iterations", () => {
  const text = `
name: shop
shows: a sale
expect: all is sold
binding: acp/rest
users:
  buyer: {onStart: [{call: login}], wait: 2s, tasks: [{call: echo, weight: 6}, {call: cart, weight: 14}]}
  robot: {tasks: [{parallel: [{call: a}, {call: b}], name: both}]}
scenarios:
  load: {user: buyer, executor: ramping-vus, startVUs: 0, stages: [{duration: 10s, target: 4}, {duration: 10s, target: 4}]}
  calls: {user: robot, executor: constant-arrival-rate, rate: 5, duration: 10s, startTime: 20s, tags: {kind: r}}
  some: {user: robot, executor: per-vu-iterations, vus: 3, iterations: 4}
thresholds: {failed: [rate<0.01], "response{scenario:load}": [p(95)<9]}`;
  expect(outlineOf(scenarioOf(text, "a.yaml", {}), profile)).toEqual([
    "shop: a sale",
    "  on acp/rest, for 30s after 1s of warm-up",
    "  load: ramping-vus, 0→4→4 VUs in 10s+10s",
    ...["          0s  0 VUs", "         10s  4 VUs", "         20s  4 VUs"],
    "    tasks: echo 3 : cart 7 of each 10",
    "    each user starts before the load does",
    "    waits 2s",
    "    iterations: at most about 34, were every answer at once",
    "  calls kind=r: constant-arrival-rate, 5/s on 20 connections, after 20s",
    ...["    tasks: both", "    2 connections a user", "    iterations: 50"],
    "  some: per-vu-iterations, 3 VUs × 4 iterations on 6 connections",
    ...["    tasks: both", "    2 connections a user", "    iterations: 12"],
    "  limit failed: rate<0.01",
    "  limit response{scenario:load}: p(95)<9",
    "  expected: all is sold",
  ]);
});
