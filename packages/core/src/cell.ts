import type { ClientKind } from "./binding.ts";
import type { FailureKind } from "./failure.ts";
import type { Latency } from "./latency.ts";
import type { SaidByKind } from "./said.ts";
import type { StreamResult } from "./stream-result.ts";

/** Who answers where this program starts the server: our lean one, or the protocol's official SDK. */
export type OwnServerKind = "reference" | "sdk";

/** Who answers: one of ours, or somebody else's: started by us with a command, or running already and given by its URL. */
export type ServerKind = OwnServerKind | "command" | "external";

/** Whether a server is one of ours, whose agents and costs are known. */
export function isOwnServer(kind: ServerKind): kind is OwnServerKind {
  return kind === "reference" || kind === "sdk";
}

/** The parameters of a scenario's setting by their names, `{ sizeBytes: 1024 }`, `{ close: "never" }`. */
export type Case = Readonly<Record<string, number | string>>;

/** The unit that is measured and stored. */
export interface CellId {
  readonly scenario: string;
  readonly case: Case;
  /** What it is measured under, as a label: `10 VUs`, `500/s`. */
  readonly load: string;
  readonly binding: string;
  readonly server: ServerKind;
  readonly client: ClientKind;
  readonly security: Security;
  /** From 1. */
  readonly round: number;
}

/** What protects the connection. */
export type Security = "plain";

/** Iterations that kept the limits of their streams; those that failed and arrivals that were dropped are among all. */
export interface GoodputResult {
  /** As they were asked for, `first_event:200,mean_gap:50`. */
  readonly limits: string;
  readonly good: number;
  readonly of: number;
  /** Null where there was nothing to judge. */
  readonly share: number | null;
  /** Good ones that ended in the window, a second. */
  readonly perSecond: number;
}

/** One timed step over a window. */
export interface StepResult {
  /** Successful samples. */
  readonly count: number;
  /** Failed samples by kind; they are in no latency. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** What the first failure of each kind said; absent where nothing failed. */
  readonly said?: SaidByKind;
  /** Ended minus intended start: includes the wait for a free connection. Null when nothing succeeded. */
  readonly responseMs: Latency | null;
  /** Ended minus started. Equal to `responseMs` in a closed load. */
  readonly serviceMs: Latency | null;
  /** How long failed samples took. Null when none failed. */
  readonly failedMs: Latency | null;
  /** HdrHistogram V2, deflated, base64, in microseconds, of the response times. */
  readonly histogram: string;
  /** The same of the service times. */
  readonly serviceHistogram: string;
  /** The same of the failed samples. */
  readonly failedHistogram: string;
  /** Where it streams. */
  readonly streams?: StreamResult;
}

/** Memory and CPU of the server's process tree. */
export interface ServerUsage {
  /** Resident memory before the first connection of the cell. */
  readonly rssIdleBytes: number;
  /** Resident memory with all connections open and no request sent. */
  readonly rssConnectedBytes: number;
  readonly rssPeakBytes: number;
  readonly rssMeanBytes: number;
  /** What it grew by in the window, where it rose all the time; null where it did not, or where the window is too short to tell. */
  readonly rssGrowth: { readonly bytesPerSecond: number; readonly bytesPerOperation: number | null } | null;
  /** 100 is one core. Null when the counter moved by too few of its steps; `missing["server.cpu"]` says so. */
  readonly cpuPercentMean: number | null;
  /** Null together with `cpuPercentMean`, and where there was no operation. */
  readonly cpuMsPerOperation: number | null;
}

/** What our own client process spent, so that a reader can tell its cost from the server's. */
export interface GeneratorUsage {
  /** How many processes the load was shared by; CPU and memory are of all of them together. */
  readonly processes: number;
  readonly cpuPercentMean: number;
  /** Null where there was no operation. */
  readonly cpuMsPerOperation: number | null;
  /** 0 to 1: the share of the window in which the event loop was busy; of the busiest process. */
  readonly eventLoopUtilization: number;
  /** How late iterations began after they were due, at the 99th percentile. */
  readonly lateStartP99Ms: number;
  /** Since the process began: with the first cell of its binding and round. */
  readonly rssPeakBytes: number;
}

/** Every way to doubt a number, the gravest first. */
export const findingKinds = [
  "errors", // too many iterations, connections or arrivals failed
  "partial", // it ended before its time
  "lossy", // client and server count differently
  "unequal", // something compresses or caches on the way
  "impossible", // the time of the virtual users does not add up
  "client-limited", // the generator was the limit
  "late-starts", // arrivals were noticed late
  "stalled", // nothing succeeded for a long time
  "unsteady", // the window's halves differ
  "growing", // the server's memory rose through the window
  "nagle", // replies waited for a delayed acknowledgement
  "near-ceiling", // the client's own limit is near
  "deviates", // the server is known to do something otherwise
] as const;

/** One of {@link findingKinds}. */
export type FindingKind = (typeof findingKinds)[number];

/** A doubt about a number, with what a reader can do about it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly hint: string;
}

/** What the tool thinks of its own number; `kind` is the gravest finding's. */
export interface Verdict {
  readonly kind: FindingKind | "valid";
  readonly findings: readonly Finding[];
}

/** The numbers behind a load's label. */
export interface LoadFacts {
  readonly model: "closed" | "open";
  /** Of each workload, joined by commas. */
  readonly executor: string;
  /** The most virtual users there can be; null in an open load. */
  readonly vus: number | null;
  /** Arrivals, of a constant rate; null otherwise. */
  readonly perSecond: number | null;
}

/** A load as it was measured: `vus` are the most there were. */
export interface MeasuredLoad extends LoadFacts {
  /** Connections that were held. */
  readonly sessions: number;
  readonly warmUpMs: number;
  /** The measured window, as it really was. */
  readonly durationMs: number;
}

/** One of a workload's several tasks over a window: its whole iterations. */
export interface TaskResult extends StepResult {
  /** 0 to 1: of its workload's iterations, by its weight, and as they ended, however; null where none did. */
  readonly targetShare: number;
  readonly attainedShare: number | null;
  /** Cut off because their VU or the load ended. */
  readonly interrupted: number;
  /** As those of the cell. */
  readonly iterationsPerSecond: number;
  readonly operationsPerSecond: number;
}

/** What one workload did in the window. */
export interface WorkloadResult {
  readonly load: string;
  readonly begun: number;
  readonly completed: number;
  readonly dropped: number;
  /** Cut off because their VU or the load ended. */
  readonly interrupted: number;
  /** Its own samples, where several workloads ran side by side. */
  readonly steps?: Readonly<Record<string, StepResult>>;
  /** By name, where it has several. */
  readonly tasks?: Readonly<Record<string, TaskResult>>;
}

/** What a scenario's own metric came to, in k6's words. */
export type OwnResult =
  | { readonly type: "counter"; readonly count: number; readonly perSecond: number }
  | { readonly type: "gauge"; readonly value: number; readonly min: number; readonly max: number }
  | { readonly type: "rate"; readonly hits: number; readonly of: number }
  /** In the metric's own unit; the histogram is HdrHistogram V2, deflated, base64, in thousandths of it. */
  | { readonly type: "trend"; readonly count: number; readonly values: Latency; readonly histogram: string };

/** A limit on a metric, and what became of it. */
export interface ThresholdResult {
  /** With its tags, `response{step:total}`. */
  readonly metric: string;
  /** As written, `p(99)<5`. */
  readonly threshold: string;
  readonly ok: boolean;
  /** Null when there were no samples, which fails. */
  readonly value: number | null;
}

/** What a load's iterations opened beside the sessions of its VUs, and what the server keeps for what they left open. */
export interface OpenedResult {
  /** Sessions still open when the load was over; those of the warm-up were closed. */
  readonly left: number;
  /**
   * What the server's memory rose by from the window's beginning to the load's end, below 0 where it fell: resident memory,
   * and live objects of its heap with what hangs on them. Null where it is not known.
   */
  readonly rssRoseBytes: number | null;
  readonly heapRoseBytes: number | null;
  /** The same for each session left open. Null, with a reason, where that is less than its noise. */
  readonly rssBytesPerSession: number | null;
  readonly heapBytesPerSession: number | null;
}

export interface Measured {
  readonly schemaVersion: 2;
  readonly status: "measured";
  readonly cell: CellId;
  /** Why it ended before its time, as a sentence; null when it did not. */
  readonly partial: string | null;
  readonly load: MeasuredLoad;
  readonly workloads: Readonly<Record<string, WorkloadResult>>;
  /** Connections asked for, open when the load began, and not opened, by kind. */
  readonly connections: {
    readonly asked: number;
    readonly held: number;
    readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  };
  /** `total` is the iteration; `connect` the opening of a session; the others are the scenario's own. */
  readonly steps: Readonly<Record<string, StepResult>>;
  /** Completions inside the window per second of window. */
  readonly iterationsPerSecond: number;
  /** The same in protocol operations (a workflow has several per iteration). */
  readonly operationsPerSecond: number;
  /** Arrivals that an open load could not even queue. */
  readonly dropped: number;
  /** Iterations that were cut off because their VU or the load ended. */
  readonly interrupted: number;
  /** By name, how often a check said yes and no. */
  readonly checks: Readonly<Record<string, { readonly passes: number; readonly fails: number }>>;
  /** The scenario's own metrics by name; absent where it has none. */
  readonly metrics?: Readonly<Record<string, OwnResult>>;
  readonly thresholds: readonly ThresholdResult[];
  /** Where it was asked for. */
  readonly goodput?: GoodputResult;
  /** Where iterations open sessions. */
  readonly opened?: OpenedResult;
  /** Totals of warm-up and window together, over all connections after their opening, and with it of sessions that iterations open; null when a generator did not live to tell. */
  readonly wire: {
    readonly sentBytes: number;
    readonly receivedBytes: number;
    readonly bodyBytes: number;
    readonly operations: number;
  } | null;
  readonly server: ServerUsage | null;
  readonly generator: GeneratorUsage;
  readonly verdict: Verdict;
  /** For every null above, by field name, why. */
  readonly missing: Readonly<Record<string, string>>;
}

/** A cell that has no numbers, and why. */
export interface Unmeasured {
  readonly schemaVersion: 2;
  readonly status: "not-applicable" | "failed";
  readonly cell: CellId;
  readonly reason: string;
  /** What became of its thresholds, where its load began; absent otherwise. */
  readonly thresholds?: readonly ThresholdResult[];
}

export type CellResult = Measured | Unmeasured;

/**
 * Samples of a step that failed, and all that were due. Of whole iterations, the arrivals that an open load dropped were due
 * and have failed too; other steps had none.
 */
export function attemptsOf(
  step: Pick<StepResult, "count" | "failures"> | undefined,
  dropped = 0,
): { readonly failed: number; readonly due: number } {
  const failed = Object.values(step?.failures ?? {}).reduce((sum, n) => sum + n, dropped);
  return { failed, due: (step?.count ?? 0) + failed };
}

/** A case's parameters as one short text, `sizeBytes=1024`. Stable, so it can be a key. */
export function caseLabel(params: Case): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
