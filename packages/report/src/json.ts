import type { Run } from "@apb/core/run";
import { type Contrast, contrastRows, contrasts } from "./contrast.ts";
import { expectedAgainstMeasured } from "./expectations.ts";
import { headlineOf, referencePoint } from "./headline.ts";
import { rowsOf } from "./rows.ts";
import { schemaVersion } from "./schema.ts";

/** A run as JSON: what every table is made from, numbers raw, each absent one null with its reason. */
export function jsonReport(run: Run): string {
  const rows = rowsOf(run);
  const headline = headlineOf(rows, run.info);
  const costs = (contrast: Contrast): readonly object[] =>
    contrastRows(contrast, rows, run).map(({ cell, figures }) => ({ cell, figures }));
  return JSON.stringify(
    {
      schemaVersion,
      info: run.info,
      notes: run.notes ?? [],
      referencePoint: referencePoint(rows),
      headline: headline.map(({ sources, ...line }) => ({ ...line, sources: sources.map(({ cell }) => cell) })),
      sdkCosts: costs(contrasts.sdk),
      libraryCosts: costs(contrasts.library),
      rows,
      expected: expectedAgainstMeasured(headline, run.expectations ?? {}).map(({ line, figures }) => ({
        binding: line.binding,
        server: line.server,
        client: line.client,
        figures,
      })),
    },
    null,
    2,
  );
}
