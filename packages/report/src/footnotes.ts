import { attemptsOf } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { counted, duration, number, whole } from "./format.ts";
import { type Names, namesOf } from "./names.ts";
import { groupedBy, inOrderOf } from "./order.ts";
import { type Row, type RowCell, type RowFinding, rowKey, type UnmeasuredRow } from "./row.ts";

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

/** Marks for one report of these rows. A row with fewer rounds than the run asked for is marked, too. */
export function createFootnotes(info: RunInfo, rows: readonly Row[]): Footnotes {
  const names = namesOf(rows, info.selection);
  const notes: Note[] = [];
  const indexOf = (title: string, key: string, hint = ""): number => {
    const known = notes.findIndex((note) => note.title === title && note.key === key);
    return known < 0 ? notes.push({ title, key, hint, cases: new Map() }) - 1 : known;
  };
  const mark = ({ title, key, text, hint }: Doubt, cell: RowCell): string => {
    const index = indexOf(title, key, hint);
    notes[index]?.cases.set(rowKey(cell), { cell, text });
    return letters(index);
  };
  return {
    of: (row) => [...new Set(doubtsOf(row, info).map((doubt) => mark(doubt, row.cell)))],
    missing(reason) {
      // Where a row failed, its own mark already says so.
      const told = notes.findIndex((note) => note.key === reason);
      return letters(told < 0 ? indexOf("no value", reason) : told);
    },
    list: () => notes.map((note, index) => footnoteOf(note, letters(index), info, names)),
  };
}

/** Rows with the same title and key share a mark. */
interface Doubt {
  readonly title: string;
  readonly key: string;
  readonly text: string;
  readonly hint?: string;
}

function doubtsOf(row: Row, { profile: { rounds } }: RunInfo): readonly Doubt[] {
  if (row.status !== "measured")
    return [{ title: row.status, key: row.reason, text: `${row.reason}${countedText(row)}` }];
  const found = row.findings.map((finding) => ({
    ...{ title: finding.kind, key: "", hint: finding.hint },
    text: findingText(finding, row.rounds),
  }));
  const lost = row.unmeasured.map(({ status, reason, round }) => ({
    ...{ title: `partly ${status}`, key: reason },
    text: `round ${round} of ${rounds}: ${reason}`,
  }));
  const text = `${row.rounds} of ${counted(rounds, "round")} measured`;
  const fewer = row.rounds + row.unmeasured.length < rounds ? [{ title: "fewer rounds", key: "", text }] : [];
  return [...found, ...lost, ...fewer];
}

/** How far it came: `; until then, in 3 s: 2,410 iterations, p50 1.2 ms, p99 4.0 ms, and 3 failed`. */
function countedText({ counted: before }: UnmeasuredRow): string {
  const total = before?.steps.total;
  if (before === null || total === undefined) return "";
  const { failed } = attemptsOf(total, before.dropped);
  const { responseMs } = total;
  const times = responseMs === null ? "" : `, p50 ${number(responseMs.p50)} ms, p99 ${number(responseMs.p99)} ms`;
  return `; until then, in ${duration(before.durationMs)}: ${counted(total.count, "iteration")}${times}, and ${whole(failed)} failed`;
}

function footnoteOf({ title, key, hint, cases }: Note, mark: string, info: RunInfo, names: Names): Footnote {
  const sorted = [...cases.values()].sort(inOrderOf(info));
  const [first] = sorted;
  const rows = rowsText(
    sorted.map(({ cell }) => cell),
    info,
    names,
  );
  if (first === undefined) return { mark, title, rows, text: key, hint };
  const alike = sorted.every(({ text }) => text === first.text);
  return { mark, title, rows, text: alike ? first.text : `the first: ${first.text}`, hint };
}

/** A footnote under its title, line by line. */
export function footnoteLines({ rows, text, hint }: Footnote): readonly string[] {
  return [rows, text, hint === "" ? "" : `→ ${hint}`].filter((line) => line !== "");
}

/** Rows by scenario and case: `message-size 1 KiB: a/b, c/d; 10 KiB: a/b; workflow: all bindings`. */
function rowsText(
  cells: readonly RowCell[],
  { selection: { bindings, servers, clients } }: RunInfo,
  names: Names,
): string {
  const all = bindings.length * servers.length * clients.length;
  let scenario = "";
  const parts = groupedBy(cells, names.place).map((group) => {
    const [cell] = group as readonly [RowCell, ...RowCell[]];
    const point = cell.scenario === scenario ? names.point(cell) : "";
    const place = point === "" ? names.place(cell) : point;
    scenario = cell.scenario;
    return `${place}: ${all > 1 && group.length === all ? "all bindings" : group.map(names.who).join(", ")}`;
  });
  return parts.join("; ");
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
