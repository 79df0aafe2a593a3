import { Failure } from "@apb/core/failure";
import { type Accepted, type History, isAnchored, isOf, kindKey, type SeriesFilter, seriesKey } from "./history.ts";
import { type HistoryPoint, historyVersion, type Machine } from "./history-point.ts";
import { groupedBy } from "./order.ts";

/** Which values become the baseline. */
export interface Wish {
  /** A night, the id of a run, or null for the last night of each machine and kind. */
  readonly which: string | null;
  /** The id of a machine, or null for all. */
  readonly machine: string | null;
  readonly only: SeriesFilter;
  /** ISO 8601. */
  readonly at: string;
}

/** What somebody accepts, for each machine and kind that has it, with what it is called. Throws `usage` where there is no such night or run. */
export function acceptanceOf(
  { points }: Pick<History, "points">,
  { which, machine, only, at }: Wish,
): readonly { readonly machine: Machine; readonly method: string; readonly series: number; readonly line: Accepted }[] {
  const own = points.filter((point) => !isAnchored(point) && isOf(only, point));
  const here = own.filter((point) => machine === null || point.machine.id === machine);
  const found = groupedBy(here, kindKey).flatMap((all) => {
    const meant = all.filter(
      which === null ? isOfNight(lastNight(all)) : isNight(which) ? isOfNight(which) : isOfRun(which),
    );
    const [first] = meant;
    if (first === undefined) return [];
    const runs = [...new Set(meant.map(({ run }) => run))];
    const line: Accepted = {
      ...{ schemaVersion: historyVersion, kind: "accepted", night: first.night },
      ...{ machine: first.machine.id, only, runs, acceptedAt: at },
    };
    const series = new Set(meant.map(seriesKey)).size;
    return [{ machine: first.machine, method: first.method, series, line }];
  });
  if (found.length === 0) throw new Failure("usage", noneOf(which, here));
  return found;
}

function isNight(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}

function isOfNight(wanted: string): (point: HistoryPoint) => boolean {
  return ({ night }) => night === wanted;
}

function isOfRun(wanted: string): (point: HistoryPoint) => boolean {
  return ({ run }) => run === wanted;
}

function lastNight(points: readonly HistoryPoint[]): string {
  return (
    points
      .map(({ night }) => night)
      .sort()
      .at(-1) ?? ""
  );
}

function noneOf(which: string | null, here: readonly HistoryPoint[]): string {
  if (here.length === 0) return "there is no run of such series in this history: nothing can be the baseline";
  const nights = [...new Set(here.map(({ night }) => night))].sort();
  const known = nights.length === 1 ? `the night of ${nights[0]}` : `nights from ${nights[0]} to ${nights.at(-1)}`;
  return `${which} is no night and no run of this history, which has ${known}; expected a date, like ${nights.at(-1)}, or a run's id`;
}
