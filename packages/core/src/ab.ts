import type { BindingInfo, ClientKind } from "./binding.ts";
import type { CellId, CellResult, ServerKind } from "./cell.ts";
import type { Environment } from "./run.ts";
import type { Profile } from "./scenario.ts";

/** Who takes turns: what is compared, what it is compared with, and a second one of the latter, which tells what equal ones differ by. */
export const abSides = ["a", "b", "control"] as const;

/** One of {@link abSides}. */
export type ABSide = (typeof abSides)[number];

/** What is known of a side. */
export interface ABSubject {
  /** For people: what makes it differ from the other, `server=sdk`. */
  readonly label: string;
  readonly server: ServerKind;
  readonly client: ClientKind;
  /** Of which commit of this repository its bundled server is; absent where it is what runs here. */
  readonly commit?: string;
}

/** One line of an A/B's cells.jsonl: a cell of one side; its round is the restart. */
export type ABCell = CellResult & { readonly side: ABSide };

/** What is made of one metric: `worse` is always B's side of it. */
export type ABVerdict = "worse" | "better" | "no difference shown" | "not judged";

/** One metric of one binding and case, B over A. */
export interface ABMetric {
  readonly binding: string;
  readonly scenario: string;
  readonly case: CellId["case"];
  /** The load that it is of, as a label. */
  readonly load: string;
  /** Its key among the metrics that reports show. */
  readonly metric: string;
  readonly unit: string;
  readonly better: "less" | "more";
  /** Whether it decides the outcome; the others are shown beside it. */
  readonly judged: boolean;
  /** The median of each side over the restarts, in `unit`; null where it has none. */
  readonly a: number | null;
  readonly b: number | null;
  /** Restarts that gave a ratio, and those set aside, by reason. */
  readonly restarts: number;
  readonly setAside: Readonly<Record<string, number>>;
  /** B ÷ A: the Hodges–Lehmann estimate over restarts and its exact interval; null where there is none, with the reason. */
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided, of the signed-rank test, corrected by Holm over all judged metrics; null where it is not judged. */
  readonly p: number | null;
  /** The same ratio of the control, which is A against A; null where there was none. */
  readonly control: { readonly ratio: number; readonly low: number | null; readonly high: number | null } | null;
  /** How much equal servers may differ here, as a fraction; a difference up to it is none. */
  readonly floor: number;
  /** The smallest difference that would have been shown, as a fraction; null where there is no interval. */
  readonly detectable: number | null;
  readonly verdict: ABVerdict;
  /** Why it is not judged, or why there is no ratio; null otherwise. */
  readonly reason: string | null;
  /** What a person can act on. */
  readonly sentence: string;
}

/** ab.json: everything about an A/B but its cells. */
export interface ABInfo {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly a: ABSubject;
  readonly b: ABSubject;
  /** Whether a second A took turns with both. */
  readonly control: boolean;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  readonly profile: Profile;
  readonly seed: number;
  readonly sliceMs: number;
  /** Whether both sides' servers are started anew each time; of one that runs already a restart is only a repetition. */
  readonly restarted: boolean;
  /** A half-width of the judged intervals, as a fraction, that is enough; null: the whole budget is spent. */
  readonly until: number | null;
  /** For each binding. */
  readonly budgetMs: number;
  readonly environment: Environment;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Null while it runs, or when it was killed. */
  readonly endedAt: string | null;
  readonly exit: "completed" | "interrupted" | "failed" | null;
  /**
   * By binding: how often all were started, the time that took, and the first restart that counts: those before it came out
   * worse and were measured once more.
   */
  readonly spent: Readonly<Record<string, { readonly restarts: number; readonly ms: number; readonly from: number }>>;
  /** Empty until its end. */
  readonly metrics: readonly ABMetric[];
  /** What could not be measured, a sentence each. */
  readonly failures: readonly string[];
  /** What is made of all of it; null until its end. */
  readonly outcome: ABOutcome | null;
}

/** What an A/B says as a whole: only `better` and `no difference shown` let B pass. */
export interface ABOutcome {
  readonly verdict: ABVerdict;
  readonly sentence: string;
}

/** An A/B as reports see it. */
export interface AB {
  readonly info: ABInfo;
  readonly cells: readonly ABCell[];
  /** What a reader must know about the stored files themselves. */
  readonly notes: readonly string[];
}
