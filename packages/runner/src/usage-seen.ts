import type { ServerSeen } from "@apb/core/server-figures";
import { type UsageSample, usageBetween } from "./usage-series.ts";

/** The server's memory and CPU, as a series and at two moments before the load. */
export interface UsageSeen {
  readonly samples: readonly UsageSample[];
  /** In which steps CPU time was counted; 0 for none. */
  readonly resolutionMs: number;
  /** Before the first connection, and with all of them open. */
  readonly idle: UsageSample;
  readonly full: UsageSample;
  /** The window, on the samples' clock. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whether it is of all that was done, to the last answer, and not only of what was done by the end of the window. */
  readonly whole?: boolean;
}

/** What was read of the server, with its mean memory in the window; null where nobody watched it, or nothing was read in the window. */
export function serverSeen(usage: UsageSeen | null): (ServerSeen & { readonly rssMeanBytes: number }) | null {
  if (usage === null) return null;
  const { samples, resolutionMs, idle, full, fromMs, untilMs } = usage;
  const used = usageBetween(samples, fromMs, untilMs);
  if (used === null) return null;
  const { cpuMs, rssPeakBytes, rssMeanBytes } = used;
  const before = { rssIdleBytes: idle.rssBytes, rssConnectedBytes: full.rssBytes };
  return { ...before, rssPeakBytes, rssMeanBytes, cpuMs, resolutionMs };
}
