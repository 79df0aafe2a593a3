import type { Ceiling } from "@apb/core/ceiling";
import { Failure } from "@apb/core/failure";
import type { Run, RunInfo } from "@apb/core/run";
import { mergedThresholds } from "@apb/core/threshold-summary";
import { differences } from "./comparability.ts";
import { counted } from "./format.ts";

/** What runs of one table may have each for itself; all else must be alike. */
const own: readonly string[] = ["selection bindings", "selection target"];

/**
 * Runs of different bindings, measured one after the other, as one run with all their rows; one run is itself.
 * Throws `usage` for runs on different machines or of different tasks, and for two of the same binding.
 */
export function mergedRuns(runs: readonly [Run, ...Run[]]): Run {
  const [first, ...others] = runs;
  if (others.length === 0) return first;
  for (const { info } of others) requireAlike(first.info, info);
  requireOnce(runs);
  const apart = `these are the rows of ${counted(runs.length, "run")}, one after the other and not in the same rounds: what changed on the machine meanwhile is in the differences between them`;
  return {
    ...first,
    info: mergedInfo(runs.map(({ info }) => info)),
    results: runs.flatMap(({ results }) => results),
    series: runs.flatMap(({ series = [] }) => series),
    notes: [apart, ...runs.flatMap(({ notes = [] }) => notes)],
  };
}

function requireAlike(first: RunInfo, other: RunInfo): void {
  const [different] = differences(first, other).filter(({ what }) => !own.includes(what));
  if (different === undefined) return;
  const { what, baseline, candidate } = different;
  throw new Failure(
    "usage",
    `${other.id} is no part of one table with ${first.id}: ${what} is ${candidate}, it was ${baseline}; print it by itself`,
  );
}

function requireOnce(runs: readonly Run[]): void {
  const bindings = runs.flatMap(({ info }) => info.selection.bindings);
  const twice = bindings.find((id, at) => bindings.indexOf(id) !== at);
  if (twice === undefined) return;
  throw new Failure(
    "usage",
    `expected each binding in one of the runs, got ${twice} in two: put them to bench compare`,
  );
}

function mergedInfo(infos: readonly RunInfo[]): RunInfo {
  const [first] = infos as readonly [RunInfo];
  const { target: _, serve: __, serveEnv: ___, ...selection } = first.selection;
  // ISO 8601 sorts by time.
  const [startedAt = first.startedAt] = infos.map((info) => info.startedAt).sort();
  const ends = infos.map(({ endedAt }) => endedAt).sort();
  const sdks = Object.assign({}, ...infos.map((info) => info.sdks ?? {})) as Record<string, string>;
  const ceilings = highest(infos.flatMap((info) => info.ceilings ?? []));
  const thresholds = mergedThresholds(infos.map((info) => info.thresholds ?? []));
  return {
    ...first,
    id: `${first.id} and ${infos.length - 1} more`,
    selection: { ...selection, bindings: infos.flatMap((info) => info.selection.bindings) },
    bindings: Object.assign({}, ...infos.map(({ bindings }) => bindings)),
    loads: Object.assign({}, ...infos.map(({ loads }) => loads)),
    ...(Object.keys(sdks).length === 0 ? {} : { sdks }),
    ...(ceilings.length === 0 ? {} : { ceilings }),
    ...(thresholds.length === 0 ? {} : { thresholds }),
    startedAt,
    endedAt: ends.includes(null) ? null : (ends.at(-1) ?? null),
    exit: (infos.find(({ exit }) => exit !== "completed") ?? first).exit,
  };
}

/** The highest ceiling of each client: where one run's is lower, the machine did something else meanwhile. */
function highest(ceilings: readonly Ceiling[]): readonly Ceiling[] {
  const best = new Map<string, Ceiling>();
  for (const ceiling of ceilings) {
    const key = `${ceiling.transport} ${ceiling.client}`;
    const before = best.get(key);
    if ((before?.operationsPerSecond ?? -1) < (ceiling.operationsPerSecond ?? 0)) best.set(key, ceiling);
  }
  return [...best.values()];
}
