import type { Need, Reply, Session } from "./binding.ts";
import type { Call } from "./call.ts";
import type { Case } from "./cell.ts";
import type { GoodputLimit } from "./goodput.ts";
import { type Executor, isOpen, type Load } from "./load.ts";
import type { Think } from "./think.ts";
import type { MetricType, Threshold } from "./threshold.ts";
import { mostVUs } from "./vus.ts";

/** What a virtual user remembers from one step to the next and from one iteration to the next, by name. JSON. */
export type Vars = Record<string, unknown>;

/** Who runs an iteration: a virtual user. One object for all of its iterations; only `iteration` and `vars` change. */
export interface VU {
  /** From 0, and different for every VU of a workload, over all generators; of an open load, for every place an arrival can run in. */
  readonly id: number;
  /** Its own, to read and to write: at first what {@link Point.setup} left, then also what {@link Workload.onStart} did. */
  readonly vars: Vars;
  /** Its first session. */
  readonly session: Session;
  /** All of its sessions, as many as the workload's `sessionsPerVU`. */
  readonly sessions: readonly Session[];
  /** From 0, and different for every iteration of a workload, over all generators: for making bodies that cannot be confused. */
  readonly iteration: number;
}

/** What an iteration may do beside calling its sessions. */
export interface Io {
  /** Times a named part of the iteration. The signal given to `work` ends it when it takes too long. */
  step<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Times several steps together, as one more step of this name. */
  group<T>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * Times a stream as a named part of the iteration, from its first event's arrival at the socket to its end's, however
   * late the task reads them; `intervalMs` is the pace that was asked for. To be iterated once, to its end or left early.
   */
  stream(name: string, open: (signal: AbortSignal) => AsyncIterable<Reply>, intervalMs?: number): AsyncIterable<Reply>;
  /**
   * Opens one more session, its connection and handshake timed as a step of this name. To close it is the task's, by its
   * `Symbol.asyncDispose`; what the iteration leaves open stays so until the cell is over, or, in the warm-up, until the
   * iteration is. Throws `usage` where as many are open as the workload's `opens` says.
   */
  open(name: string): Promise<Session>;
  /** Counts a yes or no under a name; a no does not fail the iteration. */
  check(name: string, ok: boolean): void;
  /** Adds a value to a metric of the scenario's own. */
  add(metric: OwnMetric, value: number): void;
  /** Waits so many milliseconds within the iteration; they are part of its `total` and not of its time-out. */
  think(ms: number): Promise<void>;
  /** Milliseconds of the generator's monotonic clock. */
  now(): number;
}

/** A metric that a scenario counts itself, in k6's words. */
export interface OwnMetric {
  readonly name: string;
  readonly type: MetricType;
}

/** Checks what an iteration got, after the clocks have stopped. Throws a Failure of kind `mismatch`. */
export type Verify = () => void;

/** What one iteration does. */
export interface Task {
  readonly name: string;
  /** Of all iterations of its workload this one runs its share by weight: 3 and 7 are three and seven of each ten. */
  readonly weight: number;
  run(vu: VU, io: Io): Promise<Verify>;
}

/** One stream of load: an executor, and what its iterations do. */
export interface Workload {
  readonly name: string;
  readonly load: Load;
  /** Connections one VU holds, for calls that must run in parallel. */
  readonly sessionsPerVU: number;
  /** The most sessions that its iterations open beside and have open at a time, one a VU or more; absent means that they open none. */
  readonly opens?: number;
  /** What a VU of a closed load waits between its iterations; absent means nothing. */
  readonly think?: Think;
  /** What thresholds can tell it from other workloads by, beside its name. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What each VU does once before the load begins, out of all results. One that fails has no iterations. */
  onStart?(vu: VU, io: Io): Promise<void>;
  readonly tasks: readonly Task[];
}

/** One setting of a scenario. */
export interface Point {
  readonly params: Case;
  /** Side by side, each with its own start. */
  readonly workloads: readonly Workload[];
  readonly thresholds: readonly Threshold[];
  /** What is done once before all VUs start, out of all results; every VU begins with a copy of what it leaves in `vars`. */
  setup?(vu: VU, io: Io): Promise<void>;
  /** The same once more, when the load is over. */
  teardown?(vu: VU, io: Io): Promise<void>;
  /** The shortest warm-up that will do for what it reads; absent means that any does. */
  readonly warmUpMs?: number;
  /** Wants a server that nobody has used before, as for reading what its memory grows by; absent means it shares one. */
  readonly freshServer?: true;
}

/** How a report lays a scenario out: `size` compares bodies, `ladder` connections, `streams` events, `sessions` what opening them takes, `general` anything. */
export type View = "size" | "ladder" | "streams" | "sessions" | "general";

/** What is measured. Knows operations, never protocols. */
export interface Scenario {
  readonly name: string;
  /** One sentence: what it shows. */
  readonly shows: string;
  readonly needs: ReadonlySet<Need>;
  /** Whether it can be made with a call of the user's own; otherwise it calls agents of its own. */
  readonly takesCall?: true;
  /** The names of the steps that its tasks time, beside `total` and `connect`. */
  readonly steps: readonly string[];
  readonly view: View;
  /** Metrics of its own, which thresholds may name; absent means none. */
  readonly metrics?: readonly OwnMetric[];
  points(profile: Profile): readonly Point[];
}

/** The size of a run. Flags of the command line overwrite single fields. */
export interface Profile {
  readonly name: string;
  readonly rounds: number;
  readonly warmUpMs: number;
  /** The warm-up of the first cell on a fresh server and generator, whose code is cold. */
  readonly primeMs: number;
  readonly windowMs: number;
  /** Time for each of the client's own ceilings, before the first cell; absent or 0 means they are not measured. */
  readonly ceilingMs?: number;
  /** Body sizes of the message-size scenario. */
  readonly sizesBytes: readonly number[];
  /** Connections of the concurrency ladder. */
  readonly rungs: readonly number[];
  /** Virtual users of the scenarios other than the ladder; of an open load the connections it is sent on. */
  readonly vus: number;
  /** Connections these share; absent, or more than there are users in a closed load, means one each. */
  readonly sessions?: number;
  /** How long the session-churn scenario opens sessions; absent means `windowMs`. */
  readonly churnMs?: number;
  /** Events of a stream of the streaming scenario; absent means its own. */
  readonly events?: readonly number[];
  /** What makes an iteration's streams good; absent means that nobody asks. */
  readonly goodput?: readonly GoodputLimit[];
  /** Whether calls tell of their phases: see `Phases`. */
  readonly phases?: true;
  /** Replaces every scenario's own load. */
  readonly executor?: Executor;
  /** What durations of a scenario file's own loads are multiplied with; absent means 1. */
  readonly timeScale?: number;
  /** Replaces what scenarios that take one say to `echo`. */
  readonly call?: Call;
  /** How long iterations may finish behind the load's end; absent means 30 s, as in k6. */
  readonly gracefulStopMs?: number;
}

/** The graceful stop of a load that says nothing else, as in k6. */
export const usualGraceMs = 30_000;

/**
 * A profile's own executor, or, where it has none, this many VUs for the profile's window; on as many connections as the
 * profile says, or all that its VUs can use.
 */
export function loadOf(profile: Profile, vus: number, sessionsPerVU = 1): Load {
  const executor: Executor = profile.executor ?? { executor: "constant-vus", vus, durationMs: profile.windowMs };
  const around = { startTimeMs: 0, gracefulStopMs: profile.gracefulStopMs ?? usualGraceMs };
  const load: Load = { ...executor, ...around, sessions: 1 };
  return { ...load, sessions: connectionsOf(load, profile) * sessionsPerVU };
}

/** An open load can send on any number; in a closed one a connection without a user would only idle. */
function connectionsOf(load: Load, { sessions, vus }: Profile): number {
  if (isOpen(load)) return sessions ?? vus;
  const users = mostVUs(load);
  return Math.min(sessions ?? users, users);
}
