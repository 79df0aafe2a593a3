import type { Histogram } from "@apb/core/histogram";
import { streamsIn } from "@apb/core/stream-metrics";
import { type Doubt, type Evidence, medianMs, type Reason } from "./evidence.ts";

/** What Linux delays an acknowledgement by, once and twice; its timers are late by up to a tenth, and a reply takes its time. */
const ackDelaysMs = [40, 80] as const;
const ackWidth = 0.2;
/** A mode holds this share of all samples, and this many times what lies on either side of it. */
const modeShare = 0.01;
const modeHeight = 5;
/** One pause of the machine delays every user once; this many times as many samples are no single pause. */
const modePauses = 3;

/** Below this share of a core, what takes long is waiting for something. */
const idlePercent = 50;
/** A server that nobody watched may be busy, far away, or told to wait: of it this is not known. A stream may be paced. */
function isIdle({ generator, server, agentDelayMs, totals }: Evidence): boolean {
  const serverIdle = server !== null && (server.cpuPercentMean ?? 0) < idlePercent;
  return serverIdle && generator.cpuPercentMean < idlePercent && agentDelayMs === 0 && streamsIn(totals, {}) === null;
}

export const nagle: Doubt = (evidence) => {
  const histogram = evidence.totals.step("total")?.response;
  if (histogram === undefined || histogram.count === 0) return null;
  return modeAmongFaster(evidence, histogram) ?? delaysOfIdle(evidence, histogram);
};

/** Some samples take a delay, while ordinary ones are much faster: what takes nearly as long may be queueing. */
function modeAmongFaster(evidence: Evidence, histogram: Histogram): Reason | null {
  for (const delayMs of ackDelaysMs) {
    if (medianMs(evidence) > delayMs / 4) continue;
    const width = delayMs * ackWidth;
    const from = delayMs - width / 8;
    const mode = histogram.countBetween(from, from + width);
    const around =
      histogram.countBetween(from - width, from - 0.001) +
      histogram.countBetween(from + width + 0.001, from + 2 * width);
    if (mode < modeShare * histogram.count || mode < leastOf(evidence) || mode < (modeHeight * around) / 2) continue;
    return reasonOf(mode / histogram.count, [delayMs]);
  }
  return null;
}

/** What a delay takes on a busy machine: 41 to 54 ms were measured, 82 to 108 for two that follow each other. */
const [shortestMs, longestMs] = [39, 54];
const inARow = [1, 2, 3] as const;

/** Nobody has anything to do, and yet most samples take as long as a few delays in a row; hardly any lie between one and two. */
function delaysOfIdle(evidence: Evidence, histogram: Histogram): Reason | null {
  if (!isIdle(evidence)) return null;
  const counts = inARow.map((times) => histogram.countBetween(times * shortestMs, times * longestMs));
  const [waited, waitedMs] = [sum(counts), sum(inARow) * (longestMs - shortestMs)];
  const between = histogram.countBetween(longestMs + 0.1, 2 * shortestMs - 0.1);
  const betweenMs = 2 * shortestMs - longestMs;
  if (waited <= histogram.count / 2 || waited < leastOf(evidence)) return null;
  if (waited / waitedMs < (modeHeight * between) / betweenMs) return null;
  const common = inARow.filter((_, n) => (counts[n] ?? 0) > waited / 10);
  return reasonOf(
    waited / histogram.count,
    common.map((times) => times * ackDelaysMs[0]),
  );
}

function leastOf({ load, connections }: Evidence): number {
  return modePauses * (load.vus ?? connections.held);
}

function reasonOf(share: number, delaysMs: readonly number[]): Reason {
  return {
    message: `${Number((100 * share).toPrecision(2))}% of the samples took about ${delaysMs.join(" or ")} ms`,
    hint: "that is how long Nagle's algorithm waits for a delayed acknowledgement: one side lacks TCP_NODELAY",
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
