import { stripVTControlCharacters } from "node:util";
import type { Reporter } from "@apb/core/run";
import CliTable3 from "cli-table3";
import pc from "picocolors";
import { type Fact, type Report, reportOf } from "./document.ts";
import { cellText, type Footnote } from "./footnotes.ts";
import { betterSign, counted, failed, worseSign } from "./format.ts";
import type { Column, Section } from "./section.ts";

/** Where a table is printed. */
export interface Terminal {
  /** Characters in a line. */
  readonly width: number;
  readonly color: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

/** A run for a terminal, without a line end at its end. */
export function tableReporter(terminal: Terminal): Reporter {
  return (run) => {
    const report = reportOf(run);
    const sections = report.sections.map((section) => sectionText(section, terminal));
    const blocks = [headText(report, terminal), ...sections, footnotesText(report.footnotes, terminal)];
    return blocks.filter((block) => block !== "").join("\n\n");
  };
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

/** The facts without which the numbers below cannot be read; Markdown has them all. */
const headFacts: readonly string[] = [
  "started",
  "profile",
  "server",
  "client",
  "machine",
  "runtime",
  "load before the start",
];

/** A section with its title, caption and remarks; broken into tables with the same keys where the terminal is too narrow. */
export function sectionText(section: Section, terminal: Terminal): string {
  const colors = pc.createColors(terminal.color);
  const whole = gridText(section, section.columns, colors);
  const parts = [...new Set(section.columns.filter(({ role }) => role === "value").map(({ part }) => part))];
  const fits = widthOf(whole) <= terminal.width || parts.length < 2;
  const grids = fits
    ? [whole]
    : parts.map((part) =>
        gridText(
          section,
          section.columns.filter((column) => column.role !== "value" || column.part === part),
          colors,
        ),
      );
  const caption = section.caption === "" ? [] : [colors.dim(listing([[section.caption]], terminal.width))];
  const bullet = section.remarks.length > 1 ? ["·"] : [];
  const remarks = section.remarks.map((remark) => colors.dim(listing([[...bullet, remark]], terminal.width)));
  return [colors.bold(section.title), ...caption, grids.join("\n\n"), ...remarks].join("\n");
}

function gridText(section: Section, columns: readonly Column[], colors: Colors): string {
  const grid = new CliTable3({
    chars: { ...noBorders, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map(({ align }) => align),
  });
  const heads = columns.map(headLines);
  const height = Math.max(...heads.map((lines) => lines.length));
  for (let line = 0; line < height; line++) {
    const words = heads.map((lines) => lines[line - height + lines.length] ?? "");
    grid.push(words.map((word) => (word === "" ? word : colors.dim(word))));
  }
  const places = columns.map((column) => section.columns.indexOf(column));
  section.groups.forEach((group, index) => {
    if (index > 0) grid.push(columns.map(() => ""));
    for (const line of group) grid.push(places.map((place, n) => tint(line[place] ?? "", columns[n], colors)));
  });
  const lines = grid
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  const rule = colors.dim("─".repeat(widthOf(lines.join("\n"))));
  return [...lines.slice(0, height), rule, ...lines.slice(height)].join("\n");
}

const noBorders = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ].map((place) => [place, ""]),
);

function headLines({ header, unit }: Column): readonly string[] {
  return [...header.split("\n"), ...(unit === "" ? [] : [unit])];
}

function tint(text: string, column: Column | undefined, colors: Colors): string {
  // Colour codes around nothing would keep a line from being trimmed.
  if (text === "") return text;
  if (text === failed || text.includes(worseSign)) return colors.red(text);
  if (text.endsWith(betterSign)) return colors.green(text);
  if (column?.role === "marks") return colors.yellow(text);
  if (text.startsWith("(")) return colors.dim(text);
  return text;
}

function widthOf(text: string): number {
  return Math.max(...text.split("\n").map((line) => stripVTControlCharacters(line).length));
}

/** What every mark stands for, with one example; how many other rows share it. */
function footnotesText(footnotes: readonly Footnote[], { width, color }: Terminal): string {
  if (footnotes.length === 0) return "";
  const colors = pc.createColors(color);
  const lines = footnotes.map((note) => [colors.yellow(note.mark), footnoteText(note, colors)]);
  return [colors.bold("Marks"), listing(lines, width)].join("\n");
}

function footnoteText({ title, hint, cases }: Footnote, colors: Colors): string {
  const [first] = cases;
  if (first === undefined) return title;
  const others = cases.length === 1 ? "" : ` (and ${counted(cases.length - 1, "other row")})`;
  const where = first.cell === null ? "" : `${cellText(first.cell)}${others}: `;
  return [colors.bold(title), `${where}${first.text}`, ...(hint === "" ? [] : [`→ ${hint}`])].join("\n");
}

/** Lines of one or two columns without a head, the last column wrapped to the width. */
export function listing(lines: readonly (readonly string[])[], width: number): string {
  const first = Math.max(...lines.map((line) => (line.length > 1 ? widthOf(line[0] ?? "") : 0)));
  const room = first === 0 ? width : width - first - 2;
  const longest = Math.max(...lines.flatMap((line) => (line.at(-1) ?? "").split(/\s/).map(widthOf)));
  const grid = new CliTable3({
    chars: { ...noBorders, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colWidths: first === 0 ? [room] : [first, room],
    wordWrap: true,
    wrapOnWordBoundary: longest <= room,
  });
  grid.push(...lines.map((line) => [...line]));
  return grid
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
