import { caseText } from "./format.ts";
import { needLoad } from "./names.ts";
import type { Placed } from "./row.ts";
import { type ColumnOf, keyColumn } from "./section.ts";

/** Who is measured. */
export interface Who {
  readonly binding: string;
  readonly server: string;
  readonly client: string;
}

/** The key columns that tell lines apart: the binding, and server and client where they differ within a run. */
export function whoColumns<T>(items: readonly T[], who: (item: T) => Who): readonly ColumnOf<T>[] {
  const differ = (key: "server" | "client"): boolean => new Set(items.map((item) => who(item)[key])).size > 1;
  return [
    keyColumn("binding", (item) => who(item).binding),
    ...(differ("server") ? [keyColumn<T>("server", (item) => who(item).server)] : []),
    ...(differ("client") ? [keyColumn<T>("client", (item) => who(item).client)] : []),
  ];
}

/** The case as a key, where any has parameters. */
export function caseColumns<T extends Placed>(rows: readonly T[]): readonly ColumnOf<T>[] {
  const textOf = ({ cell }: T): string => caseText(cell.case);
  return rows.some((row) => textOf(row) !== "") ? [keyColumn<T>("case", textOf)] : [];
}

/** The load as a key, where it takes one to tell rows apart. */
export function loadColumns<T extends Placed>(rows: readonly T[]): readonly ColumnOf<T>[] {
  return needLoad(rows) ? [keyColumn<T>("load", ({ cell }) => cell.load)] : [];
}
