import type { Expectation } from "@apb/core/run";
import {
  type Expected,
  type ExpectedMetric,
  type ExpectedRow,
  expectedMetrics,
  isAlike,
  vusText,
} from "./expectations.ts";
import { notApplicable, number, times } from "./format.ts";
import { whoColumns } from "./key-columns.ts";
import { metricOf } from "./metrics.ts";
import { type ColumnOf, plain, type Section, type Shown, sectionOf, valueColumn } from "./section.ts";

/** The one place that is not in MiB. */
const megabytes = "memory is in MB here, as the expectations are: 105 MB are 100 MiB in the other tables";

/** Expected against measured as a table; the remarks under it are those of its figures, each once. */
export function expectationSection(rows: readonly ExpectedRow[]): Section {
  const differing = rows.flatMap(({ figures }) => figures.filter(({ ratio }) => ratio === null || !isAlike(ratio)));
  return sectionOf({
    title: "Expected against measured",
    caption:
      "expected → measured (ratio); the expectations name no method, model or machine, so a difference is a fault of neither side",
    columns: [...whoColumns(rows, ({ line }) => line), ...expectedMetrics.map((metric) => figureColumn(metric, rows))],
    groups: [rows],
    remarks: [...new Set(differing.map(({ remark }) => remark)), megabytes].sort(),
  });
}

function figureColumn({ key, metric, unit }: ExpectedMetric, rows: readonly ExpectedRow[]): ColumnOf<ExpectedRow> {
  const vus = rows.map((row) => figureOf(row, key)?.vus).find((one) => one !== undefined);
  const { title } = metricOf(metric);
  const header = vus === undefined ? title : `${vusText(vus)}\n${title}`;
  return valueColumn<ExpectedRow>(1, header, unit, (row) => figureText(figureOf(row, key)));
}

function figureOf({ figures }: ExpectedRow, key: keyof Expectation): Expected | undefined {
  return figures.find(({ metric }) => metric === key);
}

function figureText(figure: Expected | undefined): Shown {
  if (figure === undefined) return plain(notApplicable);
  const { expected, measured, ratio } = figure;
  if (measured === null || ratio === null) return plain(`${expected.toLocaleString("en-US")} → ${notApplicable}`);
  return plain(`${expected.toLocaleString("en-US")} → ${number(measured)} (${times(ratio)})`);
}
