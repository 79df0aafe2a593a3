import { setTimeout as wait } from "node:timers/promises";
import { type Ceiling, ceilingOf } from "@apb/core/ceiling";
import type { Measured, ServerUsage, Unmeasured } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { RunInfo } from "@apb/core/run";
import type { Profile } from "@apb/core/scenario";
import { type Bench, type Rig, setUp, verify } from "./bench.ts";
import type { Asked, Task } from "./generator.ts";
import type { Group, PlannedCell } from "./plan.ts";
import { untilAborted, whileServing, within } from "./races.ts";
import type { Server } from "./server.ts";
import { summarise } from "./summary.ts";
import type { Usage } from "./usage.ts";

/** Generators get the word before it is time, so that they begin together: 20 ms, in nanoseconds. */
const startDelay = 20_000_000n;

/** A process that is well answers at once; this is for one that is not. */
const answerMs = 5000;

export interface MeasureOptions {
  readonly profile: Profile;
  readonly timeoutMs: number;
  /** Why the server's memory and CPU are not known, should its pid not be. */
  readonly noPidReason: string;
  /** How long agents were told to wait before they answer. */
  readonly agentDelayMs: number;
  /** What one generator can do at most; none where it was not measured. */
  readonly ceilings: readonly Ceiling[];
  /** What the bindings are, by id. */
  readonly bindings: RunInfo["bindings"];
  readonly signal: AbortSignal;
}

/** Measures a group's cells one after the other, yielding each as it is finished. A cell that fails does not stop the next. */
export async function* measureGroup(
  group: Group,
  rig: Rig,
  options: MeasureOptions,
): AsyncIterable<Measured | Unmeasured> {
  const { signal } = options;
  let bench: Bench | null = null;
  let unusable: Failure | null = null;
  try {
    for (const cell of group.cells) {
      if (signal.aborted) return;
      try {
        // A server that cannot be started or fails the checks is not tried again for every cell.
        if (unusable !== null) throw unusable;
        bench ??= await setUp(rig, group, signal);
        yield await untilAborted(measureCell(cell, bench, rig, options), signal);
      } catch (error) {
        if (signal.aborted) return;
        const failure = asFailure(error);
        if (bench === null || bench.fresh) unusable = failure;
        yield { schemaVersion: 1, status: "failed", cell: cell.id, reason: failure.message };
        await bench?.[Symbol.asyncDispose]();
        bench = null;
      }
    }
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }
}

/** connect · verify · warm up · drive · summarise. */
async function measureCell(cell: PlannedCell, bench: Bench, rig: Rig, options: MeasureOptions): Promise<Measured> {
  const { server, generator } = bench;
  const { id, work } = cell;
  const { profile, timeoutMs } = options;
  const { pid } = server;
  const read =
    pid === null ? null : (): Promise<Usage> => rig.readUsage(pid).catch((cause) => missed(pid, server, cause));
  const target: Asked = { binding: id.binding, url: server.url, client: id.client, timeoutMs };
  const { load, sessionsPerUser } = work;
  const task: Task = { ...target, scenario: id.scenario, profile, params: id.case, load, sessionsPerUser };

  // The first request makes a server load and compile; that is no connection's memory.
  if (bench.fresh) await whileServing(generator.touch(target), server);
  const idle = await read?.();
  const connected = await whileServing(generator.connect(task), server);
  if (connected.held === 0)
    throw new Failure(
      "refused",
      `none of ${connected.asked} connections could be opened; the first said: ${connected.firstFailure}`,
    );
  const full = await read?.();
  // The checks carry large bodies, which would leave the server with memory to spare, so they come after the readings.
  if (bench.fresh) bench.deviations = await verify(bench, target);
  const warmUpMs = bench.fresh ? Math.max(profile.primeMs, profile.warmUpMs) : profile.warmUpMs;
  bench.fresh = false;
  await using memory = read === null ? null : rig.watchMemory(read);

  const longestMs = warmUpMs + load.until.durationMs + 2 * timeoutMs + answerMs;
  const callsBefore = await within(answerMs, "the server's own count", whileServing(server.calls(), server));
  const driving = generator.drive(warmUpMs, process.hrtime.bigint() + startDelay);
  await within(longestMs, "the warm-up", whileServing(driving.opened, server));
  const atOpen = await read?.();
  await within(longestMs, "the window", whileServing(driving.closed, server));
  const atClose = await read?.();
  const driven = await within(longestMs, "the last replies", whileServing(driving.report, server));
  const seen = await memory?.stop();
  const callsAfter = await within(answerMs, "the server's own count", whileServing(server.calls(), server));
  await within(longestMs, "the closing of all connections", generator.disconnect());

  const usage: ServerUsage | null =
    idle && full && atOpen && atClose && seen
      ? {
          rssIdleBytes: idle.rssBytes,
          rssConnectedBytes: full.rssBytes,
          rssPeakBytes: seen.peakBytes,
          rssMeanBytes: seen.meanBytes,
          ...cpuOf(atClose.cpuMs - atOpen.cpuMs, driven.windowMs, driven.completed * work.operations),
        }
      : null;
  const calls = callsBefore === null || callsAfter === null ? null : callsAfter - callsBefore;
  const { noPidReason, agentDelayMs } = options;
  return summarise(cell, {
    ...{ connected, driven, warmUpMs, server: usage, noPidReason, serverCalls: calls, agentDelayMs },
    ceiling: ceilingOf(options, id),
    deviations: bench.deviations,
  });
}

/** The kernel counts a process's CPU time in steps of 10 ms; of fewer than this, one more or less is a large part. */
const leastCpuMs = 50;

function cpuOf(
  cpuMs: number,
  windowMs: number,
  operations: number,
): Pick<ServerUsage, "cpuPercentMean" | "cpuMsPerOperation"> {
  if (cpuMs < leastCpuMs) return { cpuPercentMean: null, cpuMsPerOperation: null };
  return { cpuPercentMean: (100 * cpuMs) / windowMs, cpuMsPerOperation: cpuMs / operations };
}

/** A process that cannot be read has just ended, which its server will tell in a moment, or never was. */
function missed(pid: number, server: Server, cause: unknown): Promise<never> {
  const never = wait(1000).then(() => {
    throw new Failure("environment", `process ${pid} cannot be read; check --pid`, { cause });
  });
  return whileServing(never, server);
}
