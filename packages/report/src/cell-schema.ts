import { type CellResult, findingKinds } from "@apb/core/cell";
import { failureKinds } from "@apb/core/failure";
import { z } from "zod";

/** The version of a run's files. A change that an older reader would misread raises it. */
export const schemaVersion = 2;

/** What every file of a run begins its objects with. */
export const version = z.literal(schemaVersion);
/** A measured number; none is below 0. */
export const quantity = z.number().nonnegative();
/** How many. */
export const count = z.int().nonnegative();
/** A text that is not empty. */
export const name = z.string().min(1);
/** Who answers. */
export const serverKind = z.enum(["reference", "sdk", "command", "external"]);
/** Who asks. */
export const clientKind = z.enum(["library", "wire"]);
const failures = z.partialRecord(z.enum(failureKinds), count).describe("Failed samples by kind");

/** What a cell is of. */
export const cellId = z.strictObject({
  scenario: name,
  case: z.record(z.string(), z.union([z.number(), z.string()])),
  load: name.describe("What it is measured under, as a label: 10 VUs, 500/s on 10 connections"),
  binding: z.string().regex(/^[^/]+\/[^/]+$/, "expected protocol/transport"),
  server: serverKind,
  client: clientKind,
  security: z.literal("plain"),
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

const said = z.strictObject({ firstMs: z.number(), lastMs: z.number(), sentence: z.string() });
const histogram = z.string();

const streams = z.strictObject({
  firstEventMs: latency.nullable().describe("From when a stream was due to the arrival of its first event"),
  secondEventMs: latency.nullable().describe("From a stream's first event to its second"),
  eventGapMs: latency.nullable().describe("Between events, of all streams together"),
  meanGapMs: latency.nullable().describe("The mean gap of each stream"),
  durationMs: latency.nullable().describe("From when a stream was due to the arrival of its end"),
  endLagMs: latency.nullable().describe("From its last event to its end"),
  histograms: z
    .strictObject({
      firstEvent: histogram,
      secondEvent: histogram,
      eventGap: histogram,
      meanGap: histogram,
      duration: histogram,
      endLag: histogram,
    })
    .describe("HdrHistograms of these, as the step's"),
  ended: count.describe("Streams that were read to their end"),
  events: count.describe("That came in the window"),
  gaps: count.describe("Between events of streams that succeeded"),
  coalesced: count.describe("Events in the same read as the one before"),
  stalls: count.describe("Gaps above 100 ms and five times the pace that was asked for"),
  silent: count.describe("Events without a message, of streams that were read to their end"),
});

const step = z.strictObject({
  count: count.describe("Successful samples"),
  failures,
  said: z
    .partialRecord(z.enum(failureKinds), said)
    .exactOptional()
    .describe("By kind, what the first failure said; first and last in ms since the window, or the connecting, began"),
  responseMs: latency.nullable().describe("Ended minus intended start"),
  serviceMs: latency.nullable().describe("Ended minus started"),
  failedMs: latency.nullable().describe("How long failed samples took"),
  histogram: z.string().describe("HdrHistogram V2, deflated, base64, in microseconds, of the response times"),
  serviceHistogram: z.string().describe("The same of the service times"),
  failedHistogram: z.string().describe("The same of the failed samples"),
  streams: streams.exactOptional().describe("Where it streams; times are those of arrival at the socket"),
});

/** The server's memory and CPU. */
export const serverUsage = z.strictObject({
  rssIdleBytes: quantity.describe("Before the first connection"),
  rssConnectedBytes: quantity.describe("All connections open, no request sent"),
  rssPeakBytes: quantity,
  rssMeanBytes: quantity,
  rssGrowth: z
    .strictObject({ bytesPerSecond: z.number(), bytesPerOperation: z.number().nullable() })
    .nullable()
    .describe("What it grew by in the window, where it rose all the time"),
  cpuPercentMean: quantity.nullable().describe("100 is one core; null when its counter moved too little"),
  cpuMsPerOperation: quantity.nullable().describe("Null as the CPU is, and where there was no operation"),
});

const generatorUsage = z.strictObject({
  processes: count.describe("CPU and memory are of all of them together"),
  cpuPercentMean: quantity.describe("100 is one core"),
  cpuMsPerOperation: quantity.nullable().describe("Null where there was no operation"),
  eventLoopUtilization: z.number().min(0).max(1).describe("Share of the window in which the event loop was busy"),
  lateStartP99Ms: quantity,
  rssPeakBytes: quantity,
});

const findingKind = z.enum(findingKinds);

const verdict = z.strictObject({
  kind: z.enum([...findingKinds, "valid"]).describe("valid, or the gravest finding's kind"),
  findings: z.array(z.strictObject({ kind: findingKind, message: z.string(), hint: z.string() })).readonly(),
});

/** The numbers behind a load's label. */
export const loadFacts = z.strictObject({
  model: z.enum(["closed", "open"]),
  executor: name.describe("Of each workload, joined by commas"),
  vus: count.nullable().describe("The most virtual users; null in an open load"),
  perSecond: quantity.nullable().describe("Arrivals, of a constant rate"),
});

/** The load as it was measured. */
export const measuredLoad = loadFacts.extend({
  sessions: count,
  warmUpMs: quantity,
  durationMs: quantity.describe("The measured window, as it really was"),
});

const share = z.number().min(0).max(1);

const task = step.extend({
  targetShare: share.describe("Of its workload's iterations, by its weight"),
  attainedShare: share.nullable().describe("The same as they ended, however; null where none did"),
  interrupted: count.describe("Iterations that were cut off because their VU or the load ended"),
  iterationsPerSecond: quantity,
  operationsPerSecond: quantity,
});

const workload = z.strictObject({
  load: name,
  begun: count,
  completed: count,
  dropped: count,
  interrupted: count,
  steps: z.record(z.string(), step).exactOptional().describe("Its own, where several workloads ran side by side"),
  tasks: z.record(z.string(), task).exactOptional().describe("Its whole iterations by task, where it has several"),
});

/** A limit on a metric, and what became of it. */
export const thresholdResult = z.strictObject({
  metric: name.describe("With its tags, response{step:total}"),
  threshold: name.describe("As written, p(99)<5"),
  ok: z.boolean(),
  value: z.number().nullable().describe("Null when there were no samples, which fails"),
});

const ownMetric = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("counter"), count: z.number(), perSecond: z.number() }),
  z.strictObject({ type: z.literal("gauge"), value: z.number(), min: z.number(), max: z.number() }),
  z.strictObject({ type: z.literal("rate"), hits: count, of: count }),
  z.strictObject({
    type: z.literal("trend"),
    count,
    values: latency.describe("In the metric's own unit"),
    histogram: z.string().describe("HdrHistogram V2, deflated, base64, in thousandths of the metric's unit"),
  }),
]);

/** A cell with numbers. */
export const measured = z.strictObject({
  schemaVersion: version,
  status: z.literal("measured"),
  cell: cellId,
  partial: z.string().nullable().describe("Why it ended before its time"),
  load: measuredLoad,
  workloads: z.record(z.string(), workload),
  connections: z.strictObject({ asked: count, held: count, failures }),
  steps: z.record(z.string(), step).describe("total is the iteration, connect the opening of a session"),
  iterationsPerSecond: quantity,
  operationsPerSecond: quantity,
  dropped: count.describe("Arrivals that an open load could not even queue"),
  interrupted: count.describe("Iterations that were cut off because their VU or the load ended"),
  checks: z.record(z.string(), z.strictObject({ passes: count, fails: count })),
  metrics: z.record(z.string(), ownMetric).exactOptional().describe("The scenario's own, by name"),
  thresholds: z.array(thresholdResult).readonly(),
  goodput: z
    .strictObject({
      limits: name.describe("As they were asked for, first_event:200,mean_gap:50"),
      good: count.describe("Iterations whose streams kept all limits"),
      of: count.describe("All that were due, failed and dropped ones too"),
      share: z.number().min(0).max(1).nullable(),
      perSecond: quantity.describe("Good ones that ended in the window"),
    })
    .exactOptional()
    .describe("Where it was asked for"),
  opened: z
    .strictObject({
      left: count.describe("Still open when the load was over"),
      rssRoseBytes: z.number().nullable().describe("What the server's resident memory rose by since the window opened"),
      heapRoseBytes: z.number().nullable().describe("The same of its live heap"),
      rssBytesPerSession: quantity.nullable().describe("For each session left open; null where it is less than noise"),
      heapBytesPerSession: quantity.nullable().describe("The same of its live heap"),
    })
    .exactOptional()
    .describe("Where iterations open sessions"),
  wire: z
    .strictObject({ sentBytes: count, receivedBytes: count, bodyBytes: count, operations: count })
    .nullable()
    .describe(
      "Totals of warm-up and window together, over all connections after their opening; of sessions that iterations open, with it",
    ),
  server: serverUsage.nullable(),
  generator: generatorUsage,
  verdict,
  missing: z.record(z.string(), z.string()).describe("For every null, by field name, why"),
});

/** A cell without numbers. */
export const unmeasured = z.strictObject({
  schemaVersion: version,
  status: z.enum(["not-applicable", "failed"]),
  cell: cellId,
  reason: z.string(),
  thresholds: z.array(thresholdResult).readonly().exactOptional().describe("Those of a failed cell whose load began"),
});

/** One line of cells.jsonl. */
export const cellSchema = z.discriminatedUnion("status", [measured, unmeasured]) satisfies z.ZodType<CellResult>;
