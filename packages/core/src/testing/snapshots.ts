import fc from "fast-check";
import type { FailureKind } from "../failure.ts";
import { noTimes } from "../histogram.ts";
import { mergeSaid, type SaidByKind } from "../said.ts";
import { type Activity, noActivity, progressMs, type Snapshot, type Tally, type TaskTally } from "../snapshot.ts";
import { timeMs, timesOf } from "./times.ts";

/** One thing that a generator counted. */
export interface Sample {
  readonly generator: number;
  /** When it ended, since the window opened. */
  readonly endMs: number;
  readonly workload: string;
  readonly step: string;
  readonly responseMs: number;
  readonly serviceMs: number;
  /** Null for a success. */
  readonly failure: FailureKind | null;
  readonly check: { readonly name: string; readonly ok: boolean };
}

/** The window of {@link samples}, in seconds. */
export const windowSeconds = 4;

/** Samples of up to three generators. */
export const samples: fc.Arbitrary<readonly Sample[]> = fc.array(
  fc.record({
    generator: fc.integer({ min: 0, max: 2 }),
    endMs: fc.integer({ min: 0, max: windowSeconds * 1000 + 500 }),
    workload: fc.constantFrom("a", "b"),
    step: fc.constantFrom("total", "send"),
    responseMs: timeMs,
    serviceMs: timeMs,
    failure: fc.option(fc.constantFrom("timeout", "closed"), { freq: 3 }),
    check: fc.record({ name: fc.constantFrom("first", "second"), ok: fc.boolean() }),
  }),
  { maxLength: 80 },
);

/** A step's samples. */
export function tallyOf(
  some: readonly (Pick<Sample, "responseMs" | "serviceMs" | "failure"> & { readonly endMs?: number })[],
): Tally {
  const successes = some.filter(({ failure }) => failure === null);
  const failed = some.filter(({ failure }) => failure !== null);
  const failures: Partial<Record<FailureKind, number>> = {};
  let said: SaidByKind = {};
  for (const { failure, endMs = 0, responseMs } of failed) {
    if (failure === null) continue;
    failures[failure] = (failures[failure] ?? 0) + 1;
    said = mergeSaid(said, {
      [failure]: { firstMs: endMs, lastMs: endMs, sentence: `${failure} after ${responseMs} ms` },
    });
  }
  return {
    response: timesOf(...successes.map(({ responseMs }) => responseMs)),
    service: timesOf(...successes.map(({ serviceMs }) => serviceMs)),
    failed: timesOf(...failed.map(({ responseMs }) => responseMs)),
    failures,
    said,
  };
}

/** Samples as what one generator told of a part of the window, or of what ended behind it. Their numbers tell the times of VUs. */
export function snapshotOf(some: readonly Sample[], { generator, second, fromMs, toMs, draining }: Part): Snapshot {
  const successes = some.filter(({ failure }) => failure === null);
  const bins = Array.from({ length: Math.ceil((toMs - fromMs) / progressMs) }, (_, bin) =>
    successes.filter(({ endMs }) => Math.floor((endMs - fromMs) / progressMs) === bin),
  );
  const names = [...new Set(some.map(({ workload }) => workload))];
  return {
    ...{ second, fromMs, toMs, draining },
    processes: { [generator]: { cpuNs: 1e6 + some.length, busyNs: 2e6, elapsedNs: 1e9, rssBytes: 1000 + some.length } },
    late: timesOf(...some.map(({ serviceMs }) => serviceMs)),
    progress: bins.map((bin) => bin.length),
    progressNs: bins.map((bin) => bin.reduce((sum, { responseMs }) => sum + Math.round(responseMs * 1e6), 0)),
    workloads: Object.fromEntries(
      names.map((name) => [name, activityOf(some.filter(({ workload }) => workload === name))]),
    ),
  };
}

/** Which part of the window. */
export type Part = Pick<Snapshot, "second" | "fromMs" | "toMs" | "draining"> & { readonly generator: number };

function activityOf(some: readonly Sample[]): Activity {
  const successes = some.filter(({ failure }) => failure === null).length;
  const checks: Record<string, { passes: number; fails: number }> = {};
  for (const { check } of some) {
    const known = checks[check.name] ?? { passes: 0, fails: 0 };
    checks[check.name] = { passes: known.passes + (check.ok ? 1 : 0), fails: known.fails + (check.ok ? 0 : 1) };
  }
  const steps = [...new Set(some.map(({ step }) => step))];
  return {
    ...noActivity,
    ...{ vus: some.length, vuNs: 5 * some.length, edgeNs: some.length - 3 * successes, thinkNs: 2 * some.length },
    ...{ begun: some.length, completed: successes, operations: 2 * successes, dropped: some.length - successes },
    interrupted: some.filter(({ check }) => check.ok).length,
    steps: Object.fromEntries(steps.map((name) => [name, tallyOf(some.filter(({ step }) => step === name))])),
    checks,
    tasks: Object.fromEntries(
      Object.keys(checks).map((name) => [name, taskOf(some.filter((one) => one.check.name === name))]),
    ),
  };
}

function taskOf(some: readonly Sample[]): TaskTally {
  const completed = some.filter(({ failure }) => failure === null).length;
  return { ...tallyOf(some), completed, operations: 2 * completed, interrupted: some.length };
}

/** A whole number of the window's seconds by one generator, and what ended behind: as it would tell them. */
export function toldBy(generator: number, all: readonly Sample[]): readonly Snapshot[] {
  const own = all.filter((sample) => sample.generator === generator);
  const between = (fromMs: number, toMs: number) => own.filter(({ endMs }) => fromMs <= endMs && endMs < toMs);
  const seconds = Array.from({ length: windowSeconds }, (_, second) => {
    const [fromMs, toMs] = [1000 * second, 1000 * (second + 1)];
    return snapshotOf(between(fromMs, toMs), { generator, second, fromMs, toMs, draining: false });
  });
  const endMs = 1000 * windowSeconds;
  const behind = { generator, second: windowSeconds, fromMs: endMs, toMs: endMs + 600, draining: true };
  return [...seconds, snapshotOf(between(endMs, Number.POSITIVE_INFINITY), behind)];
}

/** A second of one workload `a`, empty but for what is given. */
export function secondOfA(activity: Partial<Activity>, more: Partial<Snapshot> = {}): Snapshot {
  return {
    ...{
      second: 0,
      fromMs: 0,
      toMs: 1000,
      draining: false,
      processes: {},
      late: noTimes,
      progress: [],
      progressNs: [],
    },
    workloads: { a: { ...noActivity, ...activity } },
    ...more,
  };
}
