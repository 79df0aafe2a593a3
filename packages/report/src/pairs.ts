import type { Role } from "./metric.ts";
import { groupedBy } from "./order.ts";
import { overloadedIn } from "./overload.ts";
import { changes, type MeasuredRow, pointKey, type Row, type RowCell, whoKey } from "./row.ts";

/** Rows that differ in nothing but their load, by what each of them can tell. */
export interface Pair {
  /** Of either row: all but its load is of both. */
  readonly cell: RowCell;
  /** One VU, or arrivals at a rate that every row can serve: nobody waits for anybody else, so that latency is one. */
  readonly roundTrip: Row | null;
  /** The most VUs there are: throughput and CPU per operation are of it, latency is throughput upside down. */
  readonly busy: Row | null;
}

/**
 * All rows, two and two where that can be; of three loads the one that is neither stands alone. In order of appearance.
 * A rate that is too much for one of `among` is a round trip of none: the same column would have latency in one line and
 * waiting in the next.
 */
export function pairsOf(rows: readonly Row[], among: readonly Row[] = rows): readonly Pair[] {
  const overloaded = new Set(overloadedIn(among).map(({ cell }) => pointKey(cell)));
  const isRoundTrip = ({ cell, load }: Row): boolean =>
    load !== null && (load.model === "open" ? !overloaded.has(pointKey(cell)) : load.vus === 1);
  return groupedBy(rows, ({ cell }) => whoKey(cell)).flatMap((own) => pairsAmong(own, isRoundTrip));
}

function pairsAmong(rows: readonly Row[], isRoundTrip: (row: Row) => boolean): readonly Pair[] {
  const quiet = rows.filter(isRoundTrip);
  const [busiest, ...others] = rows.filter((row) => !isRoundTrip(row)).sort((a, b) => vusOf(b) - vusOf(a));
  const [alone, ...open] = quiet.sort((a, b) => Number(isOpen(a)) - Number(isOpen(b)));
  return [
    ...pairOf(alone ?? null, busiest ?? null),
    ...open.flatMap((row) => pairOf(row, null)),
    ...others.flatMap((row) => pairOf(null, row)),
  ];
}

function pairOf(roundTrip: Row | null, busy: Row | null): readonly Pair[] {
  const cell = (busy ?? roundTrip)?.cell;
  return cell === undefined ? [] : [{ cell, roundTrip, busy }];
}

/** The row of a pair that gives this kind of number, or the only one there is. */
export function giving({ roundTrip, busy }: Pair, role: Role): Row {
  const row = role === "roundTrip" ? (roundTrip ?? busy) : (busy ?? roundTrip);
  if (row === null) throw new RangeError("expected a pair with a row");
  return row;
}

/** Both rows, or the one there is. */
export function rowsOfPair({ roundTrip, busy }: Pair): readonly Row[] {
  return [roundTrip, busy].filter((row) => row !== null);
}

function isOpen({ load }: Row): boolean {
  return load?.model === "open";
}

/** The most there were; 0 in an open load. */
function vusOf({ load }: Row): number {
  return load?.vus ?? 0;
}

/** Whether a row's load is so many VUs and no ramp. */
export function isOfVUs({ load }: Row, vus: number): boolean {
  return load !== null && load.vus === vus && !changes(load);
}

/** N VUs saturate a server where they make less than this part of N times one VU's throughput. */
const waitingShare = 0.8;

/** Whether the busy load saturates the server in every pair that can tell; false where none can. */
export function isSaturated(pairs: readonly Pair[]): boolean {
  const shares = pairs.flatMap(({ roundTrip, busy }) =>
    roundTrip?.status === "measured" && busy?.status === "measured" ? shareOf(roundTrip, busy) : [],
  );
  return shares.length > 0 && shares.every((share) => share < waitingShare);
}

function shareOf(roundTrip: MeasuredRow, busy: MeasuredRow): readonly number[] {
  const [one, many, vus] = [roundTrip.operationsPerSecond.value, busy.operationsPerSecond.value, busy.load.vus];
  if (roundTrip.load.model === "open" || one === null || many === null || one === 0 || vus === null) return [];
  return [many / (vus * one)];
}
