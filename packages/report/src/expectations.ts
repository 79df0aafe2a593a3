import type { Expectation, Expectations } from "@apb/core/run";
import { notApplicable, number, times } from "./format.ts";
import type { HeadlineRow } from "./headline.ts";
import { whoColumns } from "./headline-section.ts";
import type { Quantity } from "./quantity.ts";
import { plain, type Section, type Shown, sectionOf, valueColumn } from "./section.ts";

/** One printed figure held against one measured one, both in the expectation's unit. */
export interface Expected {
  readonly metric: keyof Expectation;
  readonly expected: number;
  readonly measured: number | null;
  /** Measured over expected; null where nothing was measured. */
  readonly ratio: number | null;
  /** What differs, and why it can. */
  readonly remark: string;
}

/** A binding's measured figures against those expected of its protocol. */
export interface ExpectedRow {
  readonly line: HeadlineRow;
  readonly figures: readonly Expected[];
}

interface Metric {
  readonly key: keyof Expectation;
  readonly title: string;
  readonly unit: string;
  readonly of: (line: HeadlineRow) => Quantity;
  /** How many of the quantity's unit make one of the expectation's. */
  readonly per: number;
  /** Why less, and why more, than expected can be measured. */
  readonly below: string;
  readonly above: string;
}

/** Within this ratio, either way, expected and measured are called alike: expectations are round numbers. */
const alike = 1.25;

const metrics: readonly Metric[] = [
  {
    key: "meanMs",
    title: "mean latency",
    unit: "ms",
    of: (line) => line.meanMs,
    per: 1,
    below: "client and server share one machine and the agent answers at once: no network, no model",
    above: "all users wait for the few cores that client and server share",
  },
  {
    key: "requestsPerSecond",
    title: "best RPS",
    unit: "1/s",
    of: (line) => line.bestOperationsPerSecond,
    per: 1,
    below: "the load generator takes its share of the same cores and may itself be the limit (see the marks)",
    above: "the agent does no work of its own",
  },
  {
    key: "memoryMegabytes",
    title: "memory",
    unit: "MB",
    of: (line) => line.rssPeakBytes,
    per: 1_000_000,
    below: "the server does nothing but answer",
    above: "this is the peak over all cells, those with the most connections included, runtime and libraries counted",
  },
  {
    key: "cpuPercent",
    title: "server CPU",
    unit: "%",
    of: (line) => line.cpuPercent,
    per: 1,
    below: "the load leaves the server idle for a part of the time",
    above: "users without pauses drive a server as far as it goes: compare CPU per operation instead",
  },
];

/** Every line whose protocol has expectations, figure by figure. */
export function expectedAgainstMeasured(
  lines: readonly HeadlineRow[],
  expectations: Expectations,
): readonly ExpectedRow[] {
  return lines.flatMap((line) => {
    const expectation = line.protocol === null ? undefined : expectations[line.protocol];
    return expectation === undefined
      ? []
      : [{ line, figures: metrics.map((metric) => hold(metric, line, expectation)) }];
  });
}

function hold(metric: Metric, line: HeadlineRow, expectation: Expectation): Expected {
  const expected = expectation[metric.key];
  const { value, missing } = metric.of(line);
  if (value === null)
    return { metric: metric.key, expected, measured: null, ratio: null, remark: `${metric.title}: ${missing}` };
  const measured = value / metric.per;
  const ratio = measured / expected;
  return { metric: metric.key, expected, measured, ratio, remark: `${metric.title} ${remarkOn(metric, ratio)}` };
}

function remarkOn(metric: Metric, ratio: number): string {
  if (isAlike(ratio)) return "as expected";
  return ratio > 1 ? `above expectation: ${metric.above}` : `below expectation: ${metric.below}`;
}

function isAlike(ratio: number): boolean {
  return ratio <= alike && ratio >= 1 / alike;
}

/** The one place that is not in MiB. */
const megabytes = "memory is in MB here, as the expectations are: 105 MB are 100 MiB in the other tables";

/** Expected against measured as a table; the remarks under it are those of its figures, each once. */
export function expectationSection(rows: readonly ExpectedRow[]): Section {
  const differing = rows.flatMap(({ figures }) => figures.filter(({ ratio }) => ratio === null || !isAlike(ratio)));
  return sectionOf({
    title: "Expected against measured",
    caption:
      "expected → measured (ratio); the expectations name no method, body size, model or machine, so a difference is a fault of neither side",
    columns: [
      ...whoColumns(rows, ({ line }) => line),
      ...metrics.map(({ title, unit, key }) =>
        valueColumn<ExpectedRow>(1, title, unit, ({ figures }) =>
          figureText(figures.find(({ metric }) => metric === key)),
        ),
      ),
    ],
    groups: [rows],
    remarks: [...new Set(differing.map(({ remark }) => remark)), megabytes].sort(),
  });
}

function figureText(figure: Expected | undefined): Shown {
  if (figure === undefined) return plain(notApplicable);
  const { expected, measured, ratio } = figure;
  if (measured === null || ratio === null) return plain(`${expected.toLocaleString("en-US")} → ${notApplicable}`);
  return plain(`${expected.toLocaleString("en-US")} → ${number(measured)} (${times(ratio)})`);
}
