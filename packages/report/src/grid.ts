import CliTable3 from "cli-table3";
import type pc from "picocolors";
import { betterSign, failed, worseSign } from "./format.ts";
import { gap, widthOf, wrapped } from "./listing.ts";
import type { Column, Section } from "./section.ts";

type Colors = ReturnType<typeof pc.createColors>;

/** A section's table; in several, each with the same keys and marks, where one would be wider than `width`. */
export function gridsText(section: Section, width: number, colors: Colors): readonly string[] {
  const columns = sizedColumns(section, width);
  const values = columns.filter(({ column }) => column.role === "value");
  const rest = columns.filter(({ column }) => column.role !== "value");
  const room = width - rest.reduce((sum, { wide }) => sum + wide + gap, 0);
  return cut(values, room).map((piece) =>
    gridText(
      section,
      columns.filter((column) => rest.includes(column) || piece.includes(column)),
      colors,
    ),
  );
}

/** A column with its texts, and the width of the longest. */
interface SizedColumn {
  readonly column: Column;
  /** By group and line. */
  readonly texts: readonly (readonly string[])[];
  readonly wide: number;
}

/** Texts can be sentences: they are wrapped to what other columns leave, but to no more and no less than these parts of the width. */
const mostText = 1 / 2;
const leastText = 1 / 3;

function sizedColumns(section: Section, width: number): readonly SizedColumn[] {
  const others = section.columns.map((column, place) => (isText(column) ? null : sized(column, section, place, width)));
  const room = width - others.reduce((sum, column) => sum + (column === null ? 0 : column.wide + gap), 0);
  const textWide = Math.floor(Math.max(width * leastText, Math.min(width * mostText, room)));
  return section.columns.map((column, place) => others[place] ?? sized(column, section, place, textWide));
}

function isText({ role, align }: Column): boolean {
  return role === "value" && align === "left";
}

function sized(column: Column, { groups }: Section, place: number, textWide: number): SizedColumn {
  const shown = (text: string): string =>
    column.role !== "key" && column.align === "left" ? wrapped(text, textWide) : text;
  const texts = groups.map((group) => group.map((line) => shown(line[place] ?? "")));
  const wide = Math.max(...[...headLines(column), ...texts.flat()].map(widthOf));
  return { column, texts, wide };
}

/** Columns that fit into the room together: as many parts as possible whole, and a part that is too wide alone in like pieces. */
function cut(columns: readonly SizedColumn[], room: number): readonly (readonly SizedColumn[])[] {
  const numbers = [...new Set(columns.map(({ column }) => column.part))];
  const parts = numbers.map((part) => columns.filter(({ column }) => column.part === part));
  const units = parts.flatMap((part) => (wideOf(part) <= room ? [part] : likePieces(part, room)));
  return packed(units, room);
}

/** The fewest pieces possible, and of those the ones whose widest is narrowest. */
function likePieces(part: readonly SizedColumn[], room: number): readonly (readonly SizedColumn[])[] {
  const singles = part.map((column) => [column]);
  const fewest = packed(singles, room).length;
  let narrow = room;
  while (narrow > 0 && packed(singles, narrow - 1).length === fewest) narrow--;
  return packed(singles, narrow);
}

/** Neighbours together as long as they fit; what does not fit even alone is left alone. */
function packed(units: readonly (readonly SizedColumn[])[], room: number): readonly (readonly SizedColumn[])[] {
  const pieces: (readonly SizedColumn[])[] = [];
  for (const unit of units) {
    const joined = [...(pieces.at(-1) ?? []), ...unit];
    if (pieces.length > 0 && wideOf(joined) <= room) pieces.splice(-1, 1, joined);
    else pieces.push(unit);
  }
  return pieces;
}

function wideOf(columns: readonly SizedColumn[]): number {
  return columns.reduce((sum, { wide }) => sum + wide + gap, -gap);
}

function gridText({ groups }: Section, columns: readonly SizedColumn[], colors: Colors): string {
  const grid = new CliTable3({
    chars: { ...noBorders, middle: " ".repeat(gap) },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map(({ column }) => column.align),
  });
  const heads = columns.map(({ column }) => headLines(column));
  const height = Math.max(...heads.map((lines) => lines.length));
  for (let line = 0; line < height; line++) {
    const words = heads.map((lines) => lines[line - height + lines.length] ?? "");
    grid.push(words.map((word) => (word === "" ? word : colors.dim(word))));
  }
  groups.forEach((group, index) => {
    if (index > 0) grid.push(columns.map(() => ""));
    group.forEach((_, line) => {
      grid.push(columns.map(({ column, texts }) => tint(texts[index]?.[line] ?? "", column, colors)));
    });
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

function tint(text: string, { role }: Column, colors: Colors): string {
  // Colour codes around nothing would keep a line from being trimmed.
  if (text === "") return text;
  if (text === failed || text.includes(worseSign)) return colors.red(text);
  if (text.endsWith(betterSign)) return colors.green(text);
  if (role === "marks") return colors.yellow(text);
  if (text.startsWith("(")) return colors.dim(text);
  return text;
}
