import type { Headers } from "@apb/core/binding";
import type { Ceiling } from "@apb/core/ceiling";
import type { CellId, CellResult } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import type { Profile } from "@apb/core/scenario";
import type { Second } from "@apb/core/series";
import type { Snapshot } from "@apb/core/snapshot";
import type { Threshold } from "@apb/core/threshold";
import type { FileRef } from "@apb/generator/channel";
import type { Group } from "./plan.ts";

/** A second of a cell's window, of all generators together: a sink takes of it what it needs, and can add it to others. */
export interface SecondOfCell {
  readonly kind: "second";
  readonly cell: CellId;
  readonly snapshot: Snapshot;
  /** When it began. */
  readonly startedAt: Date;
  /** What the server's process used in it; null where nobody watches it. */
  readonly server: Second["server"];
}

/** What measuring a group tells while it goes on. */
export type CellEvent =
  | SecondOfCell
  | { readonly kind: "cell"; readonly result: CellResult }
  /** A threshold says that the run must end here. */
  | { readonly kind: "abort"; readonly reason: string };

/** The cells of other sides, which are measured at the same time as this one: their loads take turns. */
export interface Company {
  /** How many sides there are, this one among them. */
  readonly sides: number;
  /** How long a turn is. */
  readonly sliceMs: number;
  /** Resolves when all sides have come this far. */
  gather(): Promise<void>;
}

export interface MeasureOptions {
  readonly profile: Profile;
  readonly timeoutMs: number;
  /** The most bytes of a reply; the clients' own limit where it is left out. */
  readonly maxReplyBytes?: number | undefined;
  /** What every request carries beside the protocol's own headers. */
  readonly headers?: Headers | undefined;
  /** Load generator processes. */
  readonly generators: number;
  /** The file that the scenario is written in; absent for bundled ones. */
  readonly file?: FileRef;
  readonly seed: number;
  readonly thresholds: readonly Threshold[];
  /** Why the server's memory and CPU are not known, should its pid not be. */
  readonly noPidReason: string;
  /** How long agents were told to wait before they answer. */
  readonly agentDelayMs: number;
  /** What one generator can do at most; none where it was not measured. */
  readonly ceilings: readonly Ceiling[];
  /** What the bindings are, by id. */
  readonly bindings: RunInfo["bindings"];
  readonly signal: AbortSignal;
  /** Absent where this cell is measured alone. */
  readonly company?: Company;
  /** Servers of the same code have passed the checks already. */
  readonly checked?: true;
}

/** What a run tells while it goes on. */
export type RunEvent = CellEvent | { readonly kind: "group"; readonly group: Group };

/** Takes every event of a run, in order; the next comes when it is done. */
export type Sink = (event: RunEvent) => Promise<void> | void;
