/** A folder of the repository, a workspace member, with its rules. */
export interface Area {
  readonly folder: string;
  /** Members (`@apb/…`) it may import: all their `code`, or their types and the code of the modules listed. */
  readonly imports: Readonly<Record<string, "code" | readonly string[]>>;
  /** Neither Node's modules nor other packages. */
  readonly pure?: true;
  /** Files that may read a clock: every one, none, or this one. */
  readonly clock: "free" | "never" | { readonly only: string };
  /** The one file that may import what only its user names. */
  readonly loads?: string;
  /** May not name a protocol. */
  readonly neutral?: true;
}

const types = [] as const;
const core = { core: "code" } as const;
const binding = { core: "code", protocols: "code", protos: "code", wire: "code" } as const;
const everything = {
  ...binding,
  stats: "code",
  "adapter-bare": "code",
  "adapter-grpc": "code",
  "adapter-jsonrpc": "code",
  "adapter-rest": "code",
  "adapter-slim": "code",
  "adapter-stdio": "code",
  "adapter-websocket": "code",
  benchmarks: "code",
  generator: "code",
  "reference-servers": "code",
  report: "code",
  runner: "code",
  "scenario-file": "code",
} as const;

/**
 * Who may import whom, for every workspace member. `selfcheck` measures the harness whole: with the runner's own
 * processes, through real bindings, against real servers.
 */
export const areas: readonly Area[] = [
  { folder: "packages/core", imports: {}, clock: { only: "packages/core/src/clock.ts" }, neutral: true },
  { folder: "packages/stats", imports: {}, clock: "never", pure: true, neutral: true },
  { folder: "packages/protocols", imports: {}, clock: "never", pure: true },
  { folder: "protos", imports: {}, clock: "never" },
  { folder: "packages/wire", imports: core, clock: { only: "packages/wire/src/read-clock.ts" } },
  { folder: "packages/adapter-bare", imports: binding, clock: "never" },
  { folder: "packages/adapter-grpc", imports: { ...binding, "adapter-rest": ["a2a-agent"] }, clock: "never" },
  { folder: "packages/adapter-jsonrpc", imports: { ...binding, "adapter-rest": ["a2a-agent"] }, clock: "never" },
  { folder: "packages/adapter-rest", imports: binding, clock: "never" },
  { folder: "packages/adapter-slim", imports: binding, clock: "never" },
  { folder: "packages/adapter-stdio", imports: { ...binding, "adapter-websocket": "code" }, clock: "never" },
  { folder: "packages/adapter-websocket", imports: binding, clock: "never" },
  { folder: "packages/generator", imports: core, clock: "free", neutral: true },
  {
    folder: "packages/runner",
    imports: { core: "code", generator: ["begun", "connected"], stats: "code" },
    clock: "free",
    neutral: true,
  },
  {
    ...{ folder: "packages/scenario-file", imports: core, clock: "never", neutral: true },
    loads: "packages/scenario-file/src/module.ts",
  },
  { folder: "packages/report", imports: { ...core, stats: "code" }, clock: "never", neutral: true },
  { folder: "packages/selfcheck", imports: everything, clock: "free" },
  { folder: "packages/cli", imports: { ...everything, selfcheck: "code" }, clock: "free" },
  { folder: "packages/agent-protocol-bench", imports: core, clock: "never" },
  { folder: "reference-servers", imports: { core: types, protocols: "code", protos: "code" }, clock: "free" },
  { folder: "benchmarks", imports: { ...core, "scenario-file": ["cel"] }, clock: "never", neutral: true },
];

/** Files that reach each other by their imports, of values or of types: all there are, sorted. None may be added. */
export const knownCircles: readonly (readonly string[])[] = [];
