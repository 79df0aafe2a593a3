import type { TaskResult } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { csvReport } from "./csv.ts";
import { jsonReport } from "./json.ts";
import { rowsOf } from "./rows.ts";
import { taskSections } from "./task-section.ts";
import { sampleCell, sampleRun, sampleStep } from "./testing/sample-run.ts";

function task(times: readonly number[], parts: Partial<TaskResult>): TaskResult {
  return {
    ...sampleStep(times, { timeout: 1 }),
    ...{ targetShare: 0.5, attainedShare: 0.5, interrupted: 0, iterationsPerSecond: 2, operationsPerSecond: 4 },
    ...parts,
  };
}

const login = task([1, 1], { targetShare: 0.3, attainedShare: 0.3 });
const buy = task([2, 2, 2, 2, 2], { targetShare: 0.7, attainedShare: 0.7, interrupted: 1, operationsPerSecond: 7 });
const counts = { load: "10 VUs", begun: 10, completed: 7, dropped: 0, interrupted: 1 };
const cells = [1, 2].map((round) =>
  sampleCell(
    { round },
    {
      workloads: { shop: { ...counts, tasks: { login, buy } }, other: counts },
      checks: { stocked: { passes: 9, fails: 1 } },
    },
  ),
);

describe("tasks", () => {
  it("have a line each: their shares, counts and times over all rounds", () => {
    const [section] = taskSections("shop", rowsOf(sampleRun(cells)));
    expect(section?.title).toBe("shop: tasks");
    expect(section?.columns.map(({ header }) => header)).toEqual([
      ...["case", "binding", "task", "target", "attained", "count", "RPS", "p50", "p95", "p99", "failed"],
    ]);
    expect(section?.groups).toEqual([
      [
        ["1 KiB", "one/rest", "login", "30.0", "30.0", "4", "4.00", "1.00", "1.00", "1.00", "33.3"],
        ["1 KiB", "one/rest", "buy", "70.0", "70.0", "10", "7.00", "2.00", "2.00", "2.00", "16.7"],
      ],
    ]);
  });

  it("are told of workloads that have several only", () => {
    expect(taskSections("shop", rowsOf(sampleRun([sampleCell()])))).toEqual([]);
  });

  it("are in csv and json, as checks are", () => {
    const run = sampleRun(cells);
    const [head = "", line = ""] = csvReport(run).split("\n");
    const fields = line.split(",");
    const named = Object.fromEntries(head.split(",").map((name, n) => [name, fields[n]]));
    expect(named).toMatchObject({ task_shop_buy_attained_share: "0.7", task_shop_login_samples: "4" });
    expect(named).toMatchObject({ check_stocked_passes: "18", check_stocked_fails: "2" });
    expect(JSON.parse(jsonReport(run)).rows[0].tasks).toMatchObject([{ task: "login" }, { task: "buy", count: 10 }]);
  });
});
