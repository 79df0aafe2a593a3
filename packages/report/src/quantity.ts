/** A number of a row: one value for all rounds, the rounds' own values beside it, and the reason where there is none. */
export interface Quantity {
  readonly value: number | null;
  /** One value a round that has one, in the order of the rounds. */
  readonly rounds: readonly number[];
  /** Why `value` is null; null when it is not. */
  readonly missing: string | null;
}

/** How the rounds' values become one. */
export type Combine = (values: readonly number[]) => number;

/** From one value a round, some perhaps null. `missing` is the reason if all are. */
export function quantity(values: readonly (number | null)[], combine: Combine, missing: string): Quantity {
  const rounds = values.filter((value) => value !== null);
  return rounds.length === 0 ? absent(missing) : { value: combine(rounds), rounds, missing: null };
}

/** A value that was worked out over all rounds at once, with the rounds' own values beside it. */
export function pooled(value: number | null, rounds: readonly (number | null)[], missing: string): Quantity {
  return value === null ? absent(missing) : { value, rounds: rounds.filter((round) => round !== null), missing: null };
}

/** No value, and why. */
export function absent(missing: string): Quantity {
  return { value: null, rounds: [], missing };
}

/** The greatest value. */
export function greatest(values: readonly number[]): number {
  return Math.max(...values);
}

/** Lowest and highest round; null when no round has a value. */
export function range(quantity: Quantity): { readonly min: number; readonly max: number } | null {
  if (quantity.rounds.length === 0) return null;
  return { min: Math.min(...quantity.rounds), max: Math.max(...quantity.rounds) };
}

/** The ratio of two totals; null when there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Adds up. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
