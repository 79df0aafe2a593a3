import type { Ceiling } from "@apb/core/ceiling";
import type { GeneratorUsage, MeasuredLoad, ServerUsage } from "@apb/core/cell";
import type { Snapshot } from "@apb/core/snapshot";
import type { Closed } from "@apb/generator/channel";
import type { Evidence } from "../evidence.ts";
import { busySecond, totalsOf } from "./snapshots.ts";

/** One process that makes 20,000 operations a second at most. */
export const ceiling: Ceiling = {
  ...{ transport: "HTTP/1.1", client: "wire", users: 10, sizeBytes: 1024 },
  ...{ operationsPerSecond: 20_000, missing: null },
};

const closed: Closed = {
  ...{ windowMs: 1000, iterations: 10_000, operations: 10_000, agentCalls: 10_000, bodyBytes: 2048, failed: 0 },
  ...{ sentBytes: 1200, receivedBytes: 1200, reconnects: 0, sessionsLeft: 0, rssPeakBytes: 1 },
};

const load: MeasuredLoad = {
  ...{ model: "closed", executor: "constant-vus", vus: 10, sessions: 10, perSecond: null },
  ...{ warmUpMs: 0, durationMs: 1000 },
};

const generator: GeneratorUsage = {
  ...{ processes: 1, cpuPercentMean: 40, cpuMsPerOperation: 0.1, eventLoopUtilization: 0.5 },
  ...{ lateStartP99Ms: 0, rssPeakBytes: 1 },
};

const server: ServerUsage = {
  ...{ rssIdleBytes: 1, rssConnectedBytes: 1, rssPeakBytes: 1, rssMeanBytes: 1, rssGrowth: null },
  ...{ cpuPercentMean: 40, cpuMsPerOperation: 0.04 },
};

/** What differs from a calm cell. */
export interface Change
  extends Partial<Omit<Evidence, "totals" | "load" | "generator" | "server" | "closed" | "wire">> {
  readonly seconds?: readonly Snapshot[];
  readonly load?: Partial<MeasuredLoad>;
  readonly generator?: Partial<GeneratorUsage>;
  readonly server?: Partial<ServerUsage> | null;
  readonly closed?: Partial<Closed> | null;
  readonly bodyBytes?: number;
}

/** A calm cell, ten VUs with iterations of 1 ms for a second: half of what the client can do. Nothing to doubt, but for what is changed. */
export function evidence({
  seconds = [busySecond(0, { vus: 10, eachMs: 1 })],
  bodyBytes = 2048,
  ...change
}: Change): Evidence {
  return {
    ...{ connections: { asked: 10, held: 10, failures: {} }, dropped: 0, operationsPerSecond: 10_000, partial: null },
    ...{ serverCalls: 10_000, ceiling, agentDelayMs: 0, deviations: [], steady: true },
    wire: change.closed === null ? null : { sentBytes: 1200, receivedBytes: 1200, bodyBytes, operations: 10_000 },
    ...change,
    totals: totalsOf(...seconds),
    load: { ...load, ...change.load },
    generator: { ...generator, ...change.generator },
    server: change.server === null ? null : { ...server, ...change.server },
    closed: change.closed === null ? null : { ...closed, ...change.closed },
  };
}

/** A load of so many arrivals a second. */
export const open: Partial<MeasuredLoad> = {
  model: "open",
  executor: "constant-arrival-rate",
  vus: null,
  perSecond: 500,
};
