import type { Run } from "@apb/core/run";
import { csvText } from "./csv.ts";
import { aggregated, type LocustEntry, locustEntries } from "./locust-entries.ts";
import { locustFailures } from "./locust-failures.ts";
import { locustHistory } from "./locust-history.ts";
import { percentileNames, percentilesOf, rounded, summaryOf } from "./locust-times.ts";
import { sum } from "./quantity.ts";

const statsColumns = [
  ...["Type", "Name", "Request Count", "Failure Count"],
  ...["Median Response Time", "Average Response Time", "Min Response Time", "Max Response Time"],
  ...["Average Content Size", "Requests/s", "Failures/s", ...percentileNames],
];

/** A run as the files that Locust's `--csv PREFIX` writes, by what follows the prefix, column for column; times in milliseconds. */
export function locustFiles(run: Run): Readonly<Record<string, string>> {
  return {
    "_stats.csv": csvText([statsColumns, ...statsOf(run)]),
    "_stats_history.csv": csvText(locustHistory(run)),
    "_failures.csv": csvText(locustFailures(run)),
    "_exceptions.csv": csvText([["Count", "Message", "Traceback", "Nodes"]]),
  };
}

function statsOf(run: Run): readonly (readonly (string | number | null)[])[] {
  const entries = locustEntries(run);
  const measured = run.results.filter((result) => result.status === "measured");
  const all = aggregated(entries, sum(measured.map(({ load }) => load.durationMs)));
  return [...entries, all].map((entry) => [
    ...[
      entry.type,
      entry.name,
      entry.requests,
      entry.failures,
      ...summaryOf(entry.times),
      roundedOf(entry.contentBytes),
    ],
    ...[perSecond(entry, entry.requests), perSecond(entry, entry.failures), ...percentilesOf(entry.times)],
  ]);
}

function perSecond({ windowMs }: LocustEntry, times: number): number {
  return windowMs === 0 ? 0 : rounded((1000 * times) / windowMs);
}

function roundedOf(value: number | null): number | null {
  return value === null ? null : rounded(value);
}
