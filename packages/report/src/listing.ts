import stringWidth from "string-width";

/** Spaces between two columns. */
export const gap = 2;

/** Columns of a terminal that the longest line takes: two for a Korean syllable, none for colours. */
export function widthOf(text: string): number {
  return Math.max(...text.split("\n").map((line) => stringWidth(line)));
}

/** A line in at most `room` columns: where it is longer, `…` stands for its end. */
export function clipped(line: string, room: number): string {
  if (widthOf(line) <= room) return line;
  const [start = ""] = pieces(line, room - 1);
  return room < 1 ? "" : widthOf(start) < room ? `${start}…` : "…";
}

/** A text in lines of at most `room` columns, broken between words; only a word that is longer than a line is broken itself. */
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

const characters = new Intl.Segmenter();

/** A word cut between what a reader takes for its characters; one that is wider than the room is a piece all the same. */
function pieces(word: string, room: number): readonly string[] {
  if (widthOf(word) <= room) return [word];
  const cut: string[] = [];
  let piece = "";
  for (const { segment } of characters.segment(word)) {
    if (piece !== "" && widthOf(piece + segment) > room) {
      cut.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...cut, piece];
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
