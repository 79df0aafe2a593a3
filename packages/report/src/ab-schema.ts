import { type ABCell, type ABInfo, abSides } from "@apb/core/ab";
import { z } from "zod";
import { clientKind, count, measured, name, quantity, serverKind, unmeasured } from "./cell-schema.ts";
import { binding, environment, profile } from "./run-schema.ts";

/** The version of ab.json. A change that an older reader would misread raises it. */
export const abVersion = 1;

const side = z.enum(abSides).describe("control is a second A");

/** One line of an A/B's cells.jsonl: a cell whose round is the restart. */
export const abCellSchema = z.discriminatedUnion("status", [
  measured.extend({ side }),
  unmeasured.extend({ side }),
]) satisfies z.ZodType<ABCell>;

const subject = z.strictObject({
  label: name.describe("What makes it differ from the other, server=sdk"),
  server: serverKind,
  client: clientKind,
  commit: z.string().exactOptional().describe("Of its bundled server, where it is not what ran"),
});

const ratio = z.number().positive();

const verdict = z.enum(["worse", "better", "no difference shown", "not judged"]);

const metric = z.strictObject({
  binding: name,
  scenario: name,
  case: z.record(z.string(), z.number()),
  load: name,
  metric: name,
  unit: z.string(),
  better: z.enum(["less", "more"]),
  judged: z.boolean().describe("Whether it decides the outcome"),
  a: z.number().nullable().describe("The median over the restarts"),
  b: z.number().nullable(),
  restarts: count.describe("That gave a ratio"),
  setAside: z.record(z.string(), count).describe("Restarts that did not, by reason"),
  ratio: ratio.nullable().describe("B over A: the Hodges-Lehmann estimate over the restarts"),
  low: ratio.nullable().describe("Of its exact interval of 95%"),
  high: ratio.nullable(),
  p: z.number().min(0).max(1).nullable().describe("Two-sided, corrected by Holm over all judged metrics"),
  control: z
    .strictObject({ ratio, low: ratio.nullable(), high: ratio.nullable() })
    .nullable()
    .describe("The same of A against A"),
  floor: quantity.describe("How much equal servers may differ here, as a fraction"),
  detectable: quantity.nullable().describe("The smallest difference that would have been shown, as a fraction"),
  verdict,
  reason: z.string().nullable(),
  sentence: name,
});

/** The whole of ab.json. */
export const abSchema = z.strictObject({
  schemaVersion: z.literal(abVersion),
  id: name,
  a: subject,
  b: subject,
  control: z.boolean().describe("Whether a second A took turns with both"),
  restarted: z.boolean().describe("Whether both sides' servers are started anew each time"),
  bindings: z.record(z.string(), binding),
  profile,
  seed: z.number(),
  sliceMs: quantity.describe("How long a turn is"),
  until: quantity.nullable().describe("A half-width of the judged intervals, as a fraction, that is enough"),
  budgetMs: quantity.describe("For each binding"),
  environment,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable().describe("Null while it runs, or when it was killed"),
  exit: z.enum(["completed", "interrupted", "failed"]).nullable(),
  spent: z
    .record(
      z.string(),
      z.strictObject({
        restarts: count,
        ms: quantity,
        from: count.describe("The first restart that counts: those before came out worse and were measured once more"),
      }),
    )
    .describe("By binding"),
  metrics: z.array(metric).readonly().describe("Empty until its end"),
  failures: z.array(name).readonly().describe("What could not be measured"),
  outcome: z.strictObject({ verdict, sentence: name }).nullable().describe("Of the whole; null until its end"),
}) satisfies z.ZodType<ABInfo>;
