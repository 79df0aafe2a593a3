import type { Reporter } from "@apb/core/run";
import pc from "picocolors";
import { type Fact, footnotesTitle, type Report, reportOf } from "./document.ts";
import { footnoteLines } from "./footnotes.ts";
import { worseSign } from "./format.ts";
import { gridsText } from "./grid.ts";
import { listing } from "./listing.ts";
import type { Section } from "./section.ts";
import { thresholdsTitle } from "./thresholds.ts";

/** Where a table is printed. */
export interface Terminal {
  /** Characters in a line. */
  readonly width: number;
  readonly color: boolean;
}

/** A run for a terminal, without a line end at its end. */
export function tableReporter(terminal: Terminal): Reporter {
  return (run) => reportText(reportOf(run), terminal);
}

/** A report for a terminal, without a line end at its end. */
export function reportText(report: Report, terminal: Terminal): string {
  const sections = report.sections.map((section) => sectionText(section, terminal));
  const blocks = [
    headText(report, terminal),
    thresholdsText(report, terminal),
    ...sections,
    footnotesText(report, terminal),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function headText({ id, notes, configuration, environment }: Report, terminal: Terminal): string {
  const colors = pc.createColors(terminal.color);
  const told: readonly Fact[] = [...configuration, ...environment].filter(([label]) => headFacts.includes(label));
  return [
    colors.bold(`Run ${id}`),
    listing(
      told.map(([label, text]) => [colors.dim(label), text]),
      terminal.width,
    ),
    ...notes.map((note) => colors.yellow(listing([["note", note]], terminal.width))),
  ].join("\n");
}

function thresholdsText({ thresholds }: Report, { width, color }: Terminal): string {
  if (thresholds.length === 0) return "";
  const colors = pc.createColors(color);
  const lines = thresholds.map(([sign, text]): Fact => [(sign === worseSign ? colors.red : colors.green)(sign), text]);
  return [colors.bold(thresholdsTitle), listing(lines, width)].join("\n");
}

/** The facts without which the numbers below cannot be read; Markdown has them all. */
const headFacts: readonly string[] = [
  "started",
  "profile",
  "server",
  "sdk",
  "client",
  "machine",
  "runtime",
  "load before the start",
];

/** A section with its title, caption and remarks; broken into tables with the same keys where the terminal is too narrow. */
export function sectionText(section: Section, terminal: Terminal): string {
  const colors = pc.createColors(terminal.color);
  const grids = gridsText(section, terminal.width, colors);
  const caption = section.caption === "" ? [] : [colors.dim(listing([[section.caption]], terminal.width))];
  const remarks = section.remarks.map((remark) =>
    colors.dim(listing([section.remarks.length > 1 ? ["·", remark] : [remark]], terminal.width)),
  );
  return [colors.bold(section.title), ...caption, grids.join("\n\n"), ...remarks].join("\n");
}

/** What every mark stands for, on which rows it is, and the numbers of the first of them; nothing where the tables have none. */
function footnotesText(report: Report, { width, color }: Terminal): string {
  const { sections, footnotes } = report;
  if (sections.length > 0 && footnotes.length === 0) return "";
  const colors = pc.createColors(color);
  const lines = footnotes.map((note): Fact => {
    const title = colors.bold(note.title);
    const told = footnoteLines(note);
    return sections.length === 0 ? [title, told.join("\n")] : [colors.yellow(note.mark), [title, ...told].join("\n")];
  });
  return [colors.bold(footnotesTitle(report)), ...(lines.length === 0 ? [] : [listing(lines, width)])].join("\n");
}
