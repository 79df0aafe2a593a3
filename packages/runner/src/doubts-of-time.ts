import { progressMs } from "@apb/core/snapshot";
import type { Totals } from "@apb/core/totals";
import { momentsOf } from "@apb/stats/moments";
import { type Doubt, grouped, medianMs } from "./evidence.ts";

/** A generator this busy adds its own queueing to every latency it reports. */
const busyShare = 0.9;

export const clientLimited: Doubt = ({ generator, load }) => {
  // An open load's generator watches the clock between arrivals; whether it kept up, its late starts tell.
  if (load.model === "open") return null;
  const percent = Math.round(generator.cpuPercentMean / generator.processes);
  const busy = generator.eventLoopUtilization > busyShare || percent > busyShare * 100;
  if (!busy) return null;
  return {
    message: `the load generator itself was busy (${percent}% of a core, event loop ${Math.round(generator.eventLoopUtilization * 100)}%)`,
    hint: "latency and RPS are of client and server together: they are limits of this client, not of the protocol; compare CPU per operation, or use fewer users",
  };
};

/** Late starts above this part of the median are no longer noise. */
const lateShare = 0.1;

export const lateStarts: Doubt = (evidence) => {
  const { lateStartP99Ms } = evidence.generator;
  const median = medianMs(evidence);
  if (lateStartP99Ms <= lateShare * median) return null;
  const serviceMs = evidence.totals.step("total")?.service.percentileMs(50) ?? 0;
  return {
    message: `arrivals were noticed up to ${lateStartP99Ms.toPrecision(2)} ms late (p99), against a median of ${median.toPrecision(2)} ms (service time ${serviceMs.toPrecision(2)} ms)`,
    hint: "response times include this wait, which is the generator's or the machine's and not the server's; compare service times, or measure on a quieter machine",
  };
};

/** A silence counts from this part of the window, and from this many medians: users that all wait are silent for one. */
const silentShare = 0.1;
const silentMedians = 10;

/** A busy generator notices a second's end a little late all the time. */
const leastFrozenMs = 250;

export const stalled: Doubt = (evidence) => {
  const { load, totals, steady } = evidence;
  // An open load goes on asking: its response times hold every wait. Another may have nobody to ask for a while.
  if (load.model === "open" || !steady) return null;
  const seconds = (ms: number): string => `${Number((ms / 1000).toPrecision(2))} s`;
  if (totals.frozenMs > silentShare * totals.windowMs && totals.frozenMs > leastFrozenMs)
    return {
      message: `a load generator stood still for ${seconds(totals.frozenMs)} of a window of ${seconds(totals.windowMs)}`,
      hint: "its users asked nothing meanwhile, so that the percentiles leave it out; measure on a quieter machine",
    };
  const silentMs = longestSilenceMs(totals);
  const thinkMs = totals.counts().thinkNs / 1e6 / Math.max(1, totals.counts().completed);
  if (silentMs <= Math.max(silentShare * totals.windowMs, silentMedians * (medianMs(evidence) + thinkMs))) return null;
  return {
    message: `no iteration succeeded for ${seconds(silentMs)} of a window of ${seconds(totals.windowMs)}`,
    hint: "server or machine stood still, and a closed load asks nothing while it waits, so that its percentiles leave the stall out (coordinated omission); use --rate to see it",
  };
};

/** The longest time of the window in which no generator had a success. */
function longestSilenceMs({ progress, windowMs }: Totals): number {
  const bins = Math.ceil(windowMs / progressMs);
  let [longest, silent] = [0, 0];
  for (let bin = 0; bin < bins; bin++) {
    silent = (progress[bin] ?? 0) > 0 ? 0 : silent + 1;
    longest = Math.max(longest, silent);
  }
  return longest * progressMs;
}

/** The halves of a window must differ by this much, and by three times what their own spread explains. */
const driftShare = 0.1;
const driftErrors = 3;

export const unsteady: Doubt = ({ totals, steady }) => {
  if (!steady) return null;
  const slices = slicesOf(totals);
  if (slices.some(({ completed }) => completed < 2)) return null;
  const throughput = drift(slices.map(({ completed }) => completed));
  const latency = drift(slices.map(({ completed, totalMs }) => totalMs / completed));
  const [what, change] =
    Math.abs(throughput) >= Math.abs(latency) ? ["throughput", throughput] : ["mean latency", latency];
  if (change === 0) return null;
  return {
    message: `${what} of the window's second half is ${(100 * Math.abs(change)).toFixed(0)}% ${change > 0 ? "above" : "below"} its first`,
    hint: "still warming up, or something else ran: use a longer --warm-up or --duration on a quiet machine",
  };
};

/** The window in ten equal parts, by when an iteration ended. */
function slicesOf({ progress, progressNs, windowMs }: Totals): readonly { completed: number; totalMs: number }[] {
  const slices = Array.from({ length: 10 }, () => ({ completed: 0, totalMs: 0 }));
  for (const [bin, completed] of progress.entries()) {
    const slice = slices[Math.floor((10 * bin * progressMs) / windowMs)];
    if (slice === undefined || completed === undefined) continue;
    slice.completed += completed;
    slice.totalMs += (progressNs[bin] ?? 0) / 1e6;
  }
  return slices;
}

/** How much the second half's mean differs from the first's, as a fraction; 0 when noise explains it. */
function drift(values: readonly number[]): number {
  const half = values.length / 2;
  const [first, second] = [momentsOf(values.slice(0, half)), momentsOf(values.slice(half))];
  const change = (second.mean - first.mean) / first.mean;
  const error = Math.hypot(first.sd, second.sd) / Math.sqrt(half);
  return Math.abs(change) > driftShare && Math.abs(second.mean - first.mean) > driftErrors * error ? change : 0;
}

/** From the server's memory as a series: see the runner's reading of growth for what is steady. */
export const growing: Doubt = ({ server, totals, closed }) => {
  // Sessions that are left open are what it is to keep.
  if ((closed?.sessionsLeft ?? 0) > 0) return null;
  if (server === null || server.rssGrowth === null) return null;
  const { bytesPerSecond, bytesPerOperation } = server.rssGrowth;
  const each = bytesPerOperation === null ? "" : `, ${grouped(bytesPerOperation)} bytes an operation`;
  const mib = (bytesPerSecond * totals.windowMs) / 1000 / 1024 / 1024;
  return {
    message: `the server's memory rose all through the window, by ${mib.toFixed(0)} MiB: ${grouped(bytesPerSecond / 1024)} KiB a second${each}`,
    hint: "a leak, a cache that fills, or a heap that still grows: a longer --duration tells them apart",
  };
};

/** From here on the client's own time is a large part of what is measured. */
const nearShare = 0.5;

export const nearCeiling: Doubt = (evidence) => {
  const { operationsPerSecond, ceiling, generator } = evidence;
  // That says more than this.
  if (clientLimited(evidence) !== null) return null;
  if (ceiling === null || ceiling.operationsPerSecond === null) return null;
  const { operationsPerSecond: most, transport, users, sizeBytes } = ceiling;
  const { processes } = generator;
  const share = operationsPerSecond / (processes * most);
  if (share <= nearShare) return null;
  const times = processes === 1 ? "" : `${processes} × `;
  const refuted = share > 1 ? "; the machine was slower then, or that load asked more of the client than this one" : "";
  return {
    message: `${grouped(operationsPerSecond)} operations/s are ${Math.round(100 * share)}% of the client's ceiling of ${times}${grouped(most)}, found when the run began (${transport}, ${users} users, ${sizeBytes / 1024} KiB bodies, a server that does nothing)${refuted}`,
    hint: "a large part of latency and RPS is the client's own: compare CPU per operation, or add --generators; larger bodies have a lower ceiling, which is not measured",
  };
};
