import type { Ceiling } from "@apb/core/ceiling";
import type { Finding, GeneratorUsage, Measured, ServerUsage, ThresholdResult, WorkloadResult } from "@apb/core/cell";
import { Failure, type FailureKind } from "@apb/core/failure";
import { type GoodputLimit, goodputText } from "@apb/core/goodput";
import { durationOf } from "@apb/core/load";
import { loadLabel } from "@apb/core/load-text";
import { ownResult } from "@apb/core/own-metrics";
import { loadFacts } from "@apb/core/points";
import type { Point, Workload } from "@apb/core/scenario";
import { serverFigures } from "@apb/core/server-figures";
import { goodputIn } from "@apb/core/stream-metrics";
import type { StepTotals, Totals } from "@apb/core/totals";
import { mostVUs } from "@apb/core/vus";
import type { Closed } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import { type Held, openedResult } from "./kept-memory.ts";
import type { PlannedCell } from "./plan.ts";
import { tasksOf } from "./task-results.ts";
import { growthOf } from "./usage-growth.ts";
import { serverSeen, type UsageSeen } from "./usage-seen.ts";
import { judge } from "./verdict.ts";

/** What was seen of a cell. */
export interface Observations {
  readonly connected: Connected;
  readonly connect: StepTotals;
  readonly totals: Totals;
  /** Null when a generator did not live to tell. */
  readonly closed: Closed | null;
  /** Why the load ended before its time; null when it did not. */
  readonly partial: string | null;
  readonly warmUpMs: number;
  /** Null when nobody watched the server. */
  readonly usage: UsageSeen | null;
  /** What the server held before the window and behind the load, where iterations open sessions; null where they do not. */
  readonly held: Held | null;
  /** Why `usage` is null, should it be. */
  readonly noPidReason: string;
  /** Agent calls of the drive by the server's own count; null when it does not tell. */
  readonly serverCalls: number | null;
  /** Why it did not, though it should; null when it told, or was not asked. */
  readonly callsMissing: string | null;
  readonly thresholds: readonly ThresholdResult[];
  /** What one generator can do at most; null when it was not measured. */
  readonly ceiling: Ceiling | null;
  /** What makes streams good; absent where nobody asked. */
  readonly goodput?: readonly GoodputLimit[] | undefined;
  /** How long agents were told to wait before they answer. */
  readonly agentDelayMs: number;
  /** Checks the server failed as it was known to. */
  readonly deviations: readonly Finding[];
}

/** Observations → the cell as it is stored. Pure; throws a Failure when there is nothing to summarise. */
export function summarise({ id, point }: Pick<PlannedCell, "id" | "point">, seen: Observations): Measured {
  const { totals, closed, connected, partial } = seen;
  requireSuccess(seen);
  const { completed, dropped, interrupted, checks, operations } = totals.counts();
  const perSecond = 1000 / totals.windowMs;
  const load = loadOf(point, seen);
  const served = seen.usage?.whole === true && closed !== null ? closed.operations : operations;
  const server = serverOf(seen.usage, served, totals.windowMs);
  const generator = generatorOf(totals, closed, operations);
  const { asked, held, failures } = connected;
  const { opened = null, missing = {} } = openedOf(seen);
  const result = {
    load,
    connections: { asked, held, failures },
    iterationsPerSecond: completed * perSecond,
    operationsPerSecond: operations * perSecond,
    ...{ dropped, interrupted, checks, partial, server, generator },
    wire: wireOf(closed),
  };
  return {
    schemaVersion: 2,
    status: "measured",
    cell: id,
    ...result,
    workloads: Object.fromEntries(point.workloads.map((workload) => [workload.name, workloadOf(workload, seen)])),
    steps: stepsOf(totals, seen.connect),
    ...ownOf(totals),
    thresholds: seen.thresholds,
    ...goodputOf(totals, seen.goodput),
    ...(opened === null ? {} : { opened }),
    verdict: judge({ ...result, ...seen, steady: isSteady(point) }),
    missing: { ...missingOf(point, seen, result), ...missing },
  };
}

/** Where iterations open sessions. */
function openedOf({ held, closed, noPidReason }: Observations): Partial<ReturnType<typeof openedResult>> {
  return held === null || closed === null ? {} : openedResult(closed.sessionsLeft, held, noPidReason);
}

/** Where streams have limits. */
function goodputOf(totals: Totals, limits: readonly GoodputLimit[] = []): Pick<Measured, "goodput"> {
  const counts = goodputIn(totals);
  if (counts === null) return {};
  const { good, of, inWindow } = counts;
  const share = of === 0 ? null : good / of;
  return { goodput: { limits: goodputText(limits), good, of, share, perSecond: (1000 * inWindow) / totals.windowMs } };
}

/** A window without one success has no latency and no throughput to report: it is a failed cell, and says why. */
function requireSuccess({ totals, partial }: Observations): void {
  const total = totals.step("total");
  const succeeded = total?.response.count ?? 0;
  const kinds = failuresText(total);
  const window = `${Math.round(totals.windowMs)} ms`;
  if (succeeded === 0 && kinds.length > 0)
    throw new Failure("rejected", `no iteration succeeded in ${window}: ${kinds.join(", ")}`);
  if (succeeded > 0 && totals.counts().completed > 0) return;
  const hint = partial === null ? "use a longer --duration" : `it ended before its time: ${partial}`;
  throw new Failure("timeout", `no iteration began and ended within the window of ${window}; ${hint}`);
}

/** `agent × 12 (no such file)`: each kind with what its first said. */
function failuresText(step: StepTotals | null): readonly string[] {
  const kinds = Object.keys(step?.failures ?? {}) as FailureKind[];
  return kinds.map((kind) => {
    const said = step?.said[kind]?.sentence ?? "";
    return `${kind} × ${step?.failures[kind]}${said === "" ? "" : ` (${said})`}`;
  });
}

function loadOf({ workloads }: Point, { totals, connected, partial, warmUpMs }: Observations): Measured["load"] {
  const facts = loadFacts(workloads.map(({ load }) => load));
  // Snapshots have the VUs of their end, when those of a load that is counted may all have gone; one that was cut short may never have had its most.
  const planned = partial === null ? workloads.map(({ load }) => mostVUs(load)) : [];
  return {
    ...facts,
    vus: facts.vus === null ? null : Math.max(totals.mostVUs, ...planned),
    sessions: connected.held,
    warmUpMs,
    durationMs: totals.windowMs,
  };
}

function workloadOf(workload: Workload, { totals }: Observations): WorkloadResult {
  const { name } = workload;
  const load = loadLabel(workload.load);
  const { begun, completed, dropped, interrupted } = totals.counts(name);
  const alone = Object.keys(totals.workloads).length < 2;
  const steps = totals.stepNames(name).map((step) => [step, totals.step(step, name)?.result()] as const);
  const own = Object.fromEntries(steps.flatMap(([step, result]) => (result === undefined ? [] : [[step, result]])));
  return {
    load,
    begun,
    completed,
    dropped,
    interrupted,
    ...(alone ? {} : { steps: own }),
    ...tasksOf(workload, totals),
  };
}

/** Every step as it is stored, the whole iteration first. */
export function stepsOf(totals: Totals, connect: StepTotals): Measured["steps"] {
  const names = totals.stepNames().filter((name) => name !== "total");
  const named = ["total", ...names].flatMap((name) => {
    const step = totals.step(name);
    return step === null ? [] : [[name, step.result()] as const];
  });
  return Object.fromEntries([...named.slice(0, 1), ["connect", connect.result()], ...named.slice(1)]);
}

/** Nothing where the scenario counts nothing of its own. */
function ownOf(totals: Totals): Pick<Measured, "metrics"> {
  const metrics = Object.entries(totals.counts().metrics);
  const seconds = totals.windowMs / 1000;
  if (metrics.length === 0) return {};
  return { metrics: Object.fromEntries(metrics.map(([name, own]) => [name, ownResult(own, seconds)])) };
}

function generatorOf(totals: Totals, closed: Closed | null, operations: number): GeneratorUsage {
  const processes = Object.values(totals.processes);
  const cpuMs = processes.reduce((sum, { cpuNs }) => sum + cpuNs / 1e6, 0);
  return {
    processes: processes.length,
    cpuPercentMean: (100 * cpuMs) / totals.windowMs,
    cpuMsPerOperation: operations === 0 ? null : cpuMs / operations,
    eventLoopUtilization: Math.max(
      ...processes.map(({ busyNs, elapsedNs }) => (elapsedNs === 0 ? 0 : Math.min(1, busyNs / elapsedNs))),
    ),
    lateStartP99Ms: totals.late.percentileMs(99) ?? 0,
    rssPeakBytes: closed?.rssPeakBytes ?? processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}

function wireOf(closed: Closed | null): Measured["wire"] {
  if (closed === null) return null;
  const { sentBytes, receivedBytes, bodyBytes, operations } = closed;
  return { sentBytes, receivedBytes, bodyBytes, operations };
}

function serverOf(usage: UsageSeen | null, operations: number, windowMs: number): ServerUsage | null {
  const seen = serverSeen(usage);
  if (usage === null || seen === null) return null;
  const { samples, fromMs, untilMs } = usage;
  const { rssIdleBytes, rssConnectedBytes, rssMeanBytes } = seen;
  const growth = growthOf(samples, fromMs, untilMs);
  const steady = growth?.steady === true ? growth : null;
  return {
    ...{ rssIdleBytes, rssConnectedBytes, rssMeanBytes: Math.round(rssMeanBytes) },
    ...serverFigures(seen, windowMs, operations),
    rssGrowth:
      steady === null
        ? null
        : {
            bytesPerSecond: steady.bytesPerSecond,
            bytesPerOperation: operations === 0 ? null : steady.growthBytes / operations,
          },
  };
}

/** Whether the load is the same from the window's beginning to its end, so that its halves can be compared. */
function isSteady({ workloads }: Point): boolean {
  const lastMs = Math.max(...workloads.map(({ load }) => durationOf(load)));
  return workloads.every(
    ({ load }) =>
      (load.executor === "constant-vus" || load.executor === "constant-arrival-rate") &&
      load.startTimeMs === 0 &&
      load.durationMs === lastMs,
  );
}

const noOperation = "its iterations made no operation of the protocol";

function missingOf(
  { workloads }: Point,
  { usage, noPidReason, partial, callsMissing }: Observations,
  { load, server, generator, wire }: Pick<Measured, "load" | "server" | "generator" | "wire">,
): Measured["missing"] {
  const ramps = workloads.some(({ load }) => load.executor === "ramping-arrival-rate");
  return {
    ...(server === null
      ? { server: usage === null ? noPidReason : "the window was too short to read the server in it" }
      : {}),
    ...(server !== null && server.rssGrowth === null
      ? { "server.rssGrowth": "its memory did not rise steadily, or the window is too short to tell (10 s)" }
      : {}),
    ...(server !== null && server.cpuPercentMean !== null && server.cpuMsPerOperation === null
      ? { "server.cpuMsPerOperation": noOperation }
      : {}),
    ...(generator.cpuMsPerOperation === null ? { "generator.cpuMsPerOperation": noOperation } : {}),
    ...(server !== null && server.rssGrowth?.bytesPerOperation === null
      ? { "server.rssGrowth.bytesPerOperation": noOperation }
      : {}),
    ...(server !== null && server.cpuPercentMean === null
      ? { "server.cpu": "the server used less CPU than its counter can tell; use a longer --duration" }
      : {}),
    ...(callsMissing === null ? {} : { "server.calls": callsMissing }),
    ...(wire === null ? { wire: partial ?? "a generator did not live to tell" } : {}),
    ...(load.vus === null ? { "load.vus": "an open load has arrivals, not users" } : {}),
    ...(load.perSecond === null
      ? { "load.perSecond": ramps ? "the rate changes all the time" : "a closed load has no rate" }
      : {}),
  };
}
