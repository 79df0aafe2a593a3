import { join, resolve } from "node:path";
import { bindingInfo } from "@apb/core/binding";
import type { OwnServerKind } from "@apb/core/cell";
import { monotonic } from "@apb/core/clock";
import { asFailure, Failure } from "@apb/core/failure";
import type { Environment, RunInfo, Selection } from "@apb/core/run";
import { carriers } from "@apb/core/transport";
import { maskedUrl } from "@apb/core/url";
import { differences } from "@apb/report/comparability";
import { readExpectations, readRun } from "@apb/report/read";
import { reporters } from "@apb/report/reporters";
import { createRun, type RunStore } from "@apb/report/store";
import type { Rig } from "@apb/runner/bench";
import { openFilesLimit, readEnvironment } from "@apb/runner/environment";
import { startGenerator } from "@apb/runner/generator-process";
import { together } from "@apb/runner/generators";
import { type MeasureOptions, measureGroup } from "@apb/runner/measure";
import { type Plan, plan } from "@apb/runner/plan";
import { type Server, startServer } from "@apb/runner/server";
import { readProcess, readProcessTree, watchMemory } from "@apb/runner/usage";
import { libraryVersions } from "@apb/wire/versions";
import { files } from "./catalog.ts";
import { measureCeilings } from "./ceilings.ts";
import { printComparison } from "./compare.ts";
import { discreet } from "./discreet.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { printLayers } from "./layers.ts";
import { requireOutFolder } from "./out-folder.ts";
import { type Progress, progress } from "./progress.ts";
import { runFolder } from "./run-folder.ts";
import {
  type RunFlags,
  requireSense,
  selectBindings,
  selectProfile,
  selectScenarios,
  selectServers,
} from "./selection.ts";
import { deviationsOf, sdksOf, withoutServer } from "./servers.ts";
import { requireTarget } from "./target-probe.ts";

/** Files a process has open beside its connections. */
const filesBeside = 300;

/** Measures what the flags select, stores it, prints what was stored. Resolves with the exit code. */
export async function run(flags: RunFlags): Promise<number> {
  requireSense(flags);
  const servers = selectServers(flags);
  const bindings = selectBindings(flags);
  const scenarios = selectScenarios(flags.scenario);
  const profile = selectProfile(flags);
  const baseline = flags.baseline === undefined ? null : await readRun(await runFolder(flags.baseline));
  await requireOutFolder(flags.out === undefined ? files.results : resolve(flags.out));
  await requireTarget(bindings, flags);
  const limit = await openFilesLimit();
  const planned = plan({
    bindings,
    scenarios,
    profile,
    servers,
    clients: flags.client,
    without: withoutServer,
    seed: flags.seed,
    mostSessions: limit === null ? Number.POSITIVE_INFINITY : Math.max(1, limit - filesBeside),
  });
  const environment = await readEnvironment(files.root, libraryVersions());
  const info: RunInfo = {
    schemaVersion: 1,
    id: runId(profile.name, new Date()),
    selection: selectionOf(
      flags,
      bindings.map(({ id }) => id),
      scenarios.map(({ name }) => name),
    ),
    profile,
    seed: flags.seed,
    environment,
    bindings: Object.fromEntries(bindings.map((binding) => [binding.id, bindingInfo(binding)])),
    ...(servers.includes("sdk") ? { sdks: sdksOf(bindings.map(({ id }) => id)) } : {}),
    startedAt: new Date().toISOString(),
    endedAt: null,
    exit: null,
  };
  if (baseline !== null && flags.force !== true) requireComparable(baseline.info, info);
  const store = await createRun(flags.out === undefined ? join(files.results, info.id) : resolve(flags.out), info);
  const code = await measureAll(planned, flags, info, store);
  const finished = await readRun(store.folder);
  const expectations = await readExpectations(files.expectations);
  await store.writeText("report.md", reporters.markdown({ ...finished, expectations }));
  if (flags.layers === true) await printLayers(finished, store.folder, flags);
  else process.stdout.write(`${reporters[flags.format]({ ...finished, expectations })}\n`);
  process.stderr.write(`\nstored in ${store.folder}\n`);
  if (baseline === null || code === exitCodes.interrupted) return code;
  // A second document behind the first would make neither readable for a program.
  const forPrograms = flags.format === "json" || flags.format === "csv";
  const compared = forPrograms
    ? printComparison(baseline, finished, { ...flags, format: "table" }, process.stderr)
    : printComparison(baseline, finished, flags, process.stdout);
  return Math.max(code, compared);
}

/** Better before two minutes of measuring than after. */
function requireComparable(baseline: RunInfo, candidate: RunInfo): void {
  const [first] = differences(baseline, candidate);
  if (first === undefined) return;
  throw new Failure(
    "usage",
    `this run could not be compared with ${baseline.id}: ${first.what} is ${first.candidate}, it was ${first.baseline}; measure alike, or add --force`,
  );
}

async function measureAll(planned: Plan, flags: RunFlags, info: RunInfo, store: RunStore): Promise<number> {
  const { signal, release } = interruption("ending the servers, keeping what was measured");
  const cells = planned.groups.reduce((sum, group) => sum + group.cells.length, 0);
  const shown = progress(cells, process.stderr, monotonic);
  let known = info;
  let failed = 0;
  try {
    warn(planned, info.environment, shown);
    for (const hole of planned.holes) await store.append(hole);
    known = await withCeilings(info, planned, shown, signal);
    await store.writeInfo(known);
    const options: MeasureOptions = {
      profile: info.profile,
      timeoutMs: flags.timeout,
      ceilings: known.ceilings ?? [],
      bindings: known.bindings,
      agentDelayMs: flags.delay,
      noPidReason: "the server is not ours; give its process id with --pid to have its memory and CPU",
      signal,
    };
    failed = await measureGroups(planned, flags, options, store, shown);
    const exit = signal.aborted ? "interrupted" : "completed";
    await store.writeInfo({ ...known, endedAt: new Date().toISOString(), exit });
  } catch (error) {
    // Best effort: what broke the run, such as a full disk, may forbid this too.
    await store.writeInfo({ ...known, endedAt: new Date().toISOString(), exit: "failed" }).catch(() => undefined);
    throw new Failure(asFailure(error).kind, `${asFailure(error).sentence}; what was measured is in ${store.folder}`, {
      cause: error,
    });
  } finally {
    shown.end();
    release();
  }
  if (signal.aborted) return exitCodes.interrupted;
  return failed > 0 ? exitCodes.failed : exitCodes.fine;
}

/** Measures and stores group after group. Resolves with the number of cells that failed. */
async function measureGroups(
  { groups }: Plan,
  flags: RunFlags,
  options: MeasureOptions,
  store: RunStore,
  shown: Progress,
): Promise<number> {
  let failed = 0;
  const using = rig(flags);
  for (const group of groups) {
    if (options.signal.aborted) break;
    shown.begin(group);
    for await (const measured of measureGroup(group, using, options)) {
      const result = discreet(measured, flags.target);
      await store.append(result);
      shown.done(result);
      if (result.status === "failed") failed++;
    }
  }
  return failed;
}

/** The run with what its clients can do at most, for the bindings that will be measured, if its profile has time for that. */
async function withCeilings(info: RunInfo, { groups }: Plan, shown: Progress, signal: AbortSignal): Promise<RunInfo> {
  const { ceilingMs = 0 } = info.profile;
  if (ceilingMs === 0) return info;
  const measured = Object.entries(info.bindings).filter(([id]) => groups.some(({ binding }) => binding === id));
  const carrying = new Set(measured.map(([, { transport }]) => carriers[transport]));
  const { clients } = info.selection;
  const wanted = { carriers: carrying, clients, ceilingMs };
  return { ...info, ceilings: await measureCeilings(wanted, shown.prepare, signal) };
}

/** What spoils numbers before they are taken. */
function warn({ limits }: Plan, { loadAverage, cpuCount }: Environment, shown: Progress): void {
  for (const limit of limits) shown.note(`warning: ${limit}; these cells are left out`);
  if (loadAverage > cpuCount / 2)
    shown.note(
      `warning: this machine is busy already (load average ${loadAverage.toFixed(1)} on ${cpuCount} cores); numbers will be worse and noisier`,
    );
}

function rig(flags: RunFlags): Rig {
  return {
    serve: async (binding, kind) =>
      kind === "external" ? external(flags.target as string, flags.pid) : ownServer(binding, kind, flags),
    generate: () => together(Array.from({ length: flags.generators }, () => startGenerator(files.generator))),
    // Ours are one process each, beside which tsx may keep a compiler that is none of the server's cost.
    readUsage: flags.target === undefined ? readProcess : readProcessTree,
    watchMemory,
  };
}

async function ownServer(binding: string, kind: OwnServerKind, { delay, work }: RunFlags): Promise<Server> {
  const options = { file: files.server, bindings: [binding], server: kind, port: 0, delayMs: delay, workMs: work };
  const server = await startServer(options);
  return { ...server, url: server.urls[binding] as string, deviations: deviationsOf(kind, binding) };
}

function external(url: string, pid: number | undefined): Server {
  return {
    url,
    pid: pid ?? null,
    calls: async () => null,
    deviations: {},
    ended: new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function selectionOf(flags: RunFlags, bindings: readonly string[], scenarios: readonly string[]): Selection {
  const { target, client, timeout, delay, work, generators } = flags;
  return {
    bindings,
    scenarios,
    servers: selectServers(flags),
    clients: client,
    ...(target === undefined ? {} : { target: maskedUrl(target) }),
    timeoutMs: timeout,
    delayMs: delay,
    workMs: work,
    generators,
  };
}

/** `2026-11-21T06-38-03-quick`: sorts by time, fits every file system. */
function runId(profile: string, now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(":", "-")}-${profile}`;
}
