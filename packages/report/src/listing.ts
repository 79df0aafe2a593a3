import { stripVTControlCharacters } from "node:util";

/** Spaces between two columns. */
export const gap = 2;

/** Characters of the longest line, colours not counted. */
export function widthOf(text: string): number {
  return Math.max(...text.split("\n").map((line) => stripVTControlCharacters(line).length));
}

/** A text in lines of at most `room` characters, broken between words; only a word that is longer than a line is broken itself. */
export function wrapped(text: string, room: number): string {
  return text
    .split("\n")
    .flatMap((line) => wrappedLine(line, room))
    .join("\n");
}

function wrappedLine(line: string, room: number): readonly string[] {
  const lines: string[] = [];
  let last: string | undefined;
  for (const word of line.split(" ").flatMap((long) => pieces(long, room))) {
    if (last !== undefined && widthOf(`${last} ${word}`) <= room) {
      last = `${last} ${word}`;
      continue;
    }
    if (last !== undefined) lines.push(last);
    last = word;
  }
  return [...lines, last ?? ""];
}

function pieces(word: string, room: number): readonly string[] {
  if (widthOf(word) <= room) return [word];
  return Array.from({ length: Math.ceil(word.length / room) }, (_, n) => word.slice(n * room, (n + 1) * room));
}

/** Lines of one or two columns without a head, the last column wrapped to the width. */
export function listing(
  lines: readonly (readonly [text: string] | readonly [label: string, text: string])[],
  width: number,
): string {
  const labels = lines.map((line) => (line.length === 1 ? "" : line[0]));
  const indent = Math.max(...labels.map(widthOf));
  const margin = indent === 0 ? 0 : indent + gap;
  return lines
    .map((line, index) => {
      const label = labels[index] ?? "";
      const lead = label + " ".repeat(margin - widthOf(label));
      return lead + wrapped(line.at(-1) ?? "", width - margin).replaceAll("\n", `\n${" ".repeat(margin)}`);
    })
    .join("\n");
}
