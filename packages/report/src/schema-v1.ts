import { z } from "zod";
import { cellId, count, measured, measuredLoad, quantity, serverKind, serverUsage, unmeasured } from "./cell-schema.ts";
import { binding, profile, runSchema, selection, spec } from "./run-schema.ts";

/** What version 1 of the files was, where it differs from today's. Read and upgraded, never written. */

const version1 = z.literal(1);
const cell = cellId.omit({ load: true, security: true });

const measuredV1 = measured
  .omit({ partial: true, workloads: true, interrupted: true, checks: true, thresholds: true })
  .extend({
    schemaVersion: version1,
    cell,
    load: measuredLoad.omit({ executor: true, vus: true }).extend({ users: count.nullable() }),
    server: serverUsage.omit({ rssGrowth: true }).nullable(),
  });

/** One line of cells.jsonl. */
export const cellSchemaV1 = z.discriminatedUnion("status", [
  measuredV1,
  unmeasured.extend({ schemaVersion: version1, cell }),
]);

/** A stored cell of version 1. */
export type CellV1 = z.infer<typeof cellSchemaV1>;

/** One with numbers. */
export type MeasuredV1 = z.infer<typeof measuredV1>;

const profileV1 = profile
  .omit({ vus: true, executor: true, gracefulStopMs: true })
  .extend({ users: count, perSecond: quantity.exactOptional(), iterations: count.exactOptional() });

/** The size of a run. */
export type ProfileV1 = z.infer<typeof profileV1>;

/** The first runs had one kind of server, and the field was called `server`. */
const selectionV1 = selection.omit({ thresholds: true, servers: true });
const oneServer = selectionV1.extend({ server: serverKind });
const someServers = selectionV1.extend({ servers: selection.shape.servers });

/** run.json. */
export const runSchemaV1 = runSchema.omit({ loads: true, views: true, thresholds: true }).extend({
  schemaVersion: version1,
  selection: z.union([someServers, oneServer]),
  profile: profileV1,
  /** At first a binding was known by its id alone. */
  bindings: z.record(z.string(), z.union([binding, spec])),
});

/** A stored run.json of version 1. */
export type RunV1 = z.infer<typeof runSchemaV1>;
