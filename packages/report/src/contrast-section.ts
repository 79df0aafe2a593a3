import type { RunInfo } from "@apb/core/run";
import type { Contrast, ContrastRow } from "./contrast.ts";
import type { Footnotes } from "./footnotes.ts";
import { noValue, times } from "./format.ts";
import { whoColumns } from "./key-columns.ts";
import { metricOf, type ShownMetric } from "./metrics.ts";
import { namesOf } from "./names.ts";
import type { Quantity } from "./quantity.ts";
import { fewRounds } from "./rounds.ts";
import { keyColumn, plain, type Section, type Shown, sectionOf, valueColumn } from "./section.ts";

const noDifference = "n.d.: no difference shown, for the rounds do not agree which of the two is greater";

const loadsRemark =
  "p50 and p99 are of one VU, or of arrivals at a rate, where there is such a cell; all else is of the load with the most VUs";

/** The rows of a contrast as a table; none when there are none. */
export function contrastSections(
  contrast: Contrast,
  rows: readonly ContrastRow[],
  info: RunInfo,
  notes: Footnotes,
): readonly Section[] {
  if (rows.length === 0) return [];
  const { title, caption, remark, what, metrics } = contrast;
  const names = namesOf(rows, info.selection);
  return [
    sectionOf({
      title,
      caption,
      columns: [
        keyColumn<ContrastRow>("case", ({ cell }) => names.place(cell)),
        ...whoColumns(rows, ({ cell }) => ({ ...cell, [what]: "" })),
        ...metrics.map(metricOf).map((metric) => {
          const part = metric.aspect === "speed" ? 1 : 2;
          return valueColumn<ContrastRow>(part, metric.title, metric.unit, (row) => figureText(metric, row));
        }),
      ],
      groups: [rows],
      remarks: [loadsRemark, remark, noDifference, ...fewRounds(info)],
      footnotes: { notes, marks: ({ base, other }) => [...base, ...other].flatMap((row) => notes.of(row)) },
    }),
  ];
}

function figureText({ key, format }: ShownMetric, { figures }: ContrastRow): Shown {
  const figure = figures.find(({ metric }) => metric === key);
  if (figure === undefined) return plain(noValue);
  const { base, other, ratio: over } = figure;
  const side = (value: number | null): string => (value === null ? noValue : format(value));
  const text = `${side(base)} → ${side(other)}`;
  if (over.value === null) return { text, missing: over.missing };
  return plain(`${text} (${agree(over.rounds) ? times(over.value) : "n.d."})`);
}

/** Whether every round's ratio says that the same side is the greater. */
function agree(ratios: Quantity["rounds"]): boolean {
  const known = ratios.filter((one) => one !== null);
  return known.every((one) => one > 1) || known.every((one) => one < 1);
}
