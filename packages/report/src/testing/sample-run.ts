import type { CellId, Finding, FindingKind, Measured, StepResult, Unmeasured } from "@apb/core/cell";
import { type FailureKind, failureKinds } from "@apb/core/failure";
import type { Run, RunInfo } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { StreamTotals } from "@apb/core/stream-totals";
import { StepTotals } from "@apb/core/totals";

/** Fixture of the tests: runs with made-up, repeatable numbers. Nothing here reads a clock. */

/**
 * A step with these successful response times, in milliseconds, and these failures. Service times are the same, as in a
 * closed load, unless told.
 */
export function sampleStep(
  timesMs: readonly number[],
  failures: Partial<Record<FailureKind, number>> = {},
  serviceMs: readonly number[] = timesMs,
): StepResult {
  const totals = new StepTotals();
  for (const ms of timesMs) totals.response.record(ms);
  for (const ms of serviceMs) totals.service.record(ms);
  for (const kind of failureKinds) {
    const times = failures[kind] ?? 0;
    if (times > 0) {
      totals.failures[kind] = times;
      totals.said = { ...totals.said, [kind]: { firstMs: 1, lastMs: times, sentence: `it was ${kind}` } };
    }
    for (let n = 0; n < times; n++) totals.failed.record(1);
  }
  return totals.result();
}

/** A step of streams that each had their first event and these gaps behind it, one of them a read of two events; in milliseconds. */
export function sampleStreams(firstEventsMs: readonly number[], gapsMs: readonly number[]): StepResult {
  const streams = new StreamTotals();
  const wholeMs = gapsMs.reduce((sum, ms) => sum + ms, 0);
  for (const firstMs of firstEventsMs) {
    streams.firstEvent.record(firstMs);
    streams.secondEvent.record(gapsMs[0] ?? 0);
    streams.silent += 2;
    for (const ms of [...gapsMs, 0]) streams.eventGap.record(ms);
    streams.meanGap.record(wholeMs / (gapsMs.length + 1));
    streams.duration.record(firstMs + wholeMs + 1);
    streams.endLag.record(1);
    streams.events += gapsMs.length + 2;
    streams.coalesced++;
    if (gapsMs.some((ms) => ms > 100)) streams.stalls++;
  }
  return { ...sampleStep(firstEventsMs.map((ms) => ms + wholeMs + 1)), streams: streams.result() };
}

/** A cell's name, of a scenario with one case unless told. */
export function sampleId(parts: Partial<CellId> = {}): CellId {
  return {
    scenario: "message-size",
    case: { sizeBytes: 1024 },
    load: "10 VUs",
    binding: "one/rest",
    server: "reference",
    client: "library",
    security: "plain",
    round: 1,
    ...parts,
  };
}

/** The load of one VU, and of ten. */
export const closed = (vus: number): Measured["load"] => ({
  ...{ model: "closed", executor: "constant-vus", vus, sessions: vus, perSecond: null },
  ...{ warmUpMs: 300, durationMs: 800 },
});

/** An open load of so many arrivals per second. */
export const open = (perSecond: number): Measured["load"] => ({
  ...{ model: "open", executor: "constant-arrival-rate", vus: null, sessions: 10, perSecond },
  ...{ warmUpMs: 300, durationMs: 800 },
});

/** A measured cell of one VU, whose latency is a round trip's: 0.25 ms, 4,000 RPS. */
export function sampleRoundTrip(id: Partial<CellId> = {}, parts: Partial<Omit<Measured, "cell">> = {}): Measured {
  const total = sampleStep(Array.from({ length: 100 }, () => 0.25));
  const own = { load: closed(1), steps: { total, send: total }, operationsPerSecond: 4000, iterationsPerSecond: 4000 };
  return sampleCell({ load: "1 VU", ...id }, { ...own, ...parts });
}

/** A measured cell: valid, 10 VUs, 100 samples of 1 ms, 5,000 RPS. Parts overwrite whole fields. */
export function sampleCell(id: Partial<CellId> = {}, parts: Partial<Omit<Measured, "cell">> = {}): Measured {
  const total = sampleStep(Array.from({ length: 100 }, () => 1));
  return {
    schemaVersion: 2,
    status: "measured",
    cell: sampleId(id),
    partial: null,
    load: closed(10),
    workloads: { default: { load: "10 VUs", begun: 100, completed: 100, dropped: 0, interrupted: 0 } },
    connections: { asked: 10, held: 10, failures: {} },
    steps: { total, connect: sampleStep([0.5, 0.6]), send: total },
    iterationsPerSecond: 5000,
    operationsPerSecond: 5000,
    dropped: 0,
    interrupted: 0,
    checks: {},
    thresholds: [],
    wire: { sentBytes: 130_000, receivedBytes: 130_000, bodyBytes: 204_800, operations: 100 },
    server: {
      rssIdleBytes: 50 * 1024 * 1024,
      rssConnectedBytes: 51 * 1024 * 1024,
      rssPeakBytes: 60 * 1024 * 1024,
      rssMeanBytes: 55 * 1024 * 1024,
      rssGrowth: null,
      cpuPercentMean: 80,
      cpuMsPerOperation: 0.16,
    },
    generator: {
      processes: 1,
      cpuPercentMean: 60,
      cpuMsPerOperation: 0.12,
      eventLoopUtilization: 0.6,
      lateStartP99Ms: 0.01,
      rssPeakBytes: 80 * 1024 * 1024,
    },
    verdict: { kind: "valid", findings: [] },
    missing: { "load.perSecond": "a closed load has no rate", "server.rssGrowth": "it did not rise" },
    ...parts,
  };
}

/** A cell without numbers. */
export function sampleHole(
  id: Partial<CellId>,
  status: Unmeasured["status"] = "failed",
  reason = "[refused] nothing listens there",
): Unmeasured {
  return { schemaVersion: 2, status, cell: sampleId(id), reason };
}

/** A second of a cell's window. */
export function sampleSecond(second: number, parts: Partial<Second> = {}): Second {
  return {
    schemaVersion: 2,
    cell: sampleId(),
    ...{ second, durationMs: 1000, vus: 10 },
    ...{ begun: 5000, completed: 5000, dropped: 0, interrupted: 0, operations: 5000 },
    steps: { total: { count: 5000, failures: 0, meanMs: 2, p50Ms: 1.9, p99Ms: 4 } },
    server: { rssBytes: 60 * 1024 * 1024, cpuPercent: 80 },
    generator: { cpuPercent: 60, eventLoopUtilization: 0.6, rssBytes: 80 * 1024 * 1024 },
    ...parts,
  };
}

/** A verdict of these findings, the first the gravest. */
export function sampleVerdict(...kinds: readonly FindingKind[]): Measured["verdict"] {
  const findings: readonly Finding[] = kinds.map((kind) => ({ kind, message: `it is ${kind}`, hint: `mend ${kind}` }));
  return { kind: findings[0]?.kind ?? "valid", findings };
}

/** A run's facts: two bindings, two rounds. */
export function sampleInfo(parts: Partial<RunInfo> = {}): RunInfo {
  return {
    schemaVersion: 2,
    id: "2026-08-01T03-00-00-quick",
    selection: {
      bindings: ["one/rest", "two/grpc"],
      scenarios: ["message-size", "concurrency-ladder", "workflow"],
      servers: ["reference"],
      clients: ["library"],
      timeoutMs: 10_000,
      delayMs: 0,
      workMs: 0,
      generators: 1,
      thresholds: [],
    },
    profile: {
      name: "quick",
      rounds: 1,
      warmUpMs: 300,
      primeMs: 700,
      windowMs: 800,
      sizesBytes: [1024],
      rungs: [10],
      vus: 10,
    },
    loads: {
      "1 VU": { model: "closed", executor: "constant-vus", vus: 1, perSecond: null },
      "10 VUs": { model: "closed", executor: "constant-vus", vus: 10, perSecond: null },
      "500/s on 10 connections": { model: "open", executor: "constant-arrival-rate", vus: null, perSecond: 500 },
    },
    views: { "message-size": "size", "concurrency-ladder": "ladder", workflow: "general" },
    seed: 1,
    environment: {
      cpuModel: "Sample CPU",
      cpuCount: 2,
      memoryBytes: 4 * 1024 ** 3,
      platform: "linux",
      kernel: "6.1.0",
      governor: null,
      cpuLimit: null,
      memoryLimitBytes: null,
      openFilesLimit: 1024,
      node: "20.20.2",
      v8: "11.3",
      openssl: "3.0",
      loadAverage: 0.12,
      gitCommit: "0123456",
      libraries: { undici: "7.0.0" },
    },
    bindings: {
      "one/rest": {
        ...{ protocol: "one", transport: "rest", variant: null },
        ...{ name: "One", version: "1.0", url: "https://example.org/one", standing: "normative" },
      },
      "two/grpc": {
        ...{ protocol: "two", transport: "grpc", variant: null },
        ...{ name: "Two", version: "2.0", url: "https://example.org/two", standing: "custom" },
      },
    },
    startedAt: "2026-08-01T03:00:00.000Z",
    endedAt: "2026-08-01T03:02:05.000Z",
    exit: "completed",
    ...parts,
  };
}

/** A run of these cells. */
export function sampleRun(results: Run["results"], info: Partial<RunInfo> = {}): Run {
  return { info: sampleInfo(info), results };
}
