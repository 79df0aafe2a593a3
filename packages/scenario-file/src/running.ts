import type { Need } from "@apb/core/binding";
import type { Io, OwnMetric, VU } from "@apb/core/scenario";
import type { Names, Scope } from "./expression.ts";
import type { Discretion } from "./secrets.ts";
import type { Path, Source } from "./source.ts";

/** What is worked out when the clocks have stopped: checks and metrics first, then what must hold. */
export interface Later {
  /** Counts. */
  count(io: Io): void;
  /** Throws `mismatch` for what does not hold. */
  require(): void;
}

/** An iteration that runs steps of a file. */
export interface Running {
  readonly vu: VU;
  readonly io: Io;
  /** The first connection of the branch that runs. */
  readonly base: number;
  readonly scope: Scope;
  /** What is worked out when the clocks have stopped. */
  readonly later: Later[];
}

/** Does a step, or several. */
export type Step = (running: Running) => Promise<void>;

/** What compiling needs of a file, and what it finds on the way. */
export interface Compiling {
  readonly source: Source;
  readonly names: Names;
  readonly metrics: readonly OwnMetric[];
  /** Names of steps, and what is needed of a binding. */
  readonly steps: Set<string>;
  readonly needs: Set<Need>;
  readonly discretion: Discretion;
  /** Agents that are called by a name which is always the same, and where that is first written. */
  readonly agents: Map<string, Path>;
}
