import { number, times, whole } from "@apb/report/format";
import { type ColumnOf, keyColumn, plain, type Section, type Shown, sectionOf, valueColumn } from "@apb/report/section";
import { median } from "@apb/stats/median";
import type { Contender, Outcome } from "./contenders.ts";
import { figure } from "./program.ts";

/** What a contender did, round after round, and what stopped it. */
export interface Entry {
  readonly contender: Pick<Contender, "name" | "resolutionMs">;
  readonly outcomes: readonly Outcome[];
  readonly troubles: readonly string[];
}

/** The figures that are compared; medians over the rounds, null where there is none. */
export interface Medians {
  readonly requestsPerSecond: number | null;
  readonly countedPerSecond: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly cpuMsPerRequest: number | null;
}

/** An entry's medians. Pure. */
export function figuresOf({ outcomes }: Entry): Medians {
  const over = (of: (outcome: Outcome) => number | null | undefined): number | null => {
    const values = outcomes.map(of).filter((value) => value !== null && value !== undefined);
    return values.length === 0 ? null : median(values);
  };
  return {
    requestsPerSecond: over(({ reading }) => reading.requestsPerSecond),
    countedPerSecond: over(({ sighting }) => sighting?.countedPerSecond),
    p50Ms: over(({ reading }) => reading.p50Ms),
    p99Ms: over(({ reading }) => reading.p99Ms),
    cpuMsPerRequest: over(({ sighting }) => sighting?.cpuMsPerRequest),
  };
}

interface Line extends Medians {
  readonly name: string;
  readonly resolutionMs: number;
}

/** The entries side by side, each with its ratios to the first. Pure. */
export function calibrationSection(
  title: string,
  caption: string,
  entries: readonly Entry[],
  remarks: readonly string[],
): Section {
  const lines = entries.map((entry): Line => ({ ...entry.contender, ...figuresOf(entry) }));
  const [base] = lines;
  return sectionOf<Line>({
    title,
    caption,
    columns: [
      keyColumn("tool", ({ name }) => name),
      ...compared("RPS", "", base, ({ requestsPerSecond }) => requestsPerSecond, whole),
      valueColumn(0, "RPS by the\nserver's count", "", ({ countedPerSecond }) => figure(countedPerSecond, whole)),
      ...compared(
        "p50",
        "ms",
        base,
        ({ p50Ms }) => p50Ms,
        number,
        ({ resolutionMs }) => resolutionMs,
      ),
      ...compared(
        "p99",
        "ms",
        base,
        ({ p99Ms }) => p99Ms,
        number,
        ({ resolutionMs }) => resolutionMs,
      ),
      ...compared("CPU", "µs/request", base, ({ cpuMsPerRequest }) => scaled(cpuMsPerRequest, 1000), number),
    ],
    groups: [lines],
    remarks: [...remarks, ...entries.flatMap(troublesOf)],
  });
}

/** A figure, and how many times the base's it is. What a tool cannot tell apart from none has no ratio. */
function compared(
  header: string,
  unit: string,
  base: Line | undefined,
  of: (figures: Medians) => number | null,
  format: (value: number) => string,
  resolution: (line: Line) => number = () => 0,
): readonly ColumnOf<Line>[] {
  const isBelow = (line: Line): boolean => (of(line) ?? Number.POSITIVE_INFINITY) < resolution(line);
  const value = (line: Line): Shown => (isBelow(line) ? plain(`<${resolution(line)}`) : figure(of(line), format));
  const ratio = (line: Line): Shown => {
    const [mine, first] = [of(line), base === undefined ? null : of(base)];
    return figure(mine === null || !first || isBelow(line) ? null : mine / first, times);
  };
  return [valueColumn(0, header, unit, value), valueColumn(0, header, "× ours", ratio)];
}

function troublesOf({ contender, outcomes, troubles }: Entry): readonly string[] {
  const failures = outcomes.reduce((sum, { reading }) => sum + reading.failures, 0);
  return [
    ...troubles.map((trouble) => `${contender.name}: ${trouble}`),
    ...(failures > 0 ? [`${contender.name} says that ${whole(failures)} of its requests failed.`] : []),
  ];
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
