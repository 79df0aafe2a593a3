import { findingKinds } from "@apb/core/cell";
import { z } from "zod";
import { cellId, count, name, quantity } from "./cell-schema.ts";
import type { Accepted, HistoryLine } from "./history.ts";
import { type HistoryPoint, historyMetrics, historyVersion } from "./history-point.ts";

const schemaVersion = z.literal(historyVersion);
const night = z.string().regex(/^\d{4}-\d\d-\d\d$/, "expected a date, like 2026-08-01");
const ratio = z.number().positive();
const metric = z.enum(historyMetrics);

const point = z.strictObject({
  schemaVersion,
  kind: z.literal("point"),
  night: night.describe("The day that it was begun on, in UTC"),
  startedAt: z.iso.datetime(),
  machine: z.strictObject({
    id: name.describe("A hash of what values are comparable on"),
    label: name.describe("The same for people"),
  }),
  commit: z.string().nullable().describe("Of what was measured; null where nobody knows"),
  run: name.describe("The id of the run or A/B"),
  method: name.describe("The profile's name and a hash of how it measures"),
  versus: z
    .strictObject({
      a: name,
      b: name,
      commit: name.nullable().describe("A's, where it has one: then A is the baseline"),
    })
    .nullable()
    .describe("Of an A/B: what B is, and what of; null of a run, whose values stand alone"),
  cell: cellId.omit({ round: true }),
  metric,
  unit: z.string().describe("As reports show it; value is in the metric's own: ms, 1/s, B or a share from 0 to 1"),
  value: quantity.describe("The median of the rounds, of errors their share in all; of an A/B it is B's"),
  low: quantity.describe("The lowest round"),
  high: quantity,
  rounds: count,
  setAside: z.partialRecord(z.enum(findingKinds), count).describe("Rounds known to be wrong, by finding"),
  verdict: z.enum([...findingKinds, "valid"]).describe("The gravest finding about the rounds that count"),
  ratio: z
    .strictObject({ value: ratio, low: ratio.nullable(), high: ratio.nullable() })
    .nullable()
    .describe("Of an A/B: B over A with its interval of 95%"),
}) satisfies z.ZodType<HistoryPoint>;

const names = z.array(name).min(1).readonly().nullable();

const accepted = z.strictObject({
  schemaVersion,
  kind: z.literal("accepted"),
  night: night.describe("Whose values are the baseline from now on"),
  machine: name.describe("Its id"),
  only: z
    .strictObject({ bindings: names, scenarios: names, metrics: z.array(metric).min(1).readonly().nullable() })
    .describe("Of which series; null: of all"),
  runs: z
    .array(name)
    .min(1)
    .readonly()
    .describe(
      "Of that night by then, of one method: one that is added later moves nothing, other methods are not concerned",
    ),
  acceptedAt: z.iso.datetime(),
}) satisfies z.ZodType<Accepted>;

/** One line of history.jsonl: what was measured in a night, or which night is the baseline. Of lines that say the same the last one counts. */
export const historySchema = z.discriminatedUnion("kind", [point, accepted]) satisfies z.ZodType<HistoryLine>;
