import type { ServerUsage } from "./cell.ts";

/** What was read of a server: before its connections, with them open and idle, and in the window so far. */
export interface ServerSeen {
  readonly rssIdleBytes: number;
  readonly rssConnectedBytes: number;
  /** In the window. */
  readonly rssPeakBytes: number;
  readonly cpuMs: number;
  /** In which steps CPU time is counted; 0 for none. */
  readonly resolutionMs: number;
}

/** What is too little CPU time to be told: of fewer steps of its counter one more or less is a large part, and the kernel updates a running thread's every 4 ms. */
const leastSteps = 5;
const leastCpuMs = 20;

/**
 * A server's memory and CPU as cells store and thresholds judge them. CPU is null where too little was used to be told, and
 * that of an operation where there was none. Pure.
 */
export function serverFigures(
  { rssIdleBytes, rssConnectedBytes, rssPeakBytes, cpuMs, resolutionMs }: ServerSeen,
  windowMs: number,
  operations: number,
): Pick<ServerUsage, "rssPeakBytes" | "cpuPercentMean" | "cpuMsPerOperation"> {
  const known = windowMs > 0 && cpuMs >= Math.max(leastCpuMs, leastSteps * resolutionMs);
  return {
    rssPeakBytes: Math.round(Math.max(rssPeakBytes, rssIdleBytes, rssConnectedBytes)),
    cpuPercentMean: known ? (100 * cpuMs) / windowMs : null,
    cpuMsPerOperation: known && operations > 0 ? cpuMs / operations : null,
  };
}
