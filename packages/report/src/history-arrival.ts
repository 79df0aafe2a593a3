import { counted } from "./format.ts";
import { type History, seriesKey } from "./history.ts";
import type { Gathered, HistoryPoint } from "./history-point.ts";

/** What a person must know of points that are added: what is new, what they replace, and what there was no value of. */
export function arrivalWords(known: Pick<History, "points">, { points, leftOut }: Gathered): readonly string[] {
  const [first] = points;
  if (first === undefined) return leftOutWords(leftOut);
  return [...newWords(known.points, points, first), ...replacedWords(known.points, points), ...leftOutWords(leftOut)];
}

function newWords(
  known: readonly HistoryPoint[],
  points: readonly HistoryPoint[],
  first: HistoryPoint,
): readonly string[] {
  const here = known.filter(({ machine }) => machine.id === first.machine.id);
  if (here.length === 0) {
    const others = known.length === 0 ? "" : ", which others' nights are not comparable with";
    return [`first night on this machine, ${first.machine.label} [${first.machine.id}]${others}`];
  }
  const before = new Set(here.map(seriesKey));
  const fresh = points.filter((point) => !before.has(seriesKey(point)));
  if (fresh.length === 0) return [];
  const methods = new Set(here.map(({ method }) => method));
  const scenarios = [...new Set(fresh.map(({ cell }) => cell.scenario))].join(", ");
  const why = methods.has(first.method)
    ? `of ${scenarios}`
    : `of ${scenarios}, as the method ${first.method} is: it measures otherwise than before`;
  return [`first night of ${fresh.length} series, ${why}`];
}

function replacedWords(known: readonly HistoryPoint[], points: readonly HistoryPoint[]): readonly string[] {
  const placeOf = (point: HistoryPoint): string => [point.machine.id, point.night, seriesKey(point)].join("\n");
  const taken = new Map(known.map((point) => [placeOf(point), point.run]));
  const replaced = points.filter((point) => taken.has(placeOf(point)));
  if (replaced.length === 0) return [];
  const runs = [...new Set(replaced.map((point) => taken.get(placeOf(point))))].join(", ");
  return [`${counted(replaced.length, "point")} of that night, of ${runs}, count no more: the last one added does`];
}

function leftOutWords(leftOut: Gathered["leftOut"]): readonly string[] {
  return [...leftOut].map(([reason, times]) => `no value for ${times} series: ${reason}`);
}
