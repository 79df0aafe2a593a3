import type { RunInfo } from "@apb/core/run";
import { caseText, counted } from "./format.ts";
import { inOrderOf, type Row, type RowCell, type RowFinding, rowKey } from "./rows.ts";

/** One reason behind a mark, and every row it holds for. */
export interface Footnote {
  /** `a`, `b`, … in reading order. */
  readonly mark: string;
  /** `client-limited`, `failed`, `not measured`, … */
  readonly title: string;
  /** The rows concerned, by scenario and case; empty where the reason is about no single row. */
  readonly rows: string;
  /** What is wrong, with the numbers of the first of the rows. */
  readonly text: string;
  readonly hint: string;
}

/** Gives marks while a report is laid out, and afterwards what they stand for. */
export interface Footnotes {
  /** The marks of a row's findings and failures. */
  of(row: Row): readonly string[];
  /** The mark of a value's absence. */
  missing(reason: string): string;
  list(): readonly Footnote[];
}

interface Note {
  readonly title: string;
  readonly key: string;
  readonly hint: string;
  readonly cases: Map<string, { readonly cell: RowCell; readonly text: string }>;
}

/** Marks for one report. A row with fewer rounds than the run asked for is marked, too. */
export function createFootnotes(info: RunInfo): Footnotes {
  const { rounds } = info.profile;
  const notes: Note[] = [];
  const indexOf = (title: string, key: string, hint = ""): number => {
    const known = notes.findIndex((note) => note.title === title && note.key === key);
    return known < 0 ? notes.push({ title, key, hint, cases: new Map() }) - 1 : known;
  };
  const mark = (title: string, key: string, text: string, cell: RowCell, hint?: string): string => {
    const index = indexOf(title, key, hint);
    notes[index]?.cases.set(rowKey(cell), { cell, text });
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
      return letters(told < 0 ? indexOf("no value", reason) : told);
    },
    list: () => notes.map((note, index) => footnoteOf(note, letters(index), info)),
  };
}

function footnoteOf({ title, key, hint, cases }: Note, mark: string, info: RunInfo): Footnote {
  const sorted = [...cases.values()].sort(inOrderOf(info));
  const [first] = sorted;
  const rows = rowsText(
    sorted.map(({ cell }) => cell),
    info,
  );
  if (first === undefined) return { mark, title, rows, text: key, hint };
  const alike = sorted.every(({ text }) => text === first.text);
  return { mark, title, rows, text: alike ? first.text : `the first: ${first.text}`, hint };
}

/** A footnote under its title, line by line. */
export function footnoteLines({ rows, text, hint }: Footnote): readonly string[] {
  return [rows, text, hint === "" ? "" : `→ ${hint}`].filter((line) => line !== "");
}

/** Rows by scenario and case: `message-size 1 KiB: a/b, c/d; 10 KiB: a/b; workflow 10 users: all bindings`. */
function rowsText(cells: readonly RowCell[], { selection: { bindings, servers, clients } }: RunInfo): string {
  const groups = new Map<string, { readonly cell: RowCell; readonly names: string[] }>();
  for (const cell of cells) {
    const key = placeText(cell);
    const group = groups.get(key) ?? { cell, names: [] };
    groups.set(key, group);
    group.names.push(nameOf(cell, { servers, clients }));
  }
  const all = bindings.length * servers.length * clients.length;
  let scenario = "";
  const parts = [...groups.values()].map(({ cell, names }) => {
    const place = cell.scenario === scenario ? caseText(cell.case) : placeText(cell);
    scenario = cell.scenario;
    return `${place}: ${all > 1 && names.length === all ? "all bindings" : names.join(", ")}`;
  });
  return parts.join("; ");
}

/** The kinds of server and client that rows are to be told apart among. */
type Kinds = Pick<RunInfo["selection"], "servers" | "clients">;

/** `a/b`, with what else it takes to tell it from the other rows: `a/b (sdk, wire)`. */
function nameOf({ binding, server, client }: RowCell, { servers, clients }: Kinds): string {
  const parts = [...(servers.length > 1 ? [server] : []), ...(clients.length > 1 ? [client] : [])];
  return parts.length === 0 ? binding : `${binding} (${parts.join(", ")})`;
}

function findingText({ message, rounds }: RowFinding, of: number): string {
  return of === 1 ? message : `${message}, in ${rounds} of ${counted(of, "round")}`;
}

/** a … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** Marks in their one order, each once: a … z, aa, ab, … */
export function inMarkOrder(marks: readonly string[]): readonly string[] {
  return [...new Set(marks)].sort((a, b) => a.length - b.length || a.localeCompare(b));
}

function placeText({ scenario, case: params }: RowCell): string {
  return [scenario, caseText(params)].filter((part) => part !== "").join(" ");
}

/** A row's cell in words: `a/b, message-size 1 KiB`. */
export function cellText(cell: RowCell, kinds: Kinds): string {
  return `${nameOf(cell, kinds)}, ${placeText(cell)}`;
}
