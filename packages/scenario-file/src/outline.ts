import { arrivalsOf } from "@apb/core/arrivals";
import { durationOf, isOpen, type Load } from "@apb/core/load";
import { loadLabel } from "@apb/core/load-text";
import { rotaOf } from "@apb/core/rota";
import type { Point, Profile, Workload } from "@apb/core/scenario";
import type { Think } from "@apb/core/think";
import { thresholdText } from "@apb/core/threshold";
import { mostVUs } from "@apb/core/vus";
import type { Written } from "./assemble.ts";
import type { RowByLaw } from "./workload-table.ts";

/** What a file would run, in lines for a person: of each load its VUs and rates over time, and how many iterations, where that is known. Pure. */
export function outlineOf(file: Written, profile: Profile): readonly string[] {
  const { scenario, bindings, target, rows } = file;
  const points = scenario.points(profile);
  const on = [bindings?.join(", ") ?? "the usual bindings", ...(target === null ? [] : ["of the target"])].join(" ");
  return [
    `${scenario.name}: ${scenario.shows}`,
    `  on ${on}, for ${seconds(profile.windowMs)} after ${seconds(profile.warmUpMs)} of warm-up`,
    ...points.flatMap(pointLines),
    ...(rows.length === 0 ? [] : tableLines(rows)),
  ];
}

function pointLines({ workloads, thresholds, setup, teardown }: Point): readonly string[] {
  return [
    ...(setup === undefined ? [] : ["  setup: once before all users start"]),
    ...workloads.flatMap(workloadLines),
    ...(teardown === undefined ? [] : ["  teardown: once when the load is over"]),
    ...(thresholds.length === 0 ? ["  no thresholds"] : thresholds.map((one) => `  limit ${thresholdText(one)}`)),
  ];
}

function workloadLines(workload: Workload): readonly string[] {
  const { name, load, tags = {}, onStart, think, tasks, sessionsPerVU, opens } = workload;
  const tagged = Object.entries(tags).map(([tag, value]) => `${tag}=${value}`);
  return [
    `  ${[name, ...tagged].join(" ")}: ${load.executor}, ${loadLabel(load)}`,
    ...timeLines(load),
    `    tasks: ${tasksText(tasks)}`,
    ...(onStart === undefined ? [] : ["    each user starts before the load does"]),
    ...(think === undefined ? [] : [`    waits ${thinkText(think)}`]),
    ...(sessionsPerVU === 1 ? [] : [`    ${sessionsPerVU} connections a user`]),
    ...(opens === undefined ? [] : [`    opens up to ${opens} sessions at a time beside`]),
    `    iterations: ${iterationsText(load, think)}`,
  ];
}

/** Where a load is at the ends of its stages, since the start of the test. */
function timeLines(load: Load): readonly string[] {
  const unit = isOpen(load) ? "/s" : " VUs";
  const line = (atMs: number, value: number): string =>
    `    ${seconds(load.startTimeMs + atMs).padStart(8)}  ${round(value)}${unit}`;
  if (!("stages" in load)) return [];
  const start = load.executor === "ramping-vus" ? load.startVUs : load.startPerSecond;
  let atMs = 0;
  const lines = [line(0, start)];
  for (const { durationMs, target } of load.stages) {
    atMs += durationMs;
    lines.push(line(atMs, target));
  }
  return lines;
}

function tasksText(tasks: Workload["tasks"]): string {
  const cycle = rotaOf(tasks.map(({ weight }) => weight)).length;
  const all = tasks.reduce((sum, { weight }) => sum + weight, 0);
  const each = tasks.map(({ name, weight }) => (tasks.length === 1 ? name : `${name} ${(weight * cycle) / all}`));
  return tasks.length === 1 ? each.join("") : `${each.join(" : ")} of each ${cycle}`;
}

function thinkText(think: Think): string {
  if ("constantMs" in think) return seconds(think.constantMs);
  if ("uniform" in think) return `${seconds(think.uniform.fromMs)} to ${seconds(think.uniform.toMs)}`;
  return "pacingMs" in think
    ? `until ${seconds(think.pacingMs)} since its start`
    : `for at most ${think.perSecond} a second`;
}

function iterationsText(load: Load, think: Think | undefined): string {
  if (isOpen(load)) return whole(arrivalsOf(load));
  if (load.executor === "shared-iterations") return whole(load.iterations);
  if (load.executor === "per-vu-iterations") return whole(load.vus * load.iterations);
  const most = mostWith(load, think);
  return most === null ? "as many as the server answers" : `at most about ${whole(most)}, were every answer at once`;
}

/** By Little's law: the time of all VUs, by the least time that one of their iterations takes. */
function mostWith(load: Load, think: Think | undefined): number | null {
  const eachMs = think === undefined ? 0 : leastMs(think);
  return eachMs === 0 ? null : vuMs(load) / eachMs + mostVUs(load);
}

function leastMs(think: Think): number {
  if ("constantMs" in think) return think.constantMs;
  if ("uniform" in think) return (think.uniform.fromMs + think.uniform.toMs) / 2;
  return "pacingMs" in think ? think.pacingMs : 1000 / think.perSecond;
}

/** VUs summed over time. */
function vuMs(load: Load): number {
  if (load.executor !== "ramping-vus") return mostVUs(load) * durationOf(load);
  let [from, sum] = [load.startVUs, 0];
  for (const { durationMs, target } of load.stages) {
    sum += ((from + target) / 2) * durationMs;
    from = target;
  }
  return sum;
}

function tableLines(rows: readonly RowByLaw[]): readonly string[] {
  const total = rows.reduce((sum, { tps }) => sum + tps, 0);
  const users = rows.reduce((sum, row) => sum + row.users, 0);
  return [
    "  workload, by Little's law (users = TPS × (response + think)):",
    ...rows.map(
      ({ name, tps, users: own, cycleMs, lawfulUsers }) =>
        `    ${name}: ${tps} × ${seconds(cycleMs)} = ${round(lawfulUsers)} users, ${own} are given`,
    ),
    `    together ${round(total)} TPS of ${users} users`,
  ];
}

function seconds(ms: number): string {
  return `${round(ms / 1000)}s`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
