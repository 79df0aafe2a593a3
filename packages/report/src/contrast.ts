import type { Run } from "@apb/core/run";
import { median } from "@apb/stats/median";
import type { Role } from "./metric.ts";
import { type MetricKey, metricOf, type ShownMetric } from "./metrics.ts";
import { giving, type Pair, pairsOf, rowsOfPair } from "./pairs.ts";
import { type Quantity, quantity, ratio } from "./quantity.ts";
import { type PairedRound, pairedRounds, type RoundsOf, roundsIn } from "./rounds.ts";
import { type MeasuredRow, type Row, type RowCell, rowKey } from "./row.ts";

/** Two kinds of server, or of client, that do the same work: what the other costs is told by its ratio to the base. */
export interface Contrast {
  readonly title: string;
  readonly caption: string;
  readonly remark: string;
  readonly what: "server" | "client";
  readonly base: string;
  readonly other: string;
  /** The numbers that both are held side by side by. */
  readonly metrics: readonly MetricKey[];
}

const common = ["p50Ms", "p99Ms", "operationsPerSecond"] as const;

/** What an official SDK costs as a server, and what a library costs as a client. */
export const contrasts = {
  sdk: {
    title: "What the SDK costs",
    caption:
      "reference server → SDK's server, medians of the rounds (SDK over reference, the median of the rounds' own ratios)",
    remark:
      "where the client limits a side (see the marks), latency and RPS show less than the whole difference; CPU per operation is counted in the server",
    ...{ what: "server", base: "reference", other: "sdk" },
    metrics: [...common, "rssPeakBytes", "cpuMsPerOperation"],
  },
  library: {
    title: "What the library costs",
    caption:
      "wire client → library client, medians of the rounds (library over wire, the median of the rounds' own ratios): what an application pays on top of the protocol",
    remark:
      "client CPU is of the whole load generator, whose own part both sides share: the library's own ratio is higher",
    ...{ what: "client", base: "wire", other: "library" },
    metrics: [...common, "clientCpuMsPerOperation"],
  },
} as const satisfies Readonly<Record<string, Contrast>>;

/** One number of a row in both kinds. */
export interface ContrastFigure {
  readonly metric: MetricKey;
  /** The load it is under. */
  readonly load: string;
  /** Medians of the rounds that were measured in both kinds; null where none has a value. */
  readonly base: number | null;
  readonly other: number | null;
  /** Other over base, worked out in each round that has both, so that what a round did to both is no difference: the median. */
  readonly ratio: Quantity;
}

/** What was measured in both kinds: of each the rows that the figures are from. */
export interface ContrastRow {
  readonly cell: RowCell;
  readonly base: readonly MeasuredRow[];
  readonly other: readonly MeasuredRow[];
  readonly figures: readonly ContrastFigure[];
}

/** Every case that was measured in both kinds, in the order of the first kind's rows. Pure. */
export function contrastRows(contrast: Contrast, rows: readonly Row[], { results }: Run): readonly ContrastRow[] {
  const measured = rows.filter((row) => row.status === "measured");
  const byKey = new Map(measured.map((row) => [rowKey(row.cell), row]));
  const otherOf = ({ cell }: Row): MeasuredRow | undefined =>
    byKey.get(rowKey({ ...cell, [contrast.what]: contrast.other }));
  const roundsOf = roundsIn(results);
  const bases = pairsOf(
    measured.filter(({ cell }) => cell[contrast.what] === contrast.base),
    measured,
  );
  return bases.flatMap((pair) => {
    const base = rowsOfPair(pair).filter((row) => row.status === "measured");
    const other = base.flatMap((row) => otherOf(row) ?? []);
    if (other.length === 0) return [];
    return [{ cell: pair.cell, base, other, figures: figuresOf(contrast, pair, roundsOf) }];
  });
}

function figuresOf({ what, other, metrics }: Contrast, pair: Pair, roundsOf: RoundsOf): readonly ContrastFigure[] {
  const missing = `no round was measured with both ${what}s`;
  const sides = (role: Role) => {
    const { cell } = giving(pair, role);
    return { load: cell.load, rounds: pairedRounds(rowKey(cell), rowKey({ ...cell, [what]: other }), roundsOf) };
  };
  const by: Readonly<Record<Role, ReturnType<typeof sides>>> = { roundTrip: sides("roundTrip"), busy: sides("busy") };
  return metrics.map((key) => {
    const metric = metricOf(key);
    const { load, rounds } = by[metric.from];
    return { metric: key, load, ...figureOf(metric, rounds, missing) };
  });
}

function figureOf(
  metric: ShownMetric,
  rounds: readonly PairedRound[],
  none: string,
): Pick<ContrastFigure, "base" | "other" | "ratio"> {
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
  return { base: middle(bases), other: middle(others), ratio: quantity(ratios, median, missing) };
}
