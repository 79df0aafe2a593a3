import { Histogram } from "@apb/core/histogram";
import type { Run } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { locustName, typeIn } from "./locust-entries.ts";
import { percentileNames, percentilesOf, summaryOf } from "./locust-times.ts";
import { rowKey } from "./row.ts";

const columns = [
  ...["Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s", ...percentileNames],
  ...["Total Request Count", "Total Failure Count", "Total Median Response Time", "Total Average Response Time"],
  ...["Total Min Response Time", "Total Max Response Time", "Total Average Content Size"],
];

/** What was requested so far. */
class Running {
  requests = 0;
  failures = 0;
  /** Null where an older version stored no times of a second. */
  times: Histogram | null = new Histogram();

  add({ count, failures }: Counted, times: Histogram | null): void {
    this.requests += count + failures;
    this.failures += failures;
    if (times === null) this.times = null;
    else this.times?.add(times.times());
  }
}

type Counted = Pick<Second["steps"][string], "count" | "failures">;

/**
 * The lines of Locust's history file: two a second, of the cell that was measured and of everything so far. Percentiles are
 * the second's own, as with Locust's `--csv-full-history`.
 */
export function locustHistory(run: Run): readonly (readonly (string | number | null)[])[] {
  const typeOf = typeIn(run);
  const all = new Running();
  const rows = new Map<string, Running>();
  const lines = (run.series ?? []).flatMap((second) => {
    const { cell, steps, vus, startedAt, durationMs } = second;
    const own = rows.get(rowKey(cell)) ?? new Running();
    rows.set(rowKey(cell), own);
    const counted = steps.total ?? { count: 0, failures: 0 };
    const times = timesOf(second);
    const endedAt = startedAt === undefined ? null : Math.floor((Date.parse(startedAt) + durationMs) / 1000);
    const rates = [counted.count + counted.failures, counted.failures].map((n) => ((1000 * n) / durationMs).toFixed(6));
    const percentiles = times === null ? percentileNames.map(() => "N/A") : percentilesOf(times);
    const line = (type: string, name: string, so: Running) => {
      so.add(counted, times);
      const summary = so.times === null ? ["N/A", "N/A", "N/A", "N/A"] : summaryOf(so.times);
      return [endedAt, vus, type, name, ...rates, ...percentiles, so.requests, so.failures, ...summary, null];
    };
    return [line(typeOf(cell), locustName(cell), own), line("", "Aggregated", all)];
  });
  return [columns, ...lines];
}

function timesOf({ steps: { total } }: Second): Histogram | null {
  if (total === undefined) return new Histogram();
  return total.histogram === undefined ? null : Histogram.decode(total.histogram);
}
