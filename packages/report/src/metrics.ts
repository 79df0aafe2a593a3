import { costMetrics } from "./cost-metrics.ts";
import type { Facts } from "./metric.ts";
import type { Quantity } from "./quantity.ts";
import { failureMetrics, speedMetrics } from "./speed-metrics.ts";
import { streamMetrics } from "./stream-metrics.ts";

/**
 * Every number a report shows, in the order of tables: the one place for what it is called, its unit, which way is better,
 * what is noise, and where it is from. Tables, CSV, comparisons, contrasts, layers and expectations read it.
 */
const registry = { ...speedMetrics, ...streamMetrics, ...failureMetrics, ...costMetrics };

/** What a metric is called by programs. */
export type MetricKey = keyof typeof registry;

/** Numbers that were worked out, by their metric. */
export type Figures = Readonly<Partial<Record<MetricKey, Quantity>>>;

/** A number that a report shows; a metric of the core's is gathered while a cell is measured, and limited by thresholds. */
export interface ShownMetric extends Facts {
  readonly key: MetricKey;
}

/** All there are. */
export const shownMetrics: readonly ShownMetric[] = (Object.keys(registry) as MetricKey[]).map(metricOf);

/** The one of this key. */
export function metricOf(key: MetricKey): ShownMetric {
  return { key, ...registry[key] };
}

/** Those that two runs are compared by. */
export const comparedMetrics: readonly (ShownMetric & { readonly floor: number })[] = shownMetrics.flatMap((metric) =>
  metric.floor === null ? [] : [{ ...metric, floor: metric.floor }],
);

/** A metric's title on one line. */
export function titleOf({ title }: Pick<ShownMetric, "title">): string {
  return title.replaceAll("\n", " ");
}
