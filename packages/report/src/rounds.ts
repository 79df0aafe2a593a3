import type { CellResult } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { type MeasuredRow, rowKey } from "./row.ts";
import { fold } from "./rows.ts";

/** With fewer rounds a side than this an interval is all of their range, and all rounds agree by chance in 1 of 16 cases or more. */
export const enoughRounds = 6;

/** How often the rounds of a run agree by chance, where that is often; a sentence or none. */
export function fewRounds({ profile: { rounds } }: RunInfo): readonly string[] {
  if (rounds >= enoughRounds) return [];
  if (rounds === 1) return ["One round cannot tell a difference from chance: use --rounds 6 or more."];
  return [
    `Too few rounds (${rounds}, of ${enoughRounds} at least) to tell a small difference from chance: where there is none, all agree in 1 of ${2 ** (rounds - 1)} cases.`,
  ];
}

/** One round that was measured in two kinds. */
export interface PairedRound {
  readonly base: MeasuredRow;
  readonly other: MeasuredRow;
}

/** The rounds of a row, by its key, that have numbers: each as a row of its own, by their number and in its order. */
export type RoundsOf = (key: string) => ReadonlyMap<number, MeasuredRow>;

/** The rounds of a run's rows, each read once: a round takes a millisecond. */
export function roundsIn(results: readonly CellResult[]): RoundsOf {
  const known = new Map<string, ReadonlyMap<number, MeasuredRow>>();
  return (key) => {
    const rounds = known.get(key) ?? measuredRounds(key, results);
    known.set(key, rounds);
    return rounds;
  };
}

function measuredRounds(key: string, results: readonly CellResult[]): ReadonlyMap<number, MeasuredRow> {
  const own = results.filter((result) => rowKey(result.cell) === key).sort((a, b) => a.cell.round - b.cell.round);
  const rows = own.map((result) => [result.cell.round, fold([result], {})] as const);
  return new Map(rows.flatMap(([round, row]) => (row.status === "measured" ? [[round, row]] : [])));
}

/** The rounds that two rows, by their keys, both have numbers of: what a round did to both is no difference between them. */
export function pairedRounds(baseKey: string, otherKey: string, roundsOf: RoundsOf): readonly PairedRound[] {
  const others = roundsOf(otherKey);
  return [...roundsOf(baseKey)].flatMap(([round, base]) => {
    const other = others.get(round);
    return other === undefined ? [] : [{ base, other }];
  });
}
