import { join, resolve } from "node:path";
import { monotonic } from "@apb/core/clock";
import { asFailure, Failure } from "@apb/core/failure";
import type { Environment, Run, RunInfo } from "@apb/core/run";
import { thresholdText } from "@apb/core/threshold";
import { differences } from "@apb/report/comparability";
import type { CompareOptions } from "@apb/report/compare";
import { readExpectations, readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { enoughRounds } from "@apb/report/rounds";
import { createRun } from "@apb/report/store";
import { openFilesLimit, readEnvironment } from "@apb/runner/environment";
import { concerns } from "@apb/runner/limits";
import { type Plan, plan } from "@apb/runner/plan";
import { libraryVersions } from "@apb/wire/versions";
import { files } from "./catalog.ts";
import { tryCommand } from "./command-trial.ts";
import { knownFrom, printComparison } from "./compare.ts";
import { conduct } from "./conduct.ts";
import { maskingOf, secretsOf } from "./discreet.ts";
import { exitCodes } from "./exit-codes.ts";
import { flagsWithFile } from "./file-order.ts";
import type { RunFlags } from "./flags.ts";
import { writeLocustFiles } from "./locust-files.ts";
import { type Order, orderOf } from "./order.ts";
import { isClone } from "./origin.ts";
import { type Progress, progress } from "./progress.ts";
import { printLayers } from "./report.ts";
import { requireCsvFolder, requireOutFolder, runFolder } from "./run-folder.ts";
import { runInfoOf } from "./run-info.ts";
import { requireInstalled, withoutServer } from "./servers.ts";
import { requireTarget } from "./target-probe.ts";

/** Files a process has open beside its connections. */
const filesBeside = 300;

/** A scenario file, and the flags that somebody gave, by their names. */
export interface Given {
  readonly file: string | undefined;
  readonly flags: ReadonlySet<string>;
}

/** Measures what the flags order, or a file with them, stores it, prints what was stored. Resolves with the exit code. */
export async function run(flags: RunFlags, given: Given): Promise<number> {
  const order = await orderFrom(flags, given);
  requireInstalled(order.servers, order.bindings, flags.binding);
  const baseline = order.baseline === null ? null : await readRun(await runFolder(order.baseline));
  const planned = planOf(order, await openFilesLimit());
  requireUse(order, planned);
  await requireOutFolder(order.out === null ? files.results : resolve(order.out));
  if (order.csv !== null) await requireCsvFolder(order.csv);
  await requireStranger(order);
  const environment = await readEnvironment(isClone ? files.root : null, libraryVersions());
  const info = runInfoOf(order, environment, new Date());
  if (baseline !== null && !order.force) requireComparable(baseline.info, info);
  const known = order.history === null ? {} : await knownFrom(order.history, info);
  const store = await createRun(order.out === null ? join(files.results, info.id) : resolve(order.out), info);
  const shown = progress(planned, process.stderr, monotonic);
  warn(planned, environment, shown);
  const code = exitCodeWithin(planned, await conduct(order, planned, info, store, shown));
  const finished = { ...(await readRun(store.folder)), expectations: await readExpectations(files.expectations) };
  await store.writeText("report.md", reporters.markdown(finished));
  if (order.csv !== null) await writeLocustFiles(order.csv, finished);
  if (order.layers) await printLayers(finished, store.folder, order);
  else process.stdout.write(`${reporters[order.format](finished)}\n`);
  process.stderr.write(`\nstored in ${store.folder}\n`);
  for (const sentence of unmeasurable(planned)) process.stderr.write(`error: ${sentence}\n`);
  if (baseline === null || code === exitCodes.interrupted) return code;
  return Math.max(code, compared(baseline, finished, { ...order, ...known }));
}

async function orderFrom(flags: RunFlags, given: Given): Promise<Order> {
  if (given.file === undefined) return orderOf(flags);
  const { openScenarioFile } = await import("@apb/scenario-file/open-file");
  const file = await openScenarioFile(resolve(given.file), process.env);
  return orderOf(flagsWithFile(flags, file, given.flags), file);
}

/** Asks a server that is not ours, by the first of the clients, whether it can be measured. Throws as `requireTarget` and `tryCommand`. */
export async function requireStranger(order: Order): Promise<void> {
  const { target, command, headers, profile, bindings, clients } = order;
  const [binding] = bindings;
  if (binding === undefined) return;
  const asked = { headers, client: clients[0] ?? "wire", call: profile.call ?? null, echoes: order.file === null };
  let warning: string | null = null;
  try {
    if (command !== null) warning = await tryCommand(command, binding, asked);
    else if (target !== null) warning = await requireTarget(binding, { ...asked, url: target.url });
  } catch (error) {
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, maskingOf(secretsOf(order))(sentence), { cause: error });
  }
  if (warning !== null) process.stderr.write(`warning: ${warning}\n`);
}

/** An order's cells, as far as this machine can hold them. */
export function planOf(order: Order, openFiles: number | null): Plan {
  const { bindings, scenarios, profile, servers, clients, seed } = order;
  return plan({
    ...{ bindings, scenarios, profile, servers, clients, seed },
    without: withoutServer,
    mostSessions: openFiles === null ? Number.POSITIVE_INFINITY : Math.max(1, openFiles - filesBeside),
  });
}

/** Scenarios that were asked for and of which this machine's limits leave nothing, a sentence each. Pure. */
export function unmeasurable({ groups, holes, limits }: Plan): readonly string[] {
  const measured = new Set(groups.flatMap(({ cells }) => cells.map(({ id }) => id.scenario)));
  const lost = holes.filter(({ cell, reason }) => limits.includes(reason) && !measured.has(cell.scenario));
  const sentences = new Map(lost.map(({ cell, reason }) => [cell.scenario, reason]));
  return [...sentences].map(([scenario, reason]) => `nothing of ${scenario} can be measured: ${reason}`);
}

/** The exit code of a run that would otherwise have been fine though nothing of a scenario could be measured. Pure. */
export function exitCodeWithin(planned: Plan, code: number): number {
  return code === exitCodes.fine && unmeasurable(planned).length > 0 ? exitCodes.failed : code;
}

/** Throws `usage` for what would be about nothing: a process that is not there, a threshold that no cell of this run has. */
function requireUse({ target, thresholds }: Order, { groups }: Plan): void {
  if (target !== null && target.pid !== null && !isRunning(target.pid))
    throw new Failure("usage", `--pid ${target.pid}: there is no such process`);
  const cells = groups.flatMap((group) => group.cells);
  const idle = thresholds.find((threshold) => !cells.some((cell) => concerns(threshold, cell)));
  if (idle !== undefined)
    throw new Failure("usage", `--threshold ${thresholdText(idle)} concerns no cell of this run; drop a tag`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Better before two minutes of measuring than after. */
function requireComparable(baseline: RunInfo, candidate: RunInfo): void {
  const [first] = differences(baseline, candidate);
  if (first !== undefined)
    throw new Failure(
      "usage",
      `this run could not be compared with ${baseline.id}: ${first.what} is ${first.candidate}, it was ${first.baseline}; measure alike, or add --force`,
    );
  const { rounds } = candidate.profile;
  if (rounds < enoughRounds)
    throw new Failure(
      "usage",
      `--baseline: nothing can be judged by ${rounds} of ${enoughRounds} rounds at least; measure both with --rounds ${enoughRounds} or more, or add --force`,
    );
}

/** What spoils numbers before they are taken. */
function warn({ limits }: Plan, environment: Environment, shown: Progress): void {
  for (const limit of limits) shown.note(`warning: ${limit}; these cells are left out`);
  warnOfLoad(environment, shown);
}

/** Says so where the machine has other work. */
export function warnOfLoad({ loadAverage, cpuCount }: Environment, shown: Pick<Progress, "note">): void {
  if (loadAverage > cpuCount / 2)
    shown.note(
      `warning: this machine is busy already (load average ${loadAverage.toFixed(1)} on ${cpuCount} cores); numbers will be worse and noisier`,
    );
}

/** A second document behind the first would make neither readable for a program. */
function compared(baseline: Run, finished: Run, order: Order & Pick<CompareOptions, "spreadOf">): number {
  const forPrograms = order.format === "json" || order.format === "csv";
  return forPrograms
    ? printComparison(baseline, finished, { ...order, format: "table" }, process.stderr)
    : printComparison(baseline, finished, order, process.stdout);
}
