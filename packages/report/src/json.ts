import type { Run } from "@apb/core/run";
import { schemaVersion } from "./cell-schema.ts";
import { type Contrast, contrastRows, contrasts } from "./contrast.ts";
import { concluded, coursesOf } from "./courses.ts";
import { expectedAgainstMeasured } from "./expectations.ts";
import { headlineOf, referencePoint } from "./headline.ts";
import { rowsOf } from "./rows.ts";
import { thresholdLines } from "./thresholds.ts";

/** A run as JSON: what every table is made from, numbers raw, each absent one null with its reason. */
export function jsonReport(run: Run): string {
  const rows = rowsOf(run);
  const headline = headlineOf(rows, run.info);
  const { expectations } = run;
  const costs = (contrast: Contrast): readonly object[] =>
    contrastRows(contrast, rows, run).map(({ cell, figures }) => ({ cell, figures }));
  const expected = expectations === undefined ? [] : expectedAgainstMeasured(headline, expectations, run);
  return JSON.stringify(
    {
      schemaVersion,
      info: run.info,
      notes: run.notes ?? [],
      thresholds: thresholdLines(run),
      referencePoint: referencePoint(rows, run.info),
      headline: headline.map(({ pair, sources, ...line }) => ({ ...line, sources: sources.map(({ cell }) => cell) })),
      sdkCosts: costs(contrasts.sdk),
      libraryCosts: costs(contrasts.library),
      rows,
      series: run.series ?? [],
      conclusions: coursesOf(rows, run.series ?? []).flatMap((course) =>
        concluded(course, run.info).map(({ workload, conclusion }) => ({
          cell: course.row.cell,
          ...(workload === null ? {} : { workload }),
          ...conclusion,
        })),
      ),
      expected: expected.map(({ line, figures }) => ({
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
