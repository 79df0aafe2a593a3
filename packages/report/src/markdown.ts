import type { Run } from "@apb/core/run";
import { type Fact, type Report, reportOf } from "./document.ts";
import { cellText, type Footnote } from "./footnotes.ts";
import type { Column, Section } from "./section.ts";

/** A run as Markdown (GitHub's): the terminal's tables, and everything about the run that a terminal has no room for. */
export function markdownReport(run: Run): string {
  const report = reportOf(run);
  return [
    `# Run ${report.id}`,
    ...report.notes.map((note) => `> **Note:** ${inline(note)}`),
    ...report.sections.map(sectionMarkdown),
    ...footnotesMarkdown(report.footnotes),
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

/** What the marks stand for, with every row they are on. Empty when there are none. */
export function footnotesMarkdown(footnotes: readonly Footnote[]): readonly string[] {
  if (footnotes.length === 0) return [];
  const items = footnotes.map(({ mark, title, hint, cases }) => {
    const advice = hint === "" ? "" : `: ${inline(hint)}`;
    return [`- **${mark}** ${title}${advice}`, ...byText(cases).map((line) => `  - ${inline(line)}`)].join("\n");
  });
  return ["## Marks", items.join("\n")];
}

/** One line for each text, with all cells it holds for. */
function byText(cases: Footnote["cases"]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { cell, text } of cases) {
    const cells = groups.get(text) ?? [];
    groups.set(text, cell === null ? cells : [...cells, cellText(cell)]);
  }
  return [...groups].map(([text, cells]) => (cells.length === 0 ? text : `${cells.join("; ")}: ${text}`));
}

function factsMarkdown(title: string, facts: readonly Fact[]): string {
  return [`## ${title}`, facts.map(([label, text]) => `- ${label}: ${inline(text)}`).join("\n")].join("\n\n");
}

function specsMarkdown({ specs }: Report): string {
  const items = Object.entries(specs).map(
    ([binding, { name, version, url, standing }]) =>
      `- ${binding}: [${inline(`${name} ${version}`)}](<${url}>), ${standing}`,
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
