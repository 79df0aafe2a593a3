import type { CellV1, MeasuredV1 } from "../schema-v1.ts";
import { sampleStep } from "./sample-run.ts";

/** Fixture of the tests: what version 1 of the files stored, in the words it used. */

type IdV1 = MeasuredV1["cell"];

function idV1(id: Partial<IdV1>): IdV1 {
  return {
    scenario: "message-size",
    case: { sizeBytes: 1024 },
    binding: "one/rest",
    server: "reference",
    client: "library",
    round: 1,
    ...id,
  };
}

/** A measured cell: valid, 10 users, 100 samples of 1 ms, 5,000 RPS. */
export function cellV1(id: Partial<IdV1> = {}): MeasuredV1 {
  const total = sampleStep(Array.from({ length: 100 }, () => 1));
  return {
    schemaVersion: 1,
    status: "measured",
    cell: idV1(id),
    load: { model: "closed", users: 10, sessions: 10, perSecond: null, warmUpMs: 300, durationMs: 800 },
    connections: { asked: 10, held: 10, failures: {} },
    steps: { total, connect: sampleStep([0.5, 0.6]), send: total },
    iterationsPerSecond: 5000,
    operationsPerSecond: 5000,
    dropped: 0,
    wire: { sentBytes: 130_000, receivedBytes: 130_000, bodyBytes: 204_800, operations: 100 },
    server: {
      rssIdleBytes: 50 * 1024 * 1024,
      rssConnectedBytes: 51 * 1024 * 1024,
      rssPeakBytes: 60 * 1024 * 1024,
      rssMeanBytes: 55 * 1024 * 1024,
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
    missing: { "load.perSecond": "a closed load has no rate" },
  };
}

/** A cell without numbers. */
export function holeV1(id: Partial<IdV1> = {}): CellV1 {
  return { schemaVersion: 1, status: "failed", cell: idV1(id), reason: "[refused] nothing listens there" };
}

/** A run's facts: two bindings, one round. */
export const infoV1 = {
  schemaVersion: 1,
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
  },
  profile: {
    name: "quick",
    rounds: 1,
    warmUpMs: 300,
    primeMs: 700,
    windowMs: 800,
    sizesBytes: [1024],
    rungs: [10],
    users: 10,
  },
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
    "one/rest": { name: "One", version: "1.0", url: "https://example.org/one", standing: "normative" },
    "two/grpc": { name: "Two", version: "2.0", url: "https://example.org/two", standing: "custom" },
  },
  startedAt: "2026-08-01T03:00:00.000Z",
  endedAt: "2026-08-01T03:02:05.000Z",
  exit: "completed",
} as const;
