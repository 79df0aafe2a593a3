import type { BindingInfo, ClientKind } from "./binding.ts";
import type { Ceiling } from "./ceiling.ts";
import type { CellId, CellResult, LoadFacts, ServerKind, ThresholdResult } from "./cell.ts";
import type { Profile, View } from "./scenario.ts";
import type { Second } from "./series.ts";
import type { Operator } from "./threshold.ts";

/** What a run was made on: two runs are comparable only where this is equal. Null where it cannot be read. */
export interface Environment {
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly kernel: string;
  readonly governor: string | null;
  /** Limits of the container or control group, if any. */
  readonly cpuLimit: number | null;
  readonly memoryLimitBytes: number | null;
  readonly openFilesLimit: number | null;
  readonly node: string;
  readonly v8: string;
  readonly openssl: string;
  /** Load average over one minute before the start: other work on the machine shows here. */
  readonly loadAverage: number;
  readonly gitCommit: string | null;
  /** Resolved versions of the libraries that speak the protocols. */
  readonly libraries: Readonly<Record<string, string>>;
}

/** What was asked for. */
export interface Selection {
  readonly bindings: readonly string[];
  readonly scenarios: readonly string[];
  /** The file that says the scenario: its name without a folder, the hash of its bytes, and what it expects, in words; absent for bundled ones. */
  readonly file?: { readonly name: string; readonly sha256: string; readonly expect?: readonly string[] };
  /** One kind, or both of ours: with both, every cell is measured against each, and the difference is the SDK's cost. */
  readonly servers: readonly ServerKind[];
  /** One or both: with both, every cell is measured with each, and the difference is the library's cost. */
  readonly clients: readonly ClientKind[];
  /** Present when the server is somebody else's; `{port}` in it stands for a port of each start's own. */
  readonly target?: string;
  /** Names of the headers that every request carries beside the protocol's own; their values are not stored. */
  readonly headers?: readonly string[];
  /** The command that starts it, as typed but without the secrets of URLs; present when that was ours to do. */
  readonly serve?: string;
  /** Names of the environment variables that were set for it. */
  readonly serveEnv?: readonly string[];
  readonly timeoutMs: number;
  /** Costs added to every agent call of our own servers: waiting, and keeping the CPU busy. */
  readonly delayMs: number;
  readonly workMs: number;
  /** Load generator processes. */
  readonly generators: number;
  /** Limits on every cell that they match, as written: `response{step:total}: p(99)<5`. */
  readonly thresholds: readonly string[];
}

/** A threshold over all cells that it concerned; `value` is the worst of them, and null where one had no samples. */
export interface ThresholdSummary extends ThresholdResult {
  /** What is compared, `p(99)`. */
  readonly aggregation: string;
  readonly operator: Operator;
  readonly limit: number;
  /** Of value and limit; empty for counts and shares. */
  readonly unit: string;
  /** How many cells were judged by it, and how many of them crossed it. */
  readonly cells: number;
  readonly crossed: number;
  /** The cell of the worst value; null when none was judged. */
  readonly worst: CellId | null;
}

/** run.json: everything about a run but its cells. */
export interface RunInfo {
  readonly schemaVersion: 2;
  readonly id: string;
  readonly selection: Selection;
  readonly profile: Profile;
  /** Every load that was to be measured, by its label: what is known of one without numbers. */
  readonly loads: Readonly<Record<string, LoadFacts>>;
  /** How a report lays each scenario out, by its name; `general` where one is absent. */
  readonly views: Readonly<Record<string, View>>;
  readonly seed: number;
  readonly environment: Environment;
  /** What every binding in the run is, by id. */
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  /** What serves where an SDK does, with versions, by binding; absent in a run without such servers. */
  readonly sdks?: Readonly<Record<string, string>>;
  /** What each client could do at most when the run began; absent where that was not measured. */
  readonly ceilings?: readonly Ceiling[];
  /** What became of the thresholds; absent in a run without any, and until its end. */
  readonly thresholds?: readonly ThresholdSummary[];
  /** ISO 8601. */
  readonly startedAt: string;
  /** Null while it runs, or when it was killed. */
  readonly endedAt: string | null;
  readonly exit: "completed" | "interrupted" | "aborted" | "failed" | null;
}

/** What somebody says a protocol costs, to be held against what was measured. */
export interface Expectation {
  readonly meanMs: number;
  readonly requestsPerSecond: number;
  /** Of the server; 1 MB is 1,000,000 bytes. */
  readonly memoryMegabytes: number;
  /** Of the server; 100 is one core. */
  readonly cpuPercent: number;
}

/** What somebody says protocols cost, and under which load. */
export interface Expectations {
  /**
   * The case of a message that is meant, and how many ask at the same time for requests per second, memory and CPU;
   * the mean latency is that of one who asks alone.
   */
  readonly load: { readonly case: Readonly<Record<string, number>>; readonly vus: number };
  /** By protocol. */
  readonly protocols: Readonly<Record<string, Expectation>>;
}

/** A run as reports see it. */
export interface Run {
  readonly info: RunInfo;
  readonly results: readonly CellResult[];
  /** The seconds of its cells, in the order in which they were measured; absent where none were stored. */
  readonly series?: readonly Second[];
  /** What a reader must know about the stored files themselves, such as a line that was cut off. */
  readonly notes?: readonly string[];
  /** Those of them that say that cells are cut off. */
  readonly truncated?: readonly string[];
  readonly expectations?: Expectations;
}

/** Cells in, text out. */
export type Reporter = (run: Run) => string;
