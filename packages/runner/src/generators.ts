import type { Latency, StepResult } from "@apb/core/cell";
import type { FailureKind } from "@apb/core/failure";
import { Histogram } from "@apb/core/histogram";
import type { Connected, Driven, Driving, Generator } from "./generator.ts";
import { heard } from "./races.ts";
import { split } from "./split.ts";
import type { Silence } from "./window.ts";

/** Several generators as one: they share each load exactly, begin together, and their histograms merge. */
export function together(generators: readonly Generator[]): Generator {
  let working: readonly Generator[] = [];
  return {
    touch: async (target) => {
      await Promise.all(generators.map((generator) => generator.touch(target)));
    },
    async verify(target) {
      const all = await Promise.all(generators.map((generator) => generator.verify(target)));
      return all.find((outcomes) => outcomes.some(({ status }) => status === "failed")) ?? all[0] ?? [];
    },
    async connect(task) {
      const loads = split(task.load, generators.length, task.sessionsPerUser);
      working = generators.slice(0, loads.length);
      const parts = await Promise.all(
        working.map((generator, n) => generator.connect({ ...task, load: loads[n] ?? task.load })),
      );
      return mergeConnected(parts);
    },
    drive: (warmUpMs, startAt) => mergeDriving(working.map((generator) => generator.drive(warmUpMs, startAt))),
    disconnect: async () => {
      await Promise.all(working.map((generator) => generator.disconnect()));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(generators.map((generator) => generator[Symbol.asyncDispose]()));
    },
  };
}

function mergeConnected(parts: readonly Connected[]): Connected {
  return {
    asked: sum(parts, ({ asked }) => asked),
    held: sum(parts, ({ held }) => held),
    failures: mergeCounts(parts.map(({ failures }) => failures)),
    firstFailure: parts.find(({ firstFailure }) => firstFailure !== null)?.firstFailure ?? null,
    step: mergeSteps(parts.map(({ step }) => step)),
  };
}

/** A moment has come when it has come for all. */
function mergeDriving(parts: readonly Driving[]): Driving {
  const all = (promises: readonly Promise<void>[]): Promise<void> => heard(Promise.all(promises).then(() => undefined));
  const report = heard(Promise.all(parts.map((part) => part.report)).then(mergeDriven));
  return { opened: all(parts.map(({ opened }) => opened)), closed: all(parts.map(({ closed }) => closed)), report };
}

/** What all did: counts add up, the slowest window and the latest start are everybody's. */
export function mergeDriven(parts: readonly Driven[]): Driven {
  const names = [...new Set(parts.flatMap(({ steps }) => Object.keys(steps)))];
  const stepsOf = (name: string): StepResult[] =>
    parts.map(({ steps }) => steps[name]).filter((step) => step !== undefined);
  return {
    steps: Object.fromEntries(names.map((name) => [name, mergeSteps(stepsOf(name))])),
    completed: sum(parts, ({ completed }) => completed),
    windowMs: Math.max(...parts.map(({ windowMs }) => windowMs)),
    dropped: sum(parts, ({ dropped }) => dropped),
    slices: (parts[0]?.slices ?? []).map((_, n) => ({
      completed: sum(parts, ({ slices }) => slices[n]?.completed ?? 0),
      totalMs: sum(parts, ({ slices }) => slices[n]?.totalMs ?? 0),
    })),
    silence: commonSilence(parts.map(({ silence }) => silence)),
    failed: sum(parts, ({ failed }) => failed),
    iterations: sum(parts, ({ iterations }) => iterations),
    lateStartP99Ms: Math.max(...parts.map(({ lateStartP99Ms }) => lateStartP99Ms)),
    processes: sum(parts, ({ processes }) => processes),
    users: parts.some(({ users }) => users === null) ? null : sum(parts, ({ users }) => users ?? 0),
    sentBytes: sum(parts, ({ sentBytes }) => sentBytes),
    receivedBytes: sum(parts, ({ receivedBytes }) => receivedBytes),
    reconnects: sum(parts, ({ reconnects }) => reconnects),
    cpuMs: sum(parts, ({ cpuMs }) => cpuMs),
    eventLoopUtilization: Math.max(...parts.map(({ eventLoopUtilization }) => eventLoopUtilization)),
    rssPeakBytes: sum(parts, ({ rssPeakBytes }) => rssPeakBytes),
  };
}

/** Nothing came back to anybody while all were silent: their windows open together, so the times can be laid over each other. */
function commonSilence(silences: readonly Silence[]): Silence {
  const fromMs = Math.max(...silences.map((silence) => silence.fromMs));
  return { fromMs, untilMs: Math.max(fromMs, Math.min(...silences.map(({ untilMs }) => untilMs))) };
}

function mergeSteps(parts: readonly StepResult[]): StepResult {
  const merged = (histogram: (part: StepResult) => string, latency: (part: StepResult) => Latency | null): Histogram =>
    Histogram.merge(parts.map((part) => ({ histogram: histogram(part), latency: latency(part) })));
  const response = merged(
    ({ histogram }) => histogram,
    ({ responseMs }) => responseMs,
  );
  const service = merged(
    ({ serviceHistogram }) => serviceHistogram,
    ({ serviceMs }) => serviceMs,
  );
  const failed = merged(
    ({ failedHistogram }) => failedHistogram,
    ({ failedMs }) => failedMs,
  );
  return {
    count: sum(parts, ({ count }) => count),
    failures: mergeCounts(parts.map(({ failures }) => failures)),
    responseMs: response.latency(),
    serviceMs: service.latency(),
    failedMs: failed.latency(),
    histogram: response.encode(),
    serviceHistogram: service.encode(),
    failedHistogram: failed.encode(),
  };
}

function mergeCounts(parts: readonly Partial<Record<FailureKind, number>>[]): Partial<Record<FailureKind, number>> {
  const merged: Partial<Record<FailureKind, number>> = {};
  for (const part of parts) {
    for (const [kind, count] of Object.entries(part) as [FailureKind, number][])
      merged[kind] = (merged[kind] ?? 0) + count;
  }
  return merged;
}

function sum<T>(parts: readonly T[], value: (part: T) => number): number {
  return parts.reduce((total, part) => total + value(part), 0);
}
