import type { Second } from "@apb/core/series";
import { z } from "zod";
import { cellId, count, quantity, version } from "./cell-schema.ts";

const step = z.strictObject({
  count: count.describe("Successful samples"),
  failures: count.describe("Of all kinds together"),
  meanMs: quantity.nullable().describe("Null where nothing succeeded"),
  p50Ms: quantity.nullable(),
  p99Ms: quantity.nullable(),
  histogram: z
    .string()
    .exactOptional()
    .describe("HdrHistogram V2 of two digits, deflated, base64, in microseconds: of whole iterations, failed ones too"),
});

/** One line of series.jsonl. */
export const secondSchema = z.strictObject({
  schemaVersion: version,
  cell: cellId,
  second: count.describe("From 0"),
  startedAt: z.iso.datetime().exactOptional().describe("When it began, in UTC"),
  durationMs: quantity.describe("1000, or less for the last of a window"),
  vus: count.describe("At its end"),
  begun: count,
  completed: count,
  dropped: count,
  interrupted: count,
  operations: count,
  steps: z.record(z.string(), step),
  workloads: z
    .record(
      z.string(),
      z.strictObject({
        ...{ vus: count, begun: count, completed: count, dropped: count },
        total: step.nullable().describe("Its whole iterations; null where none ended"),
      }),
    )
    .exactOptional()
    .describe("By name, where several ran side by side"),
  server: z.strictObject({ rssBytes: quantity, cpuPercent: quantity }).nullable(),
  generator: z.strictObject({
    cpuPercent: quantity.describe("100 is one core"),
    eventLoopUtilization: z.number().min(0).max(1),
    rssBytes: quantity,
  }),
}) satisfies z.ZodType<Second>;
