import type { Run, RunInfo } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { conclusionText } from "./conclusion-text.ts";
import { type Course, concluded, coursesOf } from "./courses.ts";
import { mib, noValue, number, whole } from "./format.ts";
import { whoColumns } from "./key-columns.ts";
import { namesOf } from "./names.ts";
import { groupedBy } from "./order.ts";
import { changes, pointKey, type Row } from "./row.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, valueColumn } from "./section.ts";

/** A load that is the same all the time is shown over time where its window is as long as this. */
const longMs = 5000;
/** Lines of a cell, and of all cells together: of longer ones every nth second is left. */
const mostLines = 60;
const mostLinesOfAll = 300;

/** How ramps and long loads went, second by second: a table for each scenario, case and load; none for short steady loads. */
export function timeSections(rows: readonly Row[], { info, series = [] }: Run): readonly Section[] {
  const courses = coursesOf(rows, series).filter((course) => isTold(course, info));
  const longest = Math.max(0, ...courses.map(({ seconds }) => seconds.length));
  const room = Math.min(mostLines, Math.ceil(mostLinesOfAll / courses.length));
  const every = Math.ceil(longest / room);
  const names = namesOf(rows, info.selection);
  return groupedBy(courses, ({ row }) => pointKey(row.cell)).map((own) => {
    const [{ row }] = own as readonly [Course, ...Course[]];
    const groups = own.map(({ row: { cell }, seconds }) =>
      seconds.filter(({ second }) => second % every === 0).map((second) => ({ cell, second })),
    );
    return sectionOf({
      title: `${names.place(row.cell)}: over time`,
      caption: captionOf(row, every, info),
      columns: [...whoColumns(groups.flat(), ({ cell }) => cell), ...columns],
      groups,
      remarks: [
        ...(row.load?.model === "open" ? ["VUs: of an open load the connections that are busy"] : []),
        ...own.flatMap((course) => concludedOf(course, info).map((text) => `${names.who(course.row.cell)}: ${text}`)),
      ],
    });
  });
}

function captionOf({ cell }: Row, every: number, { profile: { rounds } }: RunInfo): string {
  const lines = every === 1 ? "a line a second" : `a line for one second of each ${every}`;
  return `${cell.load}; ${lines}${rounds === 1 ? "" : ", of the first round that has them"}; VUs at its end`;
}

function concludedOf(course: Course, info: RunInfo): readonly string[] {
  return concluded(course, info).map(({ workload, open, conclusion }) => {
    const text = conclusionText(conclusion, open ? "a second" : "VUs");
    return workload === null ? text : `${workload}: ${text}`;
  });
}

function isTold({ row, seconds }: Course, { loads }: RunInfo): boolean {
  const load = loads[row.cell.load];
  return (
    seconds.reduce((sum, { durationMs }) => sum + durationMs, 0) >= longMs || (load !== undefined && changes(load))
  );
}

interface Line {
  readonly cell: Row["cell"];
  readonly second: Second;
}

function value(
  header: string,
  unit: string,
  of: (second: Second) => number | null,
  format: (value: number) => string,
): ColumnOf<Line> {
  return valueColumn<Line>(1, header, unit, ({ second }) => {
    const known = of(second);
    return plain(known === null ? noValue : format(known));
  });
}

const columns: readonly ColumnOf<Line>[] = [
  keyColumn<Line>("second", ({ second }) => whole(second.second), "right"),
  value("VUs", "", ({ vus }) => vus, whole),
  value("RPS", "1/s", ({ operations, durationMs }) => (1000 * operations) / durationMs, number),
  value("p50", "ms", ({ steps }) => steps.total?.p50Ms ?? null, number),
  value("p99", "ms", ({ steps }) => steps.total?.p99Ms ?? null, number),
  value("failed", "", ({ steps, dropped }) => (steps.total?.failures ?? 0) + dropped, whole),
  value("server\nCPU", "%", ({ server }) => server?.cpuPercent ?? null, number),
  value("server\nmemory", "MiB", ({ server }) => server?.rssBytes ?? null, mib),
];
