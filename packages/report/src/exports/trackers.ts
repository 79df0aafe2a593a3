import { groupedBy } from "../order.ts";
import { type Exported, type Figure, metricTitle, seriesName, shownMetric } from "./exported.ts";

/** Programs that draw one value per commit. They know nothing of two sides: of an A/B they get its ratio, and where there is none B's value. */
function tracked({ figures }: Exported): readonly Figure[] {
  return figures.filter(
    ({ of, metric }) => of === undefined || of === "ratio" || (of === "b" && metric.key === "errors"),
  );
}

/**
 * Bencher's metric format, https://bencher.dev/docs/reference/bencher-metric-format/: by series and measure the value and its
 * bounds. Measures have names of their own with the unit in them, such as `total-p50-ms`; Bencher's built-in `latency` is in
 * nanoseconds.
 */
export function bmf(exported: Exported): string {
  const benchmarks = groupedBy(tracked(exported), ({ series }) => seriesName(series)).map((own) => {
    const name = own[0] === undefined ? "" : seriesName(own[0].series);
    return [name, Object.fromEntries(own.map((figure) => [measureOf(figure), valuesOf(figure)]))] as const;
  });
  return JSON.stringify(Object.fromEntries(benchmarks), null, 2);
}

function valuesOf({ value, low, high }: Figure): object {
  const lower = low === null ? {} : { lower_value: low };
  return { value, ...lower, ...(high === null ? {} : { upper_value: high }) };
}

function measureOf({ metric, of }: Figure): string {
  const name = (shownMetric(metric.key)?.csv ?? metric.key).replaceAll("_", "-");
  return of === "ratio" ? `${name}-ratio` : name;
}

/** Whether less or more is better: github-action-benchmark wants a file for each. */
export const directions = ["smaller", "bigger"] as const;

/** One of {@link directions}. */
export type Direction = (typeof directions)[number];

/** The arrays of github-action-benchmark's tools customSmallerIsBetter and customBiggerIsBetter, https://github.com/benchmark-action/github-action-benchmark. */
export function githubActionBenchmark(exported: Exported, direction: Direction): string {
  const better = direction === "smaller" ? "less" : "more";
  const entries = tracked(exported)
    .filter(({ metric: { key } }) => shownMetric(key)?.better === better)
    .map(({ series, metric, of, value, low, high, remark }) => ({
      name: `${seriesName(series)}: ${metricTitle(metric.key)}${of === "ratio" ? ", B ÷ A" : ""}`,
      unit: of === "ratio" ? "ratio" : metric.unit,
      value,
      ...(low === null || high === null ? {} : { range: `${exact(low)} to ${exact(high)}` }),
      extra: remark,
    }));
  return JSON.stringify(entries, null, 2);
}

/** More digits than tables have, fewer than a number's own. */
function exact(value: number): string {
  return String(Number(value.toPrecision(6)));
}
