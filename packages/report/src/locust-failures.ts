import type { CellId } from "@apb/core/cell";
import type { FailureKind } from "@apb/core/failure";
import type { Run } from "@apb/core/run";
import { type LocustEntry, locustEntries, locustName, typeIn } from "./locust-entries.ts";
import { groupedBy } from "./order.ts";
import { sum } from "./quantity.ts";
import { rowKey } from "./row.ts";

const columns = ["Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"];

/** The lines of Locust's failures file: a kind of failure of an entry each, and, once a round, why a cell has no numbers. */
export function locustFailures(run: Run): readonly (readonly (string | number | null)[])[] {
  const openAt = openings(run);
  return [columns, ...locustEntries(run).flatMap((entry) => failuresOf(entry, openAt)), ...failedCells(run)];
}

/** When the window of a cell opened, in Unix milliseconds; null where the run does not say. */
type OpenAt = (cell: CellId) => number | null;

function openings({ series = [] }: Run): OpenAt {
  const known = new Map<string, number>();
  for (const { cell, second, startedAt } of series)
    if (startedAt !== undefined && second === 0) known.set(roundKey(cell), Date.parse(startedAt));
  return (cell) => known.get(roundKey(cell)) ?? null;
}

function roundKey(cell: CellId): string {
  return `${rowKey(cell)}\n${cell.round}`;
}

function failuresOf(
  { type, name, rounds }: LocustEntry,
  openAt: OpenAt,
): readonly (readonly (string | number | null)[])[] {
  const kinds = [...new Set(rounds.flatMap(({ failures }) => Object.keys(failures) as FailureKind[]))];
  return kinds.map((kind) => {
    const seen = rounds.flatMap(({ cell, said }) => {
      const opened = openAt(cell);
      const one = said[kind];
      return opened === null || one === undefined ? [] : [opened + one.firstMs, opened + one.lastMs];
    });
    const sentence = rounds.map(({ said }) => said[kind]?.sentence).find((one) => one !== undefined);
    return [
      ...[type, name, sentence === undefined || sentence === "" ? kind : `${kind}: ${sentence}`],
      sum(rounds.map(({ failures }) => failures[kind] ?? 0)),
      ...(seen.length === 0
        ? [null, null]
        : [Math.min(...seen), Math.max(...seen)].map((at) => new Date(at).toISOString())),
    ];
  });
}

function failedCells(run: Run): readonly (readonly (string | number | null)[])[] {
  const unmeasured = run.results.filter((result) => result.status !== "measured");
  const failed = unmeasured.filter(({ status }) => status === "failed");
  const typeOf = typeIn(run);
  const lines = failed.map(({ cell, reason }) => [typeOf(cell), locustName(cell), reason] as const);
  return groupedBy(lines, (line) => line.join("\n")).map((same) => [...(same[0] ?? []), same.length, null, null]);
}
