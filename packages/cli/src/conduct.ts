import type { CellResult } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { RunInfo, ThresholdSummary } from "@apb/core/run";
import { secondOf } from "@apb/core/series";
import { thresholdSummaries } from "@apb/core/threshold-summary";
import { carriers } from "@apb/core/transport";
import type { RunStore } from "@apb/report/store";
import type { MeasureOptions, RunEvent, Sink } from "@apb/runner/events";
import { startGenerator } from "@apb/runner/generator-process";
import { together } from "@apb/runner/generators";
import { measureGroup } from "@apb/runner/measure";
import { type Plan, plannedThresholds } from "@apb/runner/plan";
import type { Equipment } from "@apb/runner/rig";
import { usageReader } from "@apb/runner/usage";
import { measureCeilings } from "@apb/selfcheck/ceilings";
import { files } from "./catalog.ts";
import { discreetEvent, maskingOf, secretsOf } from "./discreet.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import type { Order } from "./order.ts";
import type { Progress } from "./progress.ts";
import { startSubject } from "./subject.ts";

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
  const secrets = secretsOf(order);
  const take = async (event: RunEvent): Promise<void> => {
    const told = discreetEvent(event, secrets);
    for (const sink of sinks) await sink(told);
  };
  let known = info;
  const judged = (): readonly ThresholdSummary[] =>
    thresholdSummaries(plannedThresholds(order.thresholds, planned), results);
  const end = (exit: RunInfo["exit"]): Promise<void> => store.writeInfo(ended(known, judged(), exit));
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
    const { kind, sentence } = asFailure(error);
    throw new Failure(kind, `${maskingOf(secrets)(sentence)}; what was measured is in ${store.folder}`, {
      cause: error,
    });
  } finally {
    shown.end();
    release();
  }
  return signal.aborted ? exitCodes.interrupted : exitCodeOf(results, judged());
}

/** The run as it is stored at its end, with what became of its thresholds. */
function ended(info: RunInfo, judged: readonly ThresholdSummary[], exit: RunInfo["exit"]): RunInfo {
  const thresholds = judged.length === 0 ? {} : { thresholds: judged };
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
    if (event.kind !== "second") return;
    const { cell, snapshot, server, startedAt } = event;
    await store.appendSecond(secondOf(cell, snapshot, server, startedAt));
  };
}

function gathering(results: CellResult[]): Sink {
  return (event) => {
    if (event.kind === "cell") results.push(event.result);
  };
}

function optionsOf(order: Order, { bindings, ceilings = [] }: RunInfo, signal: AbortSignal): MeasureOptions {
  const { profile, timeoutMs, maxReplyBytes, headers, generators, seed, thresholds, delayMs, file } = order;
  return {
    ...{ profile, timeoutMs, maxReplyBytes, headers, generators, seed, thresholds, bindings, ceilings, signal },
    ...(file === null ? {} : { file: { path: file.path, sha256: file.sha256 } }),
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

/** The real processes that an order is carried out with. */
function equipmentOf(order: Order): Equipment {
  const { target, command, generators } = order;
  return {
    serve: (binding, kind, signal) => startSubject(binding, kind, order, signal),
    generate: () => together(Array.from({ length: generators }, () => startGenerator(files.generator))),
    // Ours are one process each, beside which tsx may keep a compiler that is none of the server's cost.
    usageOf: (pid) => usageReader(pid, { tree: target !== null || command !== null }),
  };
}
