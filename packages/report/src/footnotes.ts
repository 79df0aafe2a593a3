import { caseText, counted } from "./format.ts";
import { type Row, type RowCell, type RowFinding, rowKey } from "./rows.ts";

/** One reason behind a mark, and every row it holds for. */
export interface Footnote {
  /** `a`, `b`, … in reading order. */
  readonly mark: string;
  /** `client-limited`, `failed`, `not measured`, … */
  readonly title: string;
  readonly hint: string;
  readonly cases: readonly { readonly cell: RowCell | null; readonly text: string }[];
}

/** Gives marks while a report is laid out, and afterwards what they stand for. */
export interface Footnotes {
  /** The marks of a row's findings and failures. */
  of(row: Row): readonly string[];
  /** The mark of a value's absence. */
  missing(reason: string): string;
  list(): readonly Footnote[];
}

/** Marks for one report. `rounds` is the number asked for: a row with fewer is marked. */
export function createFootnotes(rounds: number): Footnotes {
  const notes: { title: string; key: string; hint: string; cases: Map<string, Footnote["cases"][number]> }[] = [];
  const mark = (title: string, key: string, text: string, cell: RowCell | null, hint = ""): string => {
    let index = notes.findIndex((note) => note.title === title && note.key === key);
    if (index < 0) index = notes.push({ title, key, hint, cases: new Map() }) - 1;
    notes[index]?.cases.set(cell === null ? "" : rowKey(cell), { cell, text });
    return letters(index);
  };
  return {
    of(row) {
      if (row.status !== "measured") return [mark(row.status, row.reason, row.reason, row.cell)];
      const marks = row.findings.map((finding) =>
        mark(finding.kind, "", findingText(finding, row.rounds), row.cell, finding.hint),
      );
      for (const { status, reason, round } of row.unmeasured)
        marks.push(mark(`partly ${status}`, reason, `round ${round} of ${rounds}: ${reason}`, row.cell));
      const fewer = row.rounds + row.unmeasured.length;
      if (fewer < rounds)
        marks.push(mark("fewer rounds", "", `${row.rounds} of ${counted(rounds, "round")} measured`, row.cell));
      return [...new Set(marks)];
    },
    missing(reason) {
      // Where a row failed, its own mark already says so.
      const told = notes.findIndex((note) => note.key === reason);
      return told < 0 ? mark("no value", reason, reason, null) : letters(told);
    },
    list: () =>
      notes.map(({ title, hint, cases }, index) => ({ mark: letters(index), title, hint, cases: [...cases.values()] })),
  };
}

function findingText({ message, rounds }: RowFinding, of: number): string {
  return of === 1 ? message : `${message}, in ${rounds} of ${counted(of, "round")}`;
}

/** a … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** A row's cell in words: `a/b, message-size 1 KiB`. */
export function cellText(cell: RowCell): string {
  return `${cell.binding}, ${[cell.scenario, caseText(cell.case)].filter((part) => part !== "").join(" ")}`;
}
