import { type Aspect, findMetric, type Metric } from "@apb/core/metrics";
import type { Quantity } from "./quantity.ts";
import type { MeasuredRow } from "./row.ts";

/**
 * Of rows that differ in nothing but their load, the one that can give a number: latency is one where nobody waits for
 * anybody else (one VU, or arrivals at a rate that all rows can serve), throughput and cost per operation are those of a busy server.
 */
export type Role = "roundTrip" | "busy";

/** Everything a report knows of a number that it shows. */
export interface Facts {
  /** Its lines apart by a line end, for narrow columns. */
  readonly title: string;
  /** As it is shown; `format` turns the metric's own unit into it. */
  readonly unit: string;
  readonly better: "less" | "more" | null;
  readonly aspect: Aspect;
  readonly from: Role;
  /** A difference up to this, in the metric's own unit, is noise whatever its percentage; null: two runs are not compared by it. */
  readonly floor: number | null;
  of(row: MeasuredRow): Quantity;
  format(value: number): string;
  /** Its column in CSV, where it is raw, with its own unit in the name. */
  readonly csv: string;
  /** Whether CSV has its lowest and highest round, too. */
  readonly spread?: true;
}

/** Of a number that is the same as one that is gathered while a cell is measured, under this key, what is known of it there. */
export function gatheredAs(key: string): Pick<Metric, "unit" | "better" | "aspect"> {
  const metric = findMetric(key);
  if (metric === undefined) throw new RangeError(`no metric ${key}`);
  const { unit, better, aspect } = metric;
  return { unit, better, aspect };
}
