import { goodputMetrics } from "@apb/core/goodput";
import type { Expectations, RunInfo } from "@apb/core/run";
import { operators } from "@apb/core/threshold";
import { transports } from "@apb/core/transport";
import { z } from "zod";
import {
  cellId,
  clientKind,
  count,
  loadFacts,
  name,
  quantity,
  serverKind,
  thresholdResult,
  version,
} from "./cell-schema.ts";

/** What something was measured on. */
export const environment = z.strictObject({
  cpuModel: z.string(),
  cpuCount: count,
  memoryBytes: quantity,
  platform: z.string(),
  kernel: z.string(),
  governor: z.string().nullable(),
  cpuLimit: quantity.nullable(),
  memoryLimitBytes: quantity.nullable(),
  openFilesLimit: quantity.nullable(),
  node: z.string(),
  v8: z.string(),
  openssl: z.string(),
  loadAverage: quantity.describe("Over one minute, before the start"),
  gitCommit: z.string().nullable(),
  libraries: z.record(z.string(), z.string()).describe("Resolved versions of the libraries that speak the protocols"),
});

/** What was asked for. */
export const selection = z.strictObject({
  bindings: z.array(name).readonly(),
  scenarios: z.array(name).readonly(),
  file: z
    .strictObject({ name, sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hexadecimal") })
    .exactOptional()
    .describe("The file that says the scenario; absent for bundled ones"),
  servers: z.array(serverKind).min(1).readonly(),
  clients: z.array(clientKind).min(1).readonly(),
  headers: z.array(name).readonly().exactOptional().describe("Names of the user's own; their values are not stored"),
  target: z.string().exactOptional().describe("Of a server that is not bundled; {port}: each start's own"),
  serve: name.exactOptional().describe("The command that started it, where that was the run's to do"),
  serveEnv: z.array(name).readonly().exactOptional().describe("Names of the variables that were set for it"),
  timeoutMs: quantity,
  delayMs: quantity,
  workMs: quantity,
  generators: count,
  thresholds: z.array(name).readonly().describe("Limits, as written: response{step:total}: p(99)<5"),
});

const stages = z.array(z.strictObject({ durationMs: quantity, target: quantity })).readonly();

const executor = z.discriminatedUnion("executor", [
  z.strictObject({ executor: z.literal("constant-vus"), vus: count, durationMs: quantity }),
  z.strictObject({ executor: z.literal("ramping-vus"), startVUs: count, stages, gracefulRampDownMs: quantity }),
  z.strictObject({
    executor: z.enum(["per-vu-iterations", "shared-iterations"]),
    vus: count,
    iterations: count,
    maxDurationMs: quantity,
  }),
  z.strictObject({
    executor: z.literal("constant-arrival-rate"),
    perSecond: quantity,
    durationMs: quantity,
    maxInFlight: count,
  }),
  z.strictObject({
    executor: z.literal("ramping-arrival-rate"),
    startPerSecond: quantity,
    stages,
    maxInFlight: count,
  }),
]);

const call = z.strictObject({
  agent: name,
  body: z
    .union([z.string(), z.strictObject({ json: z.string(), value: z.unknown() })])
    .nullable()
    .describe("Null: texts of the scenario's own"),
  expect: z
    .array(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.enum(["contains", "equals"]), text: z.string() }),
        z.strictObject({ kind: z.literal("holds"), expression: z.string() }),
      ]),
    )
    .readonly(),
});

/** The size of a run. */
export const profile = z.strictObject({
  name,
  rounds: z.int().positive(),
  warmUpMs: quantity,
  primeMs: quantity,
  windowMs: quantity,
  ceilingMs: quantity.exactOptional(),
  sizesBytes: z.array(count).readonly(),
  rungs: z.array(count).readonly(),
  vus: count,
  sessions: count.exactOptional(),
  churnMs: quantity.exactOptional().describe("How long the session-churn scenario opens sessions"),
  events: z.array(count).readonly().exactOptional().describe("Of a stream of the streaming scenario"),
  goodput: z
    .array(z.strictObject({ metric: z.enum(goodputMetrics), limitMs: quantity }))
    .readonly()
    .exactOptional()
    .describe("What makes an iteration's streams good"),
  phases: z.literal(true).exactOptional().describe("Whether steps blocked, waiting and receiving were asked for"),
  executor: executor.exactOptional().describe("Replaces every scenario's own load"),
  timeScale: quantity.exactOptional().describe("What durations of a scenario file's own loads were multiplied with"),
  gracefulStopMs: quantity.exactOptional(),
  call: call.exactOptional().describe("What is said to an agent of the user's in place of what is said to echo"),
});

const standing = z.enum(["normative", "de-facto", "custom"]);

/** A specification that a binding follows, as version 1 stored it alone. */
export const spec = z.strictObject({ name, version: z.string(), url: z.string(), standing });

/** What a binding of a run is. */
export const binding = spec.extend({
  protocol: name,
  transport: z.enum(transports),
  variant: name.nullable().describe("A revision, or a way to use it; null for the usual one"),
  streamedBy: z
    .string()
    .exactOptional()
    .describe("What carries the messages of a stream, where the protocol has no stream of content"),
});

const ceiling = z.strictObject({
  transport: name,
  client: clientKind,
  users: count.describe("A connection each"),
  sizeBytes: count.describe("Of the body, the same both ways"),
  operationsPerSecond: quantity
    .nullable()
    .describe("Of one generator process on a core of its own, against a server that does nothing"),
  missing: z.string().nullable().describe("Why there is none"),
});

const thresholdSummary = thresholdResult.extend({
  aggregation: name.describe("What is compared, p(99)"),
  operator: z.enum(operators),
  limit: z.number(),
  unit: z.string().describe("Of value and limit; empty for counts and shares"),
  cells: count.describe("That were judged by it; value is the worst of them"),
  crossed: count,
  worst: cellId.nullable().describe("The cell of the worst value; null when none was judged"),
});

/** The whole of run.json. */
export const runSchema = z.strictObject({
  schemaVersion: version,
  id: name,
  selection,
  profile,
  loads: z.record(name, loadFacts).describe("Every load that was to be measured, by its label"),
  views: z
    .record(z.string(), z.enum(["size", "ladder", "streams", "sessions", "general"]))
    .describe("How a report lays each scenario out, by its name"),
  seed: z.number(),
  environment,
  bindings: z.record(z.string(), binding),
  sdks: z.record(z.string(), z.string()).exactOptional().describe("What serves where an SDK does, by binding"),
  ceilings: z
    .array(ceiling)
    .readonly()
    .exactOptional()
    .describe("What each client could do at most when the run began; absent where that was not measured"),
  thresholds: z.array(thresholdSummary).readonly().exactOptional().describe("Each over all cells that it matched"),
  startedAt: z.iso.datetime().describe("ISO 8601"),
  endedAt: z.iso.datetime().nullable().describe("Null while it runs, or when it was killed"),
  exit: z.enum(["completed", "interrupted", "aborted", "failed"]).nullable(),
}) satisfies z.ZodType<RunInfo>;

/** A file of expectations. */
export const expectationsSchema = z.strictObject({
  load: z.strictObject({ case: z.record(z.string(), z.number()), vus: z.int().positive() }),
  protocols: z.record(
    z.string(),
    z.strictObject({ meanMs: quantity, requestsPerSecond: quantity, memoryMegabytes: quantity, cpuPercent: quantity }),
  ),
}) satisfies z.ZodType<Expectations>;
