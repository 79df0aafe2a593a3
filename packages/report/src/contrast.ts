import type { Run, RunInfo } from "@apb/core/run";
import { type Metric, metrics } from "./comparison-metrics.ts";
import type { Footnotes } from "./footnotes.ts";
import { caseText, noValue, number, times } from "./format.ts";
import { whoColumns } from "./headline-section.ts";
import { median, type Quantity, quantity, ratio } from "./quantity.ts";
import { fewRounds, type PairedRound, pairedRounds } from "./rounds.ts";
import { type MeasuredRow, type Row, type RowCell, rowKey } from "./rows.ts";
import { keyColumn, plain, type Section, type Shown, sectionOf, valueColumn } from "./section.ts";

/** A number that two kinds of the same row are held side by side by. */
type Shade = Pick<Metric, "title" | "unit" | "of" | "format"> & {
  readonly key: Metric["key"] | "generatorCpuMsPerOperation";
  /** Columns of one part stand in one table. */
  readonly part: 1 | 2;
};

/** Two kinds of one thing, of which the other does the same work in more steps. */
export interface Contrast {
  readonly title: string;
  readonly caption: string;
  readonly remark: string;
  readonly what: "server" | "client";
  readonly base: string;
  readonly other: string;
  readonly shades: readonly Shade[];
}

const shade = (key: Metric["key"]): Shade => {
  const metric = metrics.find((one) => one.key === key) as Metric;
  return { ...metric, key, part: metric.aspect === "speed" ? 1 : 2 };
};

const common = [shade("p50Ms"), shade("p99Ms"), shade("operationsPerSecond")];

/** What an official SDK costs as a server, and what a library costs as a client. */
export const contrasts = {
  sdk: {
    title: "What the SDK costs",
    caption:
      "reference server → SDK's server, medians of the rounds (SDK over reference, the median of the rounds' own ratios)",
    remark:
      "where the client limits a side (see the marks), latency and RPS show less than the whole difference; CPU per operation is counted in the server",
    ...{ what: "server", base: "reference", other: "sdk" },
    shades: [...common, shade("rssPeakBytes"), shade("cpuMsPerOperation")],
  },
  library: {
    title: "What the library costs",
    caption:
      "wire client → library client, medians of the rounds (library over wire, the median of the rounds' own ratios): what an application pays on top of the protocol",
    remark:
      "client CPU is of the whole load generator, whose own part both sides share: the library's own ratio is higher",
    ...{ what: "client", base: "wire", other: "library" },
    shades: [
      ...common,
      {
        key: "generatorCpuMsPerOperation",
        title: "client\nCPU",
        unit: "ms/op",
        part: 2,
        of: (row) => row.generator.cpuMsPerOperation,
        format: number,
      },
    ],
  },
} as const satisfies Readonly<Record<string, Contrast>>;

const noDifference = "n.d.: no difference shown, for the rounds do not agree which of the two is greater";

/** One number of a row in both kinds. */
export interface ContrastFigure {
  readonly metric: Shade["key"];
  /** Medians of the rounds that were measured in both kinds; null where none has a value. */
  readonly base: number | null;
  readonly other: number | null;
  /** Other over base, worked out in each round that has both, so that what a round did to both is no difference: the median. */
  readonly ratio: Quantity;
}

/** A row that was measured in both kinds. */
export interface ContrastRow {
  readonly cell: RowCell;
  readonly base: MeasuredRow;
  readonly other: MeasuredRow;
  readonly figures: readonly ContrastFigure[];
}

/** A pair for every row measured in both kinds, in the rows' order; its cell is the base's. */
export function contrastRows(contrast: Contrast, rows: readonly Row[], { results }: Run): readonly ContrastRow[] {
  const { what, shades } = contrast;
  const measured = new Map(rows.flatMap((row) => (row.status === "measured" ? [[rowKey(row.cell), row]] : [])));
  return [...measured.values()].flatMap((base) => {
    if (base.cell[what] !== contrast.base) return [];
    const otherKey = keyOf(base.cell, contrast, contrast.other);
    const other = measured.get(otherKey);
    if (other === undefined) return [];
    const rounds = pairedRounds(rowKey(base.cell), otherKey, results);
    const missing = `no round was measured with both ${what}s`;
    return [{ cell: base.cell, base, other, figures: shades.map((one) => figureOf(one, rounds, missing)) }];
  });
}

function keyOf(cell: RowCell, { what }: Contrast, kind: string): string {
  return rowKey({ ...cell, [what]: kind });
}

function figureOf(metric: Shade, rounds: readonly PairedRound[], none: string): ContrastFigure {
  const bases = rounds.map(({ base }) => metric.of(base));
  const others = rounds.map(({ other }) => metric.of(other));
  const ratios = others.map(({ value: of }, n) => {
    const over = bases[n]?.value ?? null;
    return of === null || over === null ? null : ratio(of, over);
  });
  const missing = [...bases, ...others].map((one) => one.missing).find((reason) => reason !== null) ?? none;
  const middle = (side: readonly Quantity[]): number | null =>
    quantity(
      side.map(({ value }) => value),
      median,
      missing,
    ).value;
  return { metric: metric.key, base: middle(bases), other: middle(others), ratio: quantity(ratios, median, missing) };
}

/** The rows of a contrast as a table; none when there are none. */
export function contrastSections(
  contrast: Contrast,
  rows: readonly ContrastRow[],
  info: RunInfo,
  notes: Footnotes,
): readonly Section[] {
  if (rows.length === 0) return [];
  const { title, caption, remark, what, shades } = contrast;
  return [
    sectionOf({
      title,
      caption,
      columns: [
        keyColumn<ContrastRow>("case", ({ cell }) => `${cell.scenario} ${caseText(cell.case)}`.trim()),
        ...whoColumns(rows, ({ cell }) => ({ ...cell, [what]: "" })),
        ...shades.map((one) => valueColumn<ContrastRow>(one.part, one.title, one.unit, (row) => figureText(one, row))),
      ],
      groups: [rows],
      remarks: [remark, noDifference, ...fewRounds(info)],
      footnotes: { notes, marks: ({ base, other }) => [...notes.of(base), ...notes.of(other)] },
    }),
  ];
}

function figureText({ key, format }: Shade, { figures }: ContrastRow): Shown {
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
