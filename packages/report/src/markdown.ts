import type { Run } from "@apb/core/run";
import { type Fact, footnotesTitle, type Report, reportOf } from "./document.ts";
import { footnoteLines } from "./footnotes.ts";
import type { Column, Section } from "./section.ts";
import { thresholdsTitle } from "./thresholds.ts";

/** A run as Markdown (GitHub's): the terminal's tables, and everything about the run that a terminal has no room for. */
export function markdownReport(run: Run): string {
  return reportMarkdown(reportOf(run));
}

/** A report as Markdown. */
export function reportMarkdown(report: Report): string {
  return [
    `# Run ${report.id}`,
    ...report.notes.map((note) => `> **Note:** ${inline(note)}`),
    ...thresholdsMarkdown(report),
    ...report.sections.map(sectionMarkdown),
    ...footnotesMarkdown(report),
    factsMarkdown("Configuration", report.configuration),
    specsMarkdown(report),
    factsMarkdown("Environment", report.environment),
  ].join("\n\n");
}

/** A section with its heading. */
export function sectionMarkdown({ title, caption, columns, groups, remarks }: Section): string {
  const heads = columns.map(({ header, unit }) => header.replaceAll("\n", " ") + (unit === "" ? "" : ` (${unit})`));
  const lines = [heads, columns.map(ruleOf), ...groups.flat().map((line) => line.map((text) => cell(text)))];
  const table = lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
  const list = remarks.map((remark) => `- ${inline(remark)}`).join("\n");
  return [`## ${title}`, inline(caption), table, list].filter((part) => part !== "").join("\n\n");
}

function thresholdsMarkdown({ thresholds }: Report): readonly string[] {
  const lines = thresholds.map(([sign, text]) => `- ${sign} ${inline(text)}`);
  return lines.length === 0 ? [] : [`## ${thresholdsTitle}`, lines.join("\n")];
}

/** What every mark stands for; nothing where the tables have none. */
function footnotesMarkdown(report: Report): readonly string[] {
  const { sections, footnotes } = report;
  if (sections.length > 0 && footnotes.length === 0) return [];
  const items = footnotes.map((note) => {
    const lead = sections.length === 0 ? "" : `**${note.mark}** `;
    return [`- ${lead}${note.title}`, ...footnoteLines(note).map((line) => `  - ${inline(line)}`)].join("\n");
  });
  return [`## ${footnotesTitle(report)}`, ...(items.length === 0 ? [] : [items.join("\n")])];
}

function factsMarkdown(title: string, facts: readonly Fact[]): string {
  return [`## ${title}`, facts.map(([label, text]) => `- ${label}: ${inline(text)}`).join("\n")].join("\n\n");
}

function specsMarkdown({ specs }: Report): string {
  const items = Object.entries(specs).map(
    ([binding, { name, version, url, standing, streamedBy }]) =>
      `- ${binding}: [${inline(name)}](<${url}>), version ${inline(version)}, ${standing}${
        streamedBy === undefined ? "" : `; streams: ${inline(streamedBy)}`
      }`,
  );
  return ["## Specifications", items.join("\n")].join("\n\n");
}

function ruleOf({ align }: Column): string {
  return align === "right" ? "---:" : ":---";
}

function cell(text: string): string {
  return inline(text).replaceAll("|", "\\|");
}

/** Text that Markdown must not read as markup, on one line. */
export function inline(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll(/[\\`*_<>[\]]/g, (sign) => `\\${sign}`);
}
