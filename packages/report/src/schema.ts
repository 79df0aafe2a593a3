import type { CellResult } from "@apb/core/cell";
import { failureKinds } from "@apb/core/failure";
import type { Expectations, RunInfo } from "@apb/core/run";
import { transports } from "@apb/core/transport";
import { z } from "zod";

/** The version of both files. A change that an older reader would misread raises it. */
export const schemaVersion = 1;

const version = z.literal(schemaVersion);
const quantity = z.number().nonnegative();
const count = z.int().nonnegative();
const name = z.string().min(1);
const serverKind = z.enum(["reference", "sdk", "external"]);
const clientKind = z.enum(["library", "wire"]);
const failures = z.partialRecord(z.enum(failureKinds), count).describe("Failed samples by kind");

const cellId = z.strictObject({
  scenario: name,
  case: z.record(z.string(), z.number()),
  binding: z.string().regex(/^[^/]+\/[^/]+$/, "expected protocol/transport"),
  server: serverKind,
  client: clientKind,
  round: z.int().positive(),
});

const latency = z
  .strictObject({
    min: quantity,
    mean: quantity,
    p50: quantity,
    p90: quantity,
    p95: quantity,
    p99: quantity,
    p999: quantity,
    max: quantity,
  })
  .describe("Milliseconds");

const step = z.strictObject({
  count: count.describe("Successful samples"),
  failures,
  responseMs: latency.nullable().describe("Ended minus intended start"),
  serviceMs: latency.nullable().describe("Ended minus started"),
  failedMs: latency.nullable().describe("How long failed samples took"),
  histogram: z.string().describe("HdrHistogram V2, deflated, base64, in microseconds, of the response times"),
  serviceHistogram: z.string().describe("The same of the service times"),
  failedHistogram: z.string().describe("The same of the failed samples"),
});

const serverUsage = z.strictObject({
  rssIdleBytes: quantity.describe("Before the first connection"),
  rssConnectedBytes: quantity.describe("All connections open, no request sent"),
  rssPeakBytes: quantity,
  rssMeanBytes: quantity,
  cpuPercentMean: quantity.nullable().describe("100 is one core; null when its counter moved too little"),
  cpuMsPerOperation: quantity.nullable(),
});

const generatorUsage = z.strictObject({
  processes: count.describe("CPU and memory are of all of them together"),
  cpuPercentMean: quantity.describe("100 is one core"),
  cpuMsPerOperation: quantity,
  eventLoopUtilization: z.number().min(0).max(1).describe("Share of the window in which the event loop was busy"),
  lateStartP99Ms: quantity,
  rssPeakBytes: quantity,
});

const verdict = z.strictObject({
  kind: name.describe("valid, or the gravest finding's kind"),
  findings: z.array(z.strictObject({ kind: name, message: z.string(), hint: z.string() })).readonly(),
});

const measured = z.strictObject({
  schemaVersion: version,
  status: z.literal("measured"),
  cell: cellId,
  load: z.strictObject({
    model: z.enum(["closed", "open"]),
    users: count.nullable(),
    sessions: count,
    perSecond: quantity.nullable(),
    warmUpMs: quantity,
    durationMs: quantity.describe("The measured window, as it really was"),
  }),
  connections: z.strictObject({ asked: count, held: count, failures }),
  steps: z.record(z.string(), step).describe("total is the iteration, connect the opening of a session"),
  iterationsPerSecond: quantity,
  operationsPerSecond: quantity,
  dropped: count.describe("Arrivals that an open load could not even queue"),
  wire: z
    .strictObject({ sentBytes: count, receivedBytes: count, bodyBytes: count, operations: count })
    .describe("Totals of warm-up and window together, over all connections, after their opening"),
  server: serverUsage.nullable(),
  generator: generatorUsage,
  verdict,
  missing: z.record(z.string(), z.string()).describe("For every null, by field name, why"),
});

const unmeasured = z.strictObject({
  schemaVersion: version,
  status: z.enum(["not-applicable", "failed"]),
  cell: cellId,
  reason: z.string(),
});

/** One line of cells.jsonl. */
export const cellSchema = z.discriminatedUnion("status", [measured, unmeasured]) satisfies z.ZodType<CellResult>;

const environment = z.strictObject({
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

/** Runs stored when they had one kind of server only say `server`, and mean the list of it. */
function listingServers(stored: unknown): unknown {
  if (stored === null || typeof stored !== "object" || !("server" in stored) || "servers" in stored) return stored;
  const { server, ...rest } = stored;
  return { ...rest, servers: [server] };
}

const selection = z.preprocess(
  listingServers,
  z.strictObject({
    bindings: z.array(name).readonly(),
    scenarios: z.array(name).readonly(),
    servers: z.array(serverKind).min(1).readonly(),
    clients: z.array(clientKind).min(1).readonly(),
    target: z.string().exactOptional(),
    timeoutMs: quantity,
    delayMs: quantity,
    workMs: quantity,
    generators: count,
  }),
);

const profile = z.strictObject({
  name,
  rounds: z.int().positive(),
  warmUpMs: quantity,
  primeMs: quantity,
  windowMs: quantity,
  ceilingMs: quantity.exactOptional(),
  iterations: count.exactOptional(),
  sizesBytes: z.array(count).readonly(),
  rungs: z.array(count).readonly(),
  users: count,
  sessions: count.exactOptional(),
  perSecond: quantity.exactOptional(),
});

/** Runs stored when a binding was known by its id alone, `protocol/transport@variant`, have these in it. */
function withIdentities(stored: unknown): unknown {
  if (stored === null || typeof stored !== "object") return stored;
  const upgraded = Object.entries(stored).map(([id, binding]) => {
    if (binding === null || typeof binding !== "object" || "protocol" in binding) return [id, binding];
    const [, protocol, transport, variant = null] = /^([^/]+)\/([^@]+)(?:@(.+))?$/.exec(id) ?? [];
    return [id, { protocol, transport, variant, ...binding }];
  });
  return Object.fromEntries(upgraded);
}

const bindings = z.preprocess(
  withIdentities,
  z.record(
    z.string(),
    z.strictObject({
      protocol: name,
      transport: z.enum(transports),
      variant: name.nullable().describe("A revision, or a way to use it; null for the usual one"),
      name,
      version: z.string(),
      url: z.string(),
      standing: z.enum(["normative", "de-facto", "custom"]),
    }),
  ),
);

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

/** The whole of run.json. */
export const runSchema = z.strictObject({
  schemaVersion: version,
  id: name,
  selection,
  profile,
  seed: z.number(),
  environment,
  bindings: bindings.describe("What each binding is, by its id"),
  sdks: z.record(z.string(), z.string()).exactOptional().describe("What serves where an SDK does, by binding"),
  ceilings: z
    .array(ceiling)
    .readonly()
    .exactOptional()
    .describe("What each client could do at most when the run began; absent where that was not measured"),
  startedAt: z.iso.datetime().describe("ISO 8601"),
  endedAt: z.iso.datetime().nullable().describe("Null while it runs, or when it was killed"),
  exit: z.enum(["completed", "interrupted", "failed"]).nullable(),
}) satisfies z.ZodType<RunInfo>;

/** A file of expectations, by protocol. */
export const expectationsSchema = z.record(
  z.string(),
  z.strictObject({ meanMs: quantity, requestsPerSecond: quantity, memoryMegabytes: quantity, cpuPercent: quantity }),
) satisfies z.ZodType<Expectations>;

/** The published JSON Schemas (draft 2020-12) by file name, as the text that the files hold. */
export function publishedSchemas(): Readonly<Record<string, string>> {
  return {
    "run.v1.schema.json": jsonSchema(runSchema, "run.json: everything about a run but its cells"),
    "cell.v1.schema.json": jsonSchema(cellSchema, "One line of cells.jsonl: one measured cell, or why there is none"),
  };
}

function jsonSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    // "readOnly" would tell a validator's user about a TypeScript type, not about the file.
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
