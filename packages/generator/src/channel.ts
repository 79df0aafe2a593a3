import type { ClientKind, Headers } from "@apb/core/binding";
import type { CellId } from "@apb/core/cell";
import type { Share } from "@apb/core/load";
import type { Profile, Vars } from "@apb/core/scenario";
import type { Snapshot } from "@apb/core/snapshot";
import type { Begun } from "./begun.ts";
import type { Connected } from "./connected.ts";
import type { DriveCounts } from "./drive.ts";

/** Which server to talk to, and how. */
export interface Target {
  readonly binding: string;
  readonly url: string;
  readonly client: ClientKind;
  /** The most bytes of a reply; the clients' own limit where it is left out. */
  readonly maxReplyBytes?: number | undefined;
  /** What every request carries beside the protocol's own headers; mostly secrets. */
  readonly headers?: Headers | undefined;
}

/** Which server to ask whether it answers as it should, and how long to wait for each answer. */
export interface Asked extends Target {
  readonly timeoutMs: number;
  /** Whether the server is somebody else's, of which less is to be expected. */
  readonly stranger?: boolean | undefined;
}

/** A check's outcome as data that crosses processes. */
export interface CheckOutcome {
  readonly check: string;
  readonly status: "passed" | "skipped" | "failed";
  /** Why it was skipped or what failed; empty when it passed. */
  readonly reason: string;
}

/** A scenario file, and what was in it when it was first read. */
export interface FileRef {
  /** Absolute. */
  readonly path: string;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
}

/** Which point to run; the generator finds it in its own catalog, or in a file, by scenario and parameters. */
export interface Assignment extends Asked {
  readonly scenario: string;
  /** Where the scenario is written; absent for a bundled one. */
  readonly file?: FileRef;
  readonly profile: Profile;
  readonly params: CellId["case"];
  readonly load: string;
  /** Which of the generators it is; each workload is shared by as many as it can be. */
  readonly share: Share;
}

/** What was done on the connections since they were open. */
export interface Closed extends DriveCounts {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Connections that were lost and replaced since. */
  readonly reconnects: number;
  /** Sessions that iterations opened and have left open. */
  readonly sessionsLeft: number;
  /** The most this process has held since it began. */
  readonly rssPeakBytes: number;
}

/** When a drive begins, in milliseconds of the system's monotonic clock, which all processes share. */
export interface Start {
  readonly startAtMs: number;
  readonly warmUpMs: number;
  readonly seed: number;
  /** The loads of how many sides take turns, and of what length; absent where there is one. */
  readonly turns?: { readonly sides: number; readonly sliceMs: number };
}

/** What the conductor asks of a generator, one at a time but for `stop`, and what comes back. */
export interface GeneratorCalls {
  /** The first iteration of each task, unmeasured and on a connection of its own: both sides load what they need, and it is seen to work. */
  rehearse: { readonly argument: Assignment; readonly result: null; readonly event: never };
  /** The shared checks. */
  verify: { readonly argument: Asked; readonly result: readonly CheckOutcome[]; readonly event: never };
  connect: { readonly argument: Assignment; readonly result: Connected; readonly event: never };
  /** What the point does once before all VUs start; what it leaves behind. */
  setup: { readonly argument: null; readonly result: Vars; readonly event: never };
  /** Lets every VU start, with a copy of what the setup left. */
  begin: { readonly argument: Vars; readonly result: Begun; readonly event: never };
  /** What the point does once when the load is over, with what the setup left. */
  teardown: { readonly argument: Vars; readonly result: null; readonly event: never };
  /** Tells each second of the window as it is over, and what ended late. */
  drive: { readonly argument: Start; readonly result: Closed; readonly event: Snapshot };
  /** Ends the drive under way, with so much time for what is in flight; its `drive` is answered as ever. */
  stop: { readonly argument: { readonly graceMs: number }; readonly result: null; readonly event: never };
  disconnect: { readonly argument: null; readonly result: null; readonly event: never };
}
