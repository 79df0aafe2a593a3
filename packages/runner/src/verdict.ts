import type { Ceiling } from "@apb/core/ceiling";
import { errorRate, type Finding, type GeneratorUsage, type StepResult, type Verdict } from "@apb/core/cell";
import { Histogram } from "@apb/core/histogram";
import type { Silence, Slice } from "./window.ts";

/** What a verdict is made from. */
export interface Evidence {
  readonly total: StepResult;
  readonly generator: GeneratorUsage;
  readonly connections: { readonly asked: number; readonly held: number };
  /** Connections lost and replaced under load. */
  readonly reconnects: number;
  readonly dropped: number;
  /** Null in an open load. */
  readonly users: number | null;
  readonly iterationsPerSecond: number;
  readonly operationsPerSecond: number;
  /** Of one generator process; null when it was not measured. */
  readonly ceiling: Ceiling | null;
  /** 100 is one core, 0 is too little to be counted; null when nobody watched the server. */
  readonly serverCpuPercent: number | null;
  /** How long agents were told to wait before they answer. */
  readonly agentDelayMs: number;
  /** Checks the server failed as it was known to: no doubt about a number, but about what was measured. */
  readonly deviations: readonly Finding[];
  /** The window in ten equal parts; null when it ended early. */
  readonly slices: readonly Readonly<Slice>[] | null;
  /** The longest time in which no iteration succeeded, of how long a window. */
  readonly silence: Silence;
  readonly windowMs: number;
  /** Agent calls of the whole drive by both sides' own count; null when one of them is not known or something failed. */
  readonly calls: { readonly client: number; readonly server: number } | null;
  readonly wire: { readonly sentBytes: number; readonly receivedBytes: number; readonly bodyBytes: number };
}

/** One way to doubt a number. Pure; null when there is nothing to doubt. */
type Doubt = (evidence: Evidence) => Finding | null;

/** What the tool thinks of its own number. Pure. */
export function judge(evidence: Evidence): Verdict {
  const doubted = doubts.map((doubt) => doubt(evidence)).filter((finding) => finding !== null);
  const findings = [...doubted, ...evidence.deviations];
  return { kind: findings[0]?.kind ?? "valid", findings };
}

/** Failures above this share make a cell's latencies those of the lucky ones. */
const errorShare = 0.001;

const errors: Doubt = ({ total, connections, reconnects, dropped }) => {
  const rate = errorRate(total);
  const lost = connections.asked - connections.held;
  const parts = [
    rate === null ? "no iteration ended" : null,
    rate !== null && rate > errorShare ? `${(rate * 100).toPrecision(2)}% of the iterations failed` : null,
    lost > 0 ? `${lost} of ${connections.asked} connections could not be opened` : null,
    reconnects > 0
      ? `${reconnects} connections were lost and opened again, which took place inside of the measured requests`
      : null,
    dropped > 0 ? `${dropped} arrivals were dropped` : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return {
    kind: "errors",
    message: parts.join("; "),
    hint: "the latencies are of the successes alone; look at the failures by kind in cells.jsonl",
  };
};

const lossy: Doubt = ({ calls }) => {
  if (calls === null || calls.client === calls.server) return null;
  return {
    kind: "lossy",
    message: `the client counts ${calls.client} calls, the server's own count is ${calls.server}`,
    hint: "requests were lost, repeated, or answered by somebody else: no number of this cell can be trusted",
  };
};

const unequal: Doubt = ({ wire }) => {
  const carried = wire.sentBytes + wire.receivedBytes;
  if (carried >= wire.bodyBytes) return null;
  return {
    kind: "unequal",
    message: `${carried} bytes on the wire cannot carry ${wire.bodyBytes} bytes of body`,
    hint: "something compresses or caches on the way, which it does for no other binding; switch it off",
  };
};

/** Little's law is exact over a whole window; its ends blur it by an iteration for each user. */
const littleShare = 0.05;
const littleIterations = 20;

const impossible: Doubt = ({ total, users, iterationsPerSecond }) => {
  if (users === null || total.responseMs === null || errorRate(total) !== 0) return null;
  if (total.count < users * littleIterations) return null;
  const busy = (iterationsPerSecond * total.responseMs.mean) / 1000;
  if (Math.abs(busy - users) <= littleShare * users) return null;
  const share = Math.round((100 * Math.abs(busy - users)) / users);
  return {
    kind: "impossible",
    message: `${users} users, but throughput × latency makes ${busy.toPrecision(3)}: ${share}% of the time is unaccounted for`,
    hint: "by Little's law the two must agree: time is lost outside of the stopwatch, mostly in an overloaded load generator",
  };
};

/** A generator this busy adds its own queueing to every latency it reports. */
const busyShare = 0.9;
/** Late starts above this part of the median are no longer noise. */
const lateShare = 0.1;

const clientLimited: Doubt = ({ generator, users }) => {
  // An open load's generator watches the clock between arrivals; whether it kept up, its late starts tell.
  if (users === null) return null;
  const percent = Math.round(generator.cpuPercentMean / generator.processes);
  const busy = generator.eventLoopUtilization > busyShare || percent > busyShare * 100;
  if (!busy) return null;
  return {
    kind: "client-limited",
    message: `the load generator itself was busy (${percent}% of a core, event loop ${Math.round(generator.eventLoopUtilization * 100)}%)`,
    hint: "latency and RPS are of client and server together: they are limits of this client, not of the protocol; compare CPU per operation, or use fewer users",
  };
};

const lateStarts: Doubt = ({ total, generator }) => {
  const median = total.responseMs?.p50 ?? Number.POSITIVE_INFINITY;
  if (generator.lateStartP99Ms <= lateShare * median) return null;
  return {
    kind: "late-starts",
    message: `arrivals were noticed up to ${generator.lateStartP99Ms.toPrecision(2)} ms late (p99), against a median of ${median.toPrecision(2)} ms`,
    hint: "response times include this wait, which is the generator's or the machine's and not the server's; compare service times, or measure on a quieter machine",
  };
};

/** A silence counts from this part of the window, and from this many medians: users that all wait are silent for one. */
const silentShare = 0.1;
const silentMedians = 10;

const stalled: Doubt = ({ total, users, silence, windowMs }) => {
  // An open load goes on asking: its response times hold every wait, so there is nothing to doubt.
  if (users === null) return null;
  const silentMs = silence.untilMs - silence.fromMs;
  const median = total.responseMs?.p50 ?? Number.POSITIVE_INFINITY;
  if (silentMs <= Math.max(silentShare * windowMs, silentMedians * median)) return null;
  const seconds = (ms: number): string => `${Number((ms / 1000).toPrecision(2))} s`;
  return {
    kind: "stalled",
    message: `no iteration succeeded for ${seconds(silentMs)} of a window of ${seconds(windowMs)}`,
    hint: "server or machine stood still, and a closed load asks nothing while it waits, so that its percentiles leave the stall out (coordinated omission); use --rate to see it",
  };
};

/** The halves of a window must differ by this much, and by three times what their own spread explains. */
const driftShare = 0.1;
const driftErrors = 3;

const unsteady: Doubt = ({ slices }) => {
  if (slices === null || slices.some(({ completed }) => completed < 2)) return null;
  const throughput = drift(slices.map(({ completed }) => completed));
  const latency = drift(slices.map(({ completed, totalMs }) => totalMs / completed));
  const [what, change] =
    Math.abs(throughput) >= Math.abs(latency) ? ["throughput", throughput] : ["mean latency", latency];
  if (change === 0) return null;
  return {
    kind: "unsteady",
    message: `${what} of the window's second half is ${(100 * Math.abs(change)).toFixed(0)}% ${change > 0 ? "above" : "below"} its first`,
    hint: "still warming up, or something else ran: use a longer --warm-up or --duration on a quiet machine",
  };
};

/** How much the second half's mean differs from the first's, as a fraction; 0 when noise explains it. */
function drift(values: readonly number[]): number {
  const half = values.length / 2;
  const [first, second] = [spread(values.slice(0, half)), spread(values.slice(half))];
  const change = (second.mean - first.mean) / first.mean;
  const error = Math.sqrt((first.variance + second.variance) / half);
  return Math.abs(change) > driftShare && Math.abs(second.mean - first.mean) > driftErrors * error ? change : 0;
}

function spread(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, variance };
}

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

/** A server that nobody watched may be busy, far away, or told to wait: of it this is not known. */
function isIdle({ generator, serverCpuPercent, agentDelayMs }: Evidence): boolean {
  const serverIdle = serverCpuPercent !== null && serverCpuPercent < idlePercent;
  return serverIdle && generator.cpuPercentMean < idlePercent && agentDelayMs === 0;
}

const nagle: Doubt = (evidence) => {
  const { total, users, connections } = evidence;
  const median = total.responseMs?.p50 ?? Number.POSITIVE_INFINITY;
  const histogram = Histogram.merge([{ histogram: total.histogram, latency: total.responseMs }]);
  for (const delayMs of ackDelaysMs) {
    const width = delayMs * ackWidth;
    const from = delayMs - width / 8;
    const mode = histogram.countBetween(from, from + width);
    const around =
      histogram.countBetween(from - width, from - 0.001) +
      histogram.countBetween(from + width + 0.001, from + 2 * width);
    // Where ordinary samples take nearly as long, a mode there is queueing, unless nobody has anything to do.
    if (median > delayMs / 4 && !(isIdle(evidence) && mode > histogram.count / 2)) continue;
    if (
      mode < modeShare * histogram.count ||
      mode < modePauses * (users ?? connections.held) ||
      mode < (modeHeight * around) / 2
    )
      continue;
    return {
      kind: "nagle",
      message: `${Number(((100 * mode) / histogram.count).toPrecision(2))}% of the samples took about ${delayMs} ms`,
      hint: "that is how long Nagle's algorithm waits for a delayed acknowledgement: one side lacks TCP_NODELAY",
    };
  }
  return null;
};

/** From here on the client's own time is a large part of what is measured. */
const nearShare = 0.5;

const nearCeiling: Doubt = (evidence) => {
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
    kind: "near-ceiling",
    message: `${grouped(operationsPerSecond)} operations/s are ${Math.round(100 * share)}% of the client's ceiling of ${times}${grouped(most)}, found when the run began (${transport}, ${users} users, ${sizeBytes / 1024} KiB bodies, a server that does nothing)${refuted}`,
    hint: "a large part of latency and RPS is the client's own: compare CPU per operation, or add --generators; larger bodies have a lower ceiling, which is not measured",
  };
};

function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** The doubts in their order of gravity: the first one found names the verdict. */
const doubts: readonly Doubt[] = [
  errors,
  lossy,
  unequal,
  impossible,
  clientLimited,
  lateStarts,
  stalled,
  unsteady,
  nagle,
  nearCeiling,
];
