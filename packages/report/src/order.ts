import type { RunInfo } from "@apb/core/run";
import { type Placed, type RowCell, rowKey } from "./row.ts";

/** The order of tables: scenarios and bindings as the run selected them, cases and loads from small to large. */
export function inOrderOf({ selection: { scenarios, bindings } }: RunInfo): (a: Placed, b: Placed) => number {
  return ({ cell: a }, { cell: b }) =>
    placeIn(scenarios, a.scenario) - placeIn(scenarios, b.scenario) ||
    a.scenario.localeCompare(b.scenario) ||
    compareCases(a.case, b.case) ||
    a.load.localeCompare(b.load, "en", { numeric: true }) ||
    placeIn(bindings, a.binding) - placeIn(bindings, b.binding) ||
    rowKey(a).localeCompare(rowKey(b));
}

/** Where an item stands in a list; what is not in it comes last. */
export function placeIn(list: readonly string[], item: string): number {
  return list.includes(item) ? list.indexOf(item) : list.length;
}

/** Cases in the order of their parameters' values, smallest first, texts by the alphabet; one without a parameter is before those with it. */
export function compareCases(a: RowCell["case"], b: RowCell["case"]): number {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of [...names].sort()) {
    const [one = 0, other = 0] = [a[name], b[name]];
    const texts = typeof one === "string" || typeof other === "string";
    const difference = texts ? String(one).localeCompare(String(other), "en") : one - other;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Neighbours of the same case together, in their order. */
export function byCase<T extends { readonly cell: Pick<RowCell, "case"> }>(
  rows: readonly T[],
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && compareCases(group[0].cell.case, row.cell.case) === 0) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** Items with the same key together, groups and items in order of appearance. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
