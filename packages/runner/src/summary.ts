import type { Ceiling } from "@apb/core/ceiling";
import type { Finding, Measured, ServerUsage } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { Connected, Driven } from "./generator.ts";
import type { PlannedCell } from "./plan.ts";
import { judge } from "./verdict.ts";

/** What was seen of a cell. */
export interface Observations {
  readonly connected: Connected;
  readonly driven: Driven;
  readonly warmUpMs: number;
  readonly server: ServerUsage | null;
  /** Why `server` is null, should it be. */
  readonly noPidReason: string;
  /** Agent calls of the drive by the server's own count; null when it does not tell. */
  readonly serverCalls: number | null;
  /** What one generator can do at most; null when it was not measured. */
  readonly ceiling: Ceiling | null;
  /** How long agents were told to wait before they answer. */
  readonly agentDelayMs: number;
  /** Checks the server failed as it was known to. */
  readonly deviations: readonly Finding[];
}

/** Observations → the cell as it is stored. Pure; throws a Failure when there is nothing to summarise. */
export function summarise({ id, work }: PlannedCell, observations: Observations): Measured {
  const { connected, driven, warmUpMs, server, noPidReason, serverCalls, ceiling, agentDelayMs, deviations } =
    observations;
  requireSuccess(driven);
  const { load } = work;
  const operations = driven.completed * work.operations;
  const { asked, held, failures } = connected;
  const generator = {
    processes: driven.processes,
    cpuPercentMean: (100 * driven.cpuMs) / driven.windowMs,
    cpuMsPerOperation: driven.cpuMs / operations,
    eventLoopUtilization: driven.eventLoopUtilization,
    lateStartP99Ms: driven.lateStartP99Ms,
    rssPeakBytes: driven.rssPeakBytes,
  };
  const { total } = driven.steps;
  if (total === undefined) throw new Failure("internal", "a drive with completed iterations reported no total");
  const iterationsPerSecond = (1000 * driven.completed) / driven.windowMs;
  const operationsPerSecond = iterationsPerSecond * work.operations;
  const wire = {
    sentBytes: driven.sentBytes,
    receivedBytes: driven.receivedBytes,
    bodyBytes: driven.iterations * work.bodyBytes,
    operations: driven.iterations * work.operations,
  };
  return {
    schemaVersion: 1,
    status: "measured",
    cell: id,
    load: {
      model: load.model,
      users: driven.users,
      sessions: held,
      perSecond: load.model === "open" ? load.perSecond : null,
      warmUpMs,
      durationMs: driven.windowMs,
    },
    connections: { asked, held, failures },
    steps: { total, connect: connected.step, ...driven.steps },
    iterationsPerSecond,
    operationsPerSecond,
    dropped: driven.dropped,
    wire,
    server,
    generator,
    verdict: judge({
      total,
      generator,
      connections: { asked, held },
      reconnects: driven.reconnects,
      dropped: driven.dropped,
      users: driven.users,
      iterationsPerSecond,
      operationsPerSecond,
      ceiling,
      serverCpuPercent: server === null ? null : (server.cpuPercentMean ?? 0),
      agentDelayMs,
      deviations,
      // Slices of a window that ended before its time are not the tenths they are meant to be.
      slices: driven.windowMs < load.until.durationMs ? null : driven.slices,
      silence: driven.silence,
      windowMs: driven.windowMs,
      calls: serverCalls === null || driven.failed > 0 ? null : { client: wire.operations, server: serverCalls },
      wire,
    }),
    missing: {
      ...(server === null ? { server: noPidReason } : {}),
      ...(server !== null && server.cpuPercentMean === null
        ? { "server.cpu": "the server used less CPU than its counter of 10 ms steps can tell; use a longer --duration" }
        : {}),
      ...(load.model === "open"
        ? { "load.users": "an open load has arrivals, not users" }
        : { "load.perSecond": "a closed load has no rate" }),
    },
  };
}

/** A window without one success has no latency and no throughput to report: it is a failed cell, and says why. */
function requireSuccess({ steps, completed, windowMs }: Driven): void {
  const { count = 0, failures = {} } = steps.total ?? {};
  const kinds = Object.entries(failures).map(([kind, times]) => `${kind} × ${times}`);
  if (count === 0 && kinds.length > 0)
    throw new Failure("rejected", `no iteration succeeded in ${Math.round(windowMs)} ms: ${kinds.join(", ")}`);
  if (completed === 0)
    throw new Failure(
      "timeout",
      `no iteration ended within the window of ${Math.round(windowMs)} ms; use a longer --duration`,
    );
}
