import type { ClientKind } from "@apb/core/binding";
import type { CellId, StepResult } from "@apb/core/cell";
import type { FailureKind } from "@apb/core/failure";
import type { Load, Profile } from "@apb/core/scenario";
import type { DriveReport } from "./drive.ts";

/** Which server to talk to, and how. */
export interface Target {
  readonly binding: string;
  readonly url: string;
  readonly client: ClientKind;
}

/** Which server to ask whether it answers as it should, and how long to wait for each answer. */
export interface Asked extends Target {
  readonly timeoutMs: number;
}

/** A check's outcome as data that crosses processes. */
export interface CheckOutcome {
  readonly check: string;
  readonly status: "passed" | "skipped" | "failed";
  /** Why it was skipped or what failed; empty when it passed. */
  readonly reason: string;
}

/** Which case to run; the generator finds it in its own catalog by scenario and parameters. */
export interface Task extends Asked {
  readonly scenario: string;
  readonly profile: Profile;
  readonly params: CellId["case"];
  /** The case's load, or this generator's share of it. */
  readonly load: Load;
  readonly sessionsPerUser: number;
}

export interface Connected {
  readonly asked: number;
  readonly held: number;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** The first failure's message, null when there was none. */
  readonly firstFailure: string | null;
  readonly step: StepResult;
}

/** A drive's report with what it cost the generator. */
export interface Driven extends DriveReport {
  readonly processes: number;
  readonly users: number | null;
  /** Since the connections were open. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Connections that were lost and replaced since. */
  readonly reconnects: number;
  /** Between opening and closing of the window. */
  readonly cpuMs: number;
  readonly eventLoopUtilization: number;
  readonly rssPeakBytes: number;
}

/** A drive under way. */
export interface Driving {
  /** The window has opened, the window has closed: the moments to read the server's counters. */
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  readonly report: Promise<Driven>;
}

/** The load generator: a process of its own, or a test's fake. Disposing ends it. */
export interface Generator extends AsyncDisposable {
  /** One connection and one call, so that both sides have loaded what they need. Throws when no connection can be opened. */
  touch(target: Asked): Promise<void>;
  /** Runs the shared checks. */
  verify(target: Asked): Promise<readonly CheckOutcome[]>;
  /** Opens the case's connections. Those that fail are counted; it throws only when nothing can be tried at all. */
  connect(task: Task): Promise<Connected>;
  /** Warm-up and window on the open connections; they begin at `startAt` of the system's monotonic clock, in nanoseconds. */
  drive(warmUpMs: number, startAt: bigint): Driving;
  /** Closes the connections. */
  disconnect(): Promise<void>;
}
