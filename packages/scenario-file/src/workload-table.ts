import type { RawScenario } from "./scenario-schema.ts";
import type { Source } from "./source.ts";
import { msOf } from "./units.ts";

/** A row of a table of who does what how often. */
export type RawRow = NonNullable<RawScenario["workload"]>[number];

/** How far a row may be from Little's law. */
const tolerance = 0.05;

/** A row by Little's law: so many users, where one transaction and the thought behind it take so long, make so many a second. */
export interface RowByLaw {
  readonly name: string;
  readonly tps: number;
  readonly users: number;
  readonly cycleMs: number;
  /** users = TPS × (response + think) */
  readonly lawfulUsers: number;
}

/** A row, held against the law. Throws `usage`, with the place and what would fit, for one that is off by more than 5 %. */
export function lawful(row: RawRow, n: number, source: Source): RowByLaw {
  const { tps, users, responseTime, thinkTime } = row;
  const cycleMs = msOf(responseTime) + msOf(thinkTime);
  const lawfulUsers = (tps * cycleMs) / 1000;
  const name = nameOf(row, n);
  if (Math.abs(lawfulUsers - users) <= tolerance * users) return { name, tps, users, cycleMs, lawfulUsers };
  const seconds = cycleMs / 1000;
  throw source.failure(
    ["workload", n, "users"],
    `expected users = TPS × (response + think) = ${round(tps)} × ${round(seconds)} s = ${round(lawfulUsers)}, got ${users}; with ${users} users it would be ${round(users / seconds)} TPS`,
  );
}

/** A row's name: its own, or its agent's, with its number where that is no name. */
export function nameOf({ name, call }: RawRow, n: number): string {
  return name ?? (/^[A-Za-z_][\w-]*$/.test(call) ? call : `row_${n + 1}`);
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}
