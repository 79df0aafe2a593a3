import { basename, join, resolve } from "node:path";
import { Failure } from "@apb/core/failure";
import { isAB, readAB } from "@apb/report/ab-store";
import { everySeries, type History, type SeriesFilter, type Trend, trendsOf } from "@apb/report/history";
import { acceptanceOf, type Wish } from "@apb/report/history-acceptance";
import { arrivalWords } from "@apb/report/history-arrival";
import { type Gathered, type HistoryMetric, pointsOfAB, pointsOfRun } from "@apb/report/history-point";
import { failuresOf, historyReporters, type Told } from "@apb/report/history-reporters";
import { appendHistory, historyFile, readHistory } from "@apb/report/history-store";
import { readRun } from "@apb/report/read";
import { defaultBindings, files } from "./catalog.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Format } from "./flags.ts";
import { requireHistoryFolder, runFolder } from "./run-folder.ts";

/** The metrics that may fail a drift, and that tables show, unless others are named: of many one is always off by chance. */
const gatedMetrics: readonly HistoryMetric[] = ["cpuMsPerOperation", "operationsPerSecond", "p50Ms"];

/** Where the history is. */
interface Where {
  readonly history?: string | undefined;
}

/** Which of its series. */
interface Which extends Where {
  readonly binding?: readonly string[] | undefined;
  readonly scenario?: readonly string[] | undefined;
  readonly metric?: readonly HistoryMetric[] | undefined;
  readonly machine?: string | undefined;
}

/** Prints the history. Resolves with the exit code: 1 where something drifted further than allowed. */
export async function show(
  flags: Which & { readonly format: Format; readonly failOnDrift?: number | undefined },
): Promise<number> {
  const folder = folderOf(flags);
  const history = await requireHistory(folder);
  const told = toldOf(history, flags);
  process.stdout.write(`${historyReporters[flags.format](told)}\n`);
  return failuresOf(told).length > 0 ? exitCodes.failed : exitCodes.fine;
}

function toldOf(
  history: History,
  { binding, scenario, metric, machine, failOnDrift }: Which & { readonly failOnDrift?: number | undefined },
): Told {
  const trends = trendsOf(history, filterOf({ binding, scenario, metric })).filter(
    (trend) => machine === undefined || trend.machine.id === machine,
  );
  if (trends.length === 0)
    throw new Failure("usage", `nothing in this history is of these; it has ${contents(history)}`);
  const gated = ({ series }: Trend): boolean => (metric ?? gatedMetrics).includes(series.metric);
  const usual = trends.filter(gated);
  return {
    ...{ shown: usual.length === 0 ? trends : usual, trends, notes: history.notes },
    gate: failOnDrift === undefined ? null : { limit: failOnDrift, trends: judged(usual, binding ?? defaultBindings) },
  };
}

/** Of the machine that measured last: what others have become nobody knows tonight. */
function judged(trends: readonly Trend[], bindings: readonly string[]): readonly Trend[] {
  const [last] = trends;
  const own = trends.filter(
    ({ machine, series }) => machine.id === last?.machine.id && bindings.includes(series.cell.binding),
  );
  if (own.length > 0) return own;
  throw new Failure(
    "usage",
    `--fail-on-drift: nothing to judge, since there is no series of ${gatedMetrics.join(", ")} of ${bindings.join(", ")}; name what is to be judged by --binding and --metric`,
  );
}

/** Adds a run's or an A/B's points to the history. Resolves with the exit code: 1 where there was nothing to add. */
export async function add(
  text: string,
  flags: Where & { readonly accept?: true | undefined; readonly commit?: string | undefined },
): Promise<number> {
  const folder = folderOf(flags);
  await requireHistoryFolder(folder);
  const gathered = await gatheredFrom(await runFolder(text), flags.commit);
  const known = (await readHistory(folder)) ?? { points: [], accepted: [], notes: [] };
  const { points } = gathered;
  const [first] = points;
  const words = [...known.notes, ...arrivalWords(known, gathered)];
  if (first === undefined) {
    process.stderr.write(sentences(["nothing was added: it has no numbers", ...words]));
    return exitCodes.failed;
  }
  const accepted =
    flags.accept === true
      ? acceptanceOf({ points }, { which: null, machine: null, only: everySeries, at: new Date().toISOString() })
      : [];
  await appendHistory(folder, [...points, ...accepted.map(({ line }) => line)]);
  const what = `${points.length} points of ${first.run}, night of ${first.night}`;
  const also = accepted.length === 0 ? "" : ", which is the baseline from now on";
  process.stdout.write(sentences([`added to ${join(folder, historyFile)}: ${what}${also}`, ...words]));
  return exitCodes.fine;
}

/** Makes a night the baseline. Resolves with the exit code. */
export async function accept(which: string | undefined, flags: Which): Promise<number> {
  const folder = folderOf(flags);
  await requireHistoryFolder(folder);
  const history = await requireHistory(folder);
  const known = history.points.some(({ run }) => run === which);
  const wish: Wish = {
    // A run's folder is named by its id.
    which: which === undefined || known ? (which ?? null) : basename(resolve(which)),
    ...{ machine: flags.machine ?? null, only: filterOf(flags), at: new Date().toISOString() },
  };
  const accepted = acceptanceOf(history, wish);
  await appendHistory(
    folder,
    accepted.map(({ line }) => line),
  );
  process.stdout.write(
    sentences(
      accepted.map(
        ({ machine, method, series, line }) =>
          `the night of ${line.night} is the baseline of ${series} series (${method}) on ${machine.label} [${machine.id}]`,
      ),
    ),
  );
  return exitCodes.fine;
}

async function gatheredFrom(folder: string, commit: string | undefined): Promise<Gathered> {
  if (await isAB(folder)) {
    const ab = await readAB(folder);
    requireWhole(ab.info.exit, folder);
    return pointsOfAB(ab, commit);
  }
  const run = await readRun(folder);
  requireWhole(run.info.exit, folder);
  return pointsOfRun(run, commit);
}

/** What was cut short may have measured only the quick half of what a night is. */
function requireWhole(exit: string | null, folder: string): void {
  if (exit === "completed") return;
  const what = exit === null ? "was killed, or still runs" : `ended as ${exit}`;
  throw new Failure(
    "usage",
    `${folder}: it ${what}, and is no night of a history; nothing was added: measure it again`,
  );
}

function folderOf({ history }: Where): string {
  return history === undefined ? files.history : resolve(history);
}

async function requireHistory(folder: string): Promise<History> {
  const history = await readHistory(folder);
  if (history !== null && history.points.length > 0) return history;
  throw new Failure("usage", `there is no history in ${folder}: add its first night with bench history add <run>`);
}

function filterOf({ binding, scenario, metric }: Omit<Which, "machine">): SeriesFilter {
  return { bindings: binding ?? null, scenarios: scenario ?? null, metrics: metric ?? null };
}

/** What there is, for whoever asked for something else. */
function contents({ points }: History): string {
  const each = (of: (point: History["points"][number]) => string): string => [...new Set(points.map(of))].join(", ");
  return [
    `bindings ${each(({ cell }) => cell.binding)}`,
    `scenarios ${each(({ cell }) => cell.scenario)}`,
    `metrics ${each(({ metric }) => metric)}`,
    `machines ${each(({ machine }) => machine.id)}`,
  ].join("; ");
}

function sentences(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
