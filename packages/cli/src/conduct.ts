import type { CellResult } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { RunInfo } from "@apb/core/run";
import { carriers } from "@apb/core/transport";
import type { RunStore } from "@apb/report/store";
import type { MeasureOptions, RunEvent, Sink } from "@apb/runner/events";
import { thresholdSummaries } from "@apb/runner/limits";
import { measureGroup } from "@apb/runner/measure";
import type { Plan } from "@apb/runner/plan";
import type { Equipment } from "@apb/runner/rig";
import { measureCeilings } from "@apb/selfcheck/ceilings";
import { discreet } from "./discreet.ts";
import { equipmentOf } from "./equipment.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import type { Order } from "./order.ts";
import type { Progress } from "./progress.ts";

/** Carries an order out: measures what is planned, and gives every event to every sink. Resolves with the exit code. */
export async function conduct(
  order: Order,
  planned: Plan,
  info: RunInfo,
  store: RunStore,
  shown: Progress,
): Promise<number> {
  const { signal, release } = interruption("ending the servers, keeping what was measured");
  const results: CellResult[] = [];
  const sinks: readonly Sink[] = [storing(store), (event) => shown.take(event), gathering(results)];
  const take = async (event: RunEvent): Promise<void> => {
    const told = discreet(event, order.target?.url);
    for (const sink of sinks) await sink(told);
  };
  let known = info;
  const end = (exit: RunInfo["exit"]): Promise<void> => store.writeInfo(ended(known, order, results, exit));
  try {
    for (const hole of planned.holes) await take({ kind: "cell", result: hole });
    known = await withCeilings(order, info, planned, shown, signal);
    await store.writeInfo(known);
    const options = optionsOf(order, known, signal);
    let aborted = false;
    for await (const event of measureAll(planned, equipmentOf(order), options)) {
      await take(event);
      aborted ||= event.kind === "abort";
    }
    await end(signal.aborted ? "interrupted" : aborted ? "aborted" : "completed");
  } catch (error) {
    // Best effort: what broke the run, such as a full disk, may forbid this too.
    await end("failed").catch(() => undefined);
    throw new Failure(asFailure(error).kind, `${asFailure(error).sentence}; what was measured is in ${store.folder}`, {
      cause: error,
    });
  } finally {
    shown.end();
    release();
  }
  return signal.aborted ? exitCodes.interrupted : exitCodeOf(results);
}

/** The run as it is stored at its end, with what became of its thresholds. */
function ended(info: RunInfo, order: Order, results: readonly CellResult[], exit: RunInfo["exit"]): RunInfo {
  const thresholds = order.thresholds.length === 0 ? {} : { thresholds: thresholdSummaries(results) };
  return { ...info, ...thresholds, endedAt: new Date().toISOString(), exit };
}

/** Group after group, until all are done, or somebody or a threshold ends the run. */
async function* measureAll({ groups }: Plan, equipment: Equipment, options: MeasureOptions): AsyncIterable<RunEvent> {
  for (const group of groups) {
    if (options.signal.aborted) return;
    yield { kind: "group", group };
    for await (const event of measureGroup(group, equipment, options)) {
      yield event;
      if (event.kind === "abort") return;
    }
  }
}

function storing(store: RunStore): Sink {
  return async (event) => {
    if (event.kind === "cell") await store.append(event.result);
    if (event.kind === "second") await store.appendSecond(event.second);
  };
}

function gathering(results: CellResult[]): Sink {
  return (event) => {
    if (event.kind === "cell") results.push(event.result);
  };
}

function optionsOf(order: Order, { bindings, ceilings = [] }: RunInfo, signal: AbortSignal): MeasureOptions {
  const { profile, timeoutMs, generators, seed, thresholds, delayMs } = order;
  return {
    ...{ profile, timeoutMs, generators, seed, thresholds, bindings, ceilings, signal },
    agentDelayMs: delayMs,
    noPidReason: "the server is not ours; give its process id with --pid to have its memory and CPU",
  };
}

/** The run with what its clients can do at most, for the bindings that will be measured, if its profile has time for that. */
async function withCeilings(
  { profile, bindings, clients }: Order,
  info: RunInfo,
  { groups }: Plan,
  shown: Progress,
  signal: AbortSignal,
): Promise<RunInfo> {
  const { ceilingMs = 0 } = profile;
  if (ceilingMs === 0) return info;
  const measured = bindings.filter(({ id }) => groups.some(({ binding }) => binding === id));
  const carrying = new Set(measured.map(({ transport }) => carriers[transport]));
  const wanted = { carriers: carrying, clients, ceilingMs };
  return { ...info, ceilings: await measureCeilings(wanted, shown.prepare, signal) };
}

/** A threshold that was crossed says more than the failures that crossed it. */
function exitCodeOf(results: readonly CellResult[]): number {
  const measured = results.filter((result) => result.status === "measured");
  if (measured.some(({ thresholds }) => thresholds.some(({ ok }) => !ok))) return exitCodes.crossed;
  const spoilt = measured.some(
    ({ verdict, partial }) => partial !== null || verdict.findings.some(({ kind }) => kind === "errors"),
  );
  const failed = results.some(({ status }) => status === "failed");
  return failed || spoilt || measured.length === 0 ? exitCodes.failed : exitCodes.fine;
}
