import { caseLabel } from "@apb/core/cell";
import pc from "picocolors";
import type { Difference } from "./comparability.ts";
import type { Comparison } from "./compare.ts";
import { asides, comparisonSections, gains, legend, losses, withinSpread } from "./comparison-sections.ts";
import { csvText } from "./csv.ts";
import { counted } from "./format.ts";
import { listing } from "./listing.ts";
import { inline, sectionMarkdown } from "./markdown.ts";
import { standardOutput } from "./reporters.ts";
import { sectionText, type Terminal } from "./table.ts";

/** Every format of a comparison by its name. None of the texts ends with a line end. */
export const comparisonReporters = {
  table: (comparison) => compareTable(comparison, standardOutput()),
  markdown: compareMarkdown,
  csv: compareCsv,
  json: (comparison) => JSON.stringify(comparison, null, 2),
} as const satisfies Readonly<Record<string, (comparison: Comparison) => string>>;

const refusal = "Not compared: these runs were made on different machines or with different tasks.";
const remedy = "Measure both in the same way, or compare them all the same with --force.";

/** A comparison for a terminal. */
export function compareTable(comparison: Comparison, { width, color }: Terminal): string {
  const colors = pc.createColors(color);
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0
      ? []
      : [
          [
            colors.bold(title),
            listing(
              lines.map((line) => [line]),
              width,
            ),
          ].join("\n"),
        ];
  if (comparison.status === "refused")
    return [colors.red(refusal), differenceLines(comparison.differences).join("\n"), remedy].join("\n\n");
  const { ids, rows, faults, warnings } = comparison;
  return [
    ...list(`Candidate ${ids.candidate} against baseline ${ids.baseline}`, [summary(comparison), legend]),
    ...list("Not passed", faults).map(colors.red),
    ...list("Warnings", [...forcedWarning(comparison.differences), ...warnings]).map(colors.yellow),
    ...comparisonSections(rows).map((section) => sectionText(section, { width, color })),
    ...list("Worse", losses(rows)).map(colors.red),
    ...list("Better", gains(rows)).map(colors.green),
    ...list("Perhaps the machine", withinSpread(rows)),
    ...list("Rounds set aside", asides(rows)),
    ...list("Also changed", differenceLines(comparison.changes)),
  ].join("\n\n");
}

/** A comparison as Markdown. */
export function compareMarkdown(comparison: Comparison): string {
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${inline(line)}`).join("\n")];
  if (comparison.status === "refused")
    return [...list("Not compared", differenceLines(comparison.differences)), refusal, remedy].join("\n\n");
  const { ids, rows, faults, warnings } = comparison;
  return [
    `# Candidate ${ids.candidate} against baseline ${ids.baseline}`,
    `**${summary(comparison)}**`,
    ...list("Not passed", faults),
    ...[...forcedWarning(comparison.differences), ...warnings].map((warning) => `> **Warning:** ${inline(warning)}`),
    inline(legend),
    ...comparisonSections(rows).map(sectionMarkdown),
    ...list("Worse", losses(rows)),
    ...list("Better", gains(rows)),
    ...list("Perhaps the machine", withinSpread(rows)),
    ...list("Rounds set aside", asides(rows)),
    ...list("Also changed", differenceLines(comparison.changes)),
  ].join("\n\n");
}

/** A comparison as CSV: one line for every row and metric; a refused one has only its differences. */
function compareCsv(comparison: Comparison): string {
  if (comparison.status === "refused")
    return csvText([
      ["difference", "baseline", "candidate"],
      ...comparison.differences.map(({ what, baseline, candidate }) => [what, baseline, candidate]),
    ]);
  const head = ["scenario", "case", "load", "binding", "server", "client", "security", "metric"];
  return csvText([
    [...head, "baseline", "candidate", "change_fraction", "judgement", "reason"],
    ...comparison.faults.map((fault) => [...head.map(() => null), null, null, null, "fault", fault]),
    ...comparison.rows.flatMap(({ cell, loss, missing, unjudged, metrics }) => {
      const who = [
        ...[cell.scenario, caseLabel(cell.case), cell.load],
        ...[cell.binding, cell.server, cell.client, cell.security],
      ];
      const lost = loss ?? missing;
      const whole = lost ?? unjudged;
      return [
        ...(whole === null ? [] : [[...who, null, null, null, null, lost === null ? "not judged" : "worse", whole]]),
        ...metrics.map(({ metric, baseline, candidate, change, judgement, reason }) => [
          ...who,
          metric,
          baseline,
          candidate,
          change,
          judgement,
          reason,
        ]),
      ];
    }),
  ]);
}

function summary({ passed, counts, rows, maxRegression }: Extract<Comparison, { status: "compared" }>): string {
  const lost = rows.filter(({ loss }) => loss !== null).length;
  const parts = [
    passed ? "passed" : "not passed",
    ...(lost === 0 ? [] : [`${counted(lost, "cell")} lost`]),
    `${counts.worse} worse`,
    `${counts.better} better`,
    `${counts.same} without a difference shown above ${trimmed(maxRegression * 100)}%`,
    ...(counts["within spread"] === 0 ? [] : [`${counts["within spread"]} perhaps the machine's`]),
    `${counts["not judged"]} not judged`,
  ];
  return parts.join(", ");
}

function trimmed(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function forcedWarning(differences: readonly Difference[]): readonly string[] {
  if (differences.length === 0) return [];
  return [`Compared by force although the runs differ: ${differenceLines(differences).join("; ")}.`];
}

function differenceLines(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ what, baseline, candidate }) => `${what}: ${baseline} → ${candidate}`);
}
