import { type Footnotes, inMarkOrder } from "./footnotes.ts";
import { notApplicable } from "./format.ts";
import type { Quantity } from "./quantity.ts";

/** What a column is for: `key` columns say what a line is about, `marks` lead to the footnotes. */
export interface Column {
  /** Lines of it apart by a line end, for narrow columns. */
  readonly header: string;
  readonly unit: string;
  readonly align: "left" | "right";
  readonly role: "key" | "value" | "marks";
  /** Where a table has to be broken because it is too wide: values of one part stay together. Keys and marks go with each piece. */
  readonly part: number;
}

/** A table ready to be printed anywhere: all numbers are text. */
export interface Section {
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Lines by group; groups are set apart. */
  readonly groups: readonly (readonly (readonly string[])[])[];
  /** Sentences under the table. */
  readonly remarks: readonly string[];
}

/** The text of a cell, and where it has no value, why. */
export interface Shown {
  readonly text: string;
  readonly missing: string | null;
}

/** A column and how its cell is made from an item. */
export interface ColumnOf<T> extends Column {
  show(item: T): Shown;
}

/** A quantity as text. */
export function shown({ value, missing }: Quantity, format: (value: number) => string): Shown {
  return value === null ? { text: notApplicable, missing } : { text: format(value), missing: null };
}

/** A text that is never missing. */
export function plain(text: string): Shown {
  return { text, missing: null };
}

/** A column that names what its line is about. */
export function keyColumn<T>(header: string, text: (item: T) => string, align: Column["align"] = "left"): ColumnOf<T> {
  return { header, unit: "", align, role: "key", part: 0, show: (item) => plain(text(item)) };
}

/** A column of numbers; the unit stands in its header. */
export function valueColumn<T>(part: number, header: string, unit: string, show: (item: T) => Shown): ColumnOf<T> {
  return { header, unit, align: "right", role: "value", part, show };
}

const marksColumn: Column = { header: "marks", unit: "", align: "left", role: "marks", part: 0 };

/** What {@link sectionOf} needs. */
export interface SectionParts<T> {
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly ColumnOf<T>[];
  readonly groups: readonly (readonly T[])[];
  readonly remarks?: readonly string[];
  /** Footnotes, and the marks an item has whatever its columns show. Without them the section has no marks column. */
  readonly footnotes?: { readonly notes: Footnotes; marks(item: T): readonly string[] };
}

/** A section from items: one line each, marks last. */
export function sectionOf<T>({ title, caption, columns, groups, remarks, footnotes }: SectionParts<T>): Section {
  const line = (item: T): string[] => {
    const cells = columns.map((column) => column.show(item));
    const texts = cells.map(({ text }) => text);
    if (footnotes === undefined) return texts;
    const marks = footnotes.marks(item);
    const missing = cells.flatMap((cell) => (cell.missing === null ? [] : footnotes.notes.missing(cell.missing)));
    return [...texts, inMarkOrder([...marks, ...missing]).join(" ")];
  };
  return {
    title,
    caption,
    columns: [...columns, ...(footnotes === undefined ? [] : [marksColumn])].map(
      ({ header, unit, align, role, part }) => ({ header, unit, align, role, part }),
    ),
    groups: groups.map((group) => group.map(line)),
    remarks: remarks ?? [],
  };
}
