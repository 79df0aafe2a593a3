import type { Second, SecondOfStep, SecondOfWorkload } from "@apb/core/series";
import { expect, it } from "vitest";
import { concluded, coursesOf } from "./courses.ts";
import { rowsOf } from "./rows.ts";
import { sampleCell, sampleId, sampleInfo, sampleRun, sampleSecond } from "./testing/sample-run.ts";

const load = "users: 1→4 VUs in 12s, after 2s; calls: 50→500→50/s in 5s+5s+10s on 9 connections, after 4s";
const facts = { model: "open", executor: "ramping-vus,ramping-arrival-rate", vus: null, perSecond: null } as const;
const idle: SecondOfWorkload = { vus: 0, begun: 0, completed: 0, dropped: 0, total: null };

function total(count: number, p99Ms: number): SecondOfStep {
  return { count, failures: 0, meanMs: p99Ms / 2, p50Ms: p99Ms / 2, p99Ms };
}

/** A step more each three seconds from 2 to 13, of which the third brings little; half as quick from the fourth on. */
function users(second: number): SecondOfWorkload {
  if (second < 2 || second > 13) return idle;
  const vus = Math.floor((second - 2) / 3) + 1;
  const completed = [0, 100, 200, 230, 240][vus] ?? 0;
  return { vus, begun: completed, completed, dropped: 0, total: total(completed, vus < 2 ? 10 : 20) };
}

/** A spike from 9 to 14, slow until two seconds behind it. */
function calls(second: number): SecondOfWorkload {
  if (second < 4) return idle;
  const begun = second >= 9 && second < 14 ? 500 : 50;
  return { vus: 1, begun, completed: begun, dropped: 0, total: total(begun, second >= 9 && second < 16 ? 90 : 10) };
}

const seconds: readonly Second[] = Array.from({ length: 24 }, (_, n) =>
  sampleSecond(n, {
    ...{ cell: sampleId({ load }), durationMs: 1000 },
    workloads: { users: users(n), calls: calls(n) },
  }),
);

it("concludes of each of several loads side by side, by its own limits alone", () => {
  const rows = rowsOf(
    sampleRun([sampleCell({ load }, { load: { ...facts, sessions: 9, warmUpMs: 0, durationMs: 1 } })]),
  );
  const [course] = coursesOf(rows, seconds);
  if (course === undefined) throw new Error("no course");
  const breaking = { kind: "breaking point", at: 3, after: 2, limit: null } as const;
  const recovery = { kind: "recovery", seconds: 2, watched: 10 } as const;
  expect(concluded(course, sampleInfo())).toMatchObject([
    { workload: "users", open: false, conclusion: breaking },
    { workload: "calls", open: true, conclusion: recovery },
  ]);
  const limit = { threshold: "p(99)<15", aggregation: "p(99)", operator: "<", limit: 15, unit: "ms" } as const;
  const judged = { ...limit, ok: false, value: 20, cells: 1, crossed: 1, worst: null };
  const limited = (metric: string) => concluded(course, { ...sampleInfo(), thresholds: [{ ...judged, metric }] })[0];
  expect(limited("response{step:total,workload:users}")?.conclusion).toMatchObject({
    ...{ at: 2, limit: "response{step:total}: p(99)<15" },
  });
  for (const metric of ["response{workload:calls}", "response"])
    expect(limited(metric)?.conclusion).toMatchObject(breaking);
});
