import type { AB } from "@apb/core/ab";
import type { Run } from "@apb/core/run";
import { abReporters } from "../ab-reporters.ts";
import { csvReport } from "../csv.ts";
import type { Exported } from "./exported.ts";
import { junit } from "./junit.ts";
import { exportedAB } from "./of-ab.ts";
import { exportedRun } from "./of-run.ts";
import { openMetrics } from "./openmetrics.ts";
import { abSummary, runSummary } from "./summary.ts";
import { bmf, type Direction, directions, githubActionBenchmark } from "./trackers.ts";

/** What is exported: a run or an A/B, as it was stored. */
export type Stored = { readonly run: Run } | { readonly ab: AB };

/** One text, without the line end at its end, under the name that its reader expects of a file. */
export interface Document {
  readonly name: string;
  readonly text: string;
  /** Of those that one dialect is split into by it. */
  readonly direction?: Direction;
}

type Dialect = (stored: Stored, exported: Exported) => readonly Document[] | Promise<readonly Document[]>;

/** Every dialect by its name, in the words of who reads it. */
export const dialects = {
  junit: (_, exported) => [{ name: "junit.xml", text: junit(exported) }],
  bmf: (_, exported) => [{ name: "bmf.json", text: bmf(exported) }],
  "github-action-benchmark": (_, exported) =>
    directions.map((direction) => ({
      name: direction === "smaller" ? "customSmallerIsBetter.json" : "customBiggerIsBetter.json",
      text: githubActionBenchmark(exported, direction),
      direction,
    })),
  "github-summary": (stored, exported) => [{ name: "summary.md", text: summary(stored, exported) }],
  openmetrics: async (_, exported) => [{ name: "metrics.txt", text: await openMetrics(exported) }],
  csv: (stored) => [
    "run" in stored
      ? { name: "rows.csv", text: csvReport(stored.run) }
      : { name: "metrics.csv", text: abReporters.csv(stored.ab) },
  ],
} as const satisfies Readonly<Record<string, Dialect>>;

/** The name of one of {@link dialects}. */
export type DialectName = keyof typeof dialects;

/** A run or an A/B in a dialect: its documents, and why numbers are missing in them, a sentence each. */
export async function exportedAs(
  dialect: DialectName,
  stored: Stored,
): Promise<{ readonly documents: readonly Document[]; readonly leftOut: readonly string[] }> {
  const exported = "run" in stored ? exportedRun(stored.run) : exportedAB(stored.ab);
  const write: Dialect = dialects[dialect];
  const tells: readonly DialectName[] = ["bmf", "github-action-benchmark", "openmetrics"];
  return { documents: await write(stored, exported), leftOut: tells.includes(dialect) ? exported.leftOut : [] };
}

function summary(stored: Stored, exported: Exported): string {
  return "run" in stored ? runSummary(stored.run, exported) : abSummary(stored.ab.info, exported);
}
