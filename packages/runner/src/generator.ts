import type { Vars } from "@apb/core/scenario";
import type { Snapshot } from "@apb/core/snapshot";
import type { Begun } from "@apb/generator/begun";
import type { Asked, Assignment, CheckOutcome, Closed, Start } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";

/** A drive under way. */
export interface Driving {
  /** Each second of the window as it is over, then what ended late. Throws what broke the drive, behind the last second it has told. */
  readonly seconds: AsyncIterable<Snapshot>;
  /** What was done in all, when everything has ended. */
  readonly closed: Promise<Closed>;
  /** Ends the window now; what is in flight gets so long. */
  stop(graceMs: number): Promise<void>;
}

/** The load generator: a process of its own, or a test's fake. Disposing ends it. */
export interface Generator extends AsyncDisposable {
  /** The first iteration of each task, unmeasured: both sides load what they need, and it is seen to work. Throws what went wrong. */
  rehearse(assignment: Assignment): Promise<void>;
  /** Runs the shared checks. */
  verify(target: Asked): Promise<readonly CheckOutcome[]>;
  /** Opens the point's connections. Those that fail are counted; it throws only when nothing can be tried at all. */
  connect(assignment: Assignment): Promise<Connected>;
  /** What the point does once before all VUs start; resolves with what it leaves behind. Throws what it throws. */
  setup(): Promise<Vars>;
  /** Lets every VU start, with a copy of what the setup left. Those that fail are counted. */
  begin(vars: Vars): Promise<Begun>;
  /** What the point does once when the load is over. Throws what it throws. */
  teardown(vars: Vars): Promise<void>;
  /** Warm-up and window on the open connections. */
  drive(start: Start): Driving;
  /** Closes the connections. */
  disconnect(): Promise<void>;
}
