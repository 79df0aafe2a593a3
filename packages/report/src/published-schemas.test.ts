import { readFile } from "node:fs/promises";
import type { Ceiling } from "@apb/core/ceiling";
import type { CellResult } from "@apb/core/cell";
import type { Executor } from "@apb/core/load";
import type { Expectations, RunInfo } from "@apb/core/run";
import type { Second } from "@apb/core/series";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import { cellSchema } from "./cell-schema.ts";
import { historySchema } from "./history-schema.ts";
import { publishedSchemas } from "./published-schemas.ts";
import { type expectationsSchema, runSchema } from "./run-schema.ts";
import { secondSchema } from "./series-schema.ts";
import { samplePoint } from "./testing/sample-history.ts";
import { sampleCell, sampleHole, sampleInfo, sampleSecond, sampleStep, sampleStreams } from "./testing/sample-run.ts";

/** Compiling one takes a third of a second. */
const compiled = new Map<string, Promise<ValidateFunction>>();

function published(file: string): Promise<ValidateFunction> {
  const known = compiled.get(file) ?? compile(file);
  compiled.set(file, known);
  return known;
}

async function compile(file: string): Promise<ValidateFunction> {
  const schema = JSON.parse(await readFile(new URL(`../schemas/${file}`, import.meta.url), "utf8"));
  // A case's parameter is a number or a word. Dates are checked by the pattern that stands beside every format.
  return new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: { "date-time": true } }).compile(
    schema,
  );
}

/** As a file would hold it. */
function stored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const failing = sampleCell(
  { round: 3 },
  {
    server: null,
    steps: { total: sampleStep([1], { timeout: 2, "unknown-agent": 1 }), connect: sampleStep([]) },
    missing: { server: "not ours" },
  },
);

const usage = sampleCell().server;
const counts = { begun: 10, completed: 9, dropped: 0, interrupted: 1 };
const partial = sampleCell(
  { load: "calls: 10 VUs; polls: 5/s" },
  {
    partial: "the threshold response: p(99)<1 was crossed",
    workloads: {
      calls: { load: "10 VUs", ...counts, steps: { total: sampleStep([1]) } },
      polls: {
        ...{ load: "5/s", ...counts, steps: {} },
        tasks: {
          poll: {
            ...sampleStep([1], { closed: 1 }),
            ...{ targetShare: 1, attainedShare: null, interrupted: 1, iterationsPerSecond: 1, operationsPerSecond: 2 },
          },
        },
      },
    },
    interrupted: 2,
    checks: { fresh: { passes: 9, fails: 1, said: "no such key" } },
    thresholds: [
      { metric: "response", threshold: "p(99)<1", ok: false, value: 1.5 },
      { metric: "checks{workload:polls}", threshold: "rate>0.9", ok: false, value: null },
    ],
    wire: null,
    server: usage === null ? null : { ...usage, rssGrowth: { bytesPerSecond: 1e6, bytesPerOperation: 200 } },
    missing: { wire: "a generator did not live to tell" },
  },
);

const stages = [
  { durationMs: 4000, target: 40.5 },
  { durationMs: 0, target: 0 },
];
const executors: readonly Executor[] = [
  { executor: "constant-vus", vus: 10, durationMs: 1000 },
  { executor: "ramping-vus", startVUs: 0, stages, gracefulRampDownMs: 30_000 },
  { executor: "per-vu-iterations", vus: 10, iterations: 5, maxDurationMs: 600_000 },
  { executor: "shared-iterations", vus: 10, iterations: 50, maxDurationMs: 600_000 },
  { executor: "constant-arrival-rate", perSecond: 0.5, durationMs: 1000, maxInFlight: 100 },
  { executor: "ramping-arrival-rate", startPerSecond: 0.5, stages, maxInFlight: 100 },
];

/** A type without its `readonly`, at every depth: schemas have none. */
type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Writable<T[Key]> }
    : T;

describe("the schemas and the types they are of", () => {
  it("are the same, to the last optional field (tsc checks this)", () => {
    expectTypeOf<Writable<CellResult>>().toEqualTypeOf<Writable<z.infer<typeof cellSchema>>>();
    expectTypeOf<Writable<Second>>().toEqualTypeOf<Writable<z.infer<typeof secondSchema>>>();
    expectTypeOf<Writable<RunInfo>>().toEqualTypeOf<Writable<z.infer<typeof runSchema>>>();
    expectTypeOf<Writable<Expectations>>().toEqualTypeOf<Writable<z.infer<typeof expectationsSchema>>>();
  });
});

const ceiling: Ceiling = {
  ...{ transport: "gRPC", client: "wire", users: 10, sizeBytes: 1024 },
  ...{ operationsPerSecond: 20_000, missing: null },
};

const nothing = sampleSecond(3, {
  steps: { total: { count: 0, failures: 2, meanMs: null, p50Ms: null, p99Ms: null } },
  server: null,
});

describe("the published schemas", () => {
  it.each(Object.entries(publishedSchemas()))("%s is up to date (run: pnpm schema)", async (file, text) => {
    expect(await readFile(new URL(`../schemas/${file}`, import.meta.url), "utf8")).toBe(text);
  });

  it.each<[name: string, cell: CellResult]>([
    ["a measured cell", sampleCell()],
    ["a cell with failures and nulls", failing],
    ["a cell that ended early, of several workloads", partial],
    [
      "a cell of streams",
      sampleCell(
        {},
        {
          steps: { total: sampleStep([1]), stream: sampleStreams([50], [20, 20]), left: sampleStreams([], []) },
          goodput: { limits: "first_event:200", good: 0, of: 0, share: null, perSecond: 0 },
        },
      ),
    ],
    ["a failed cell", sampleHole({})],
    [
      "a failed cell whose thresholds were judged",
      { ...sampleHole({}), thresholds: [{ metric: "failed", threshold: "rate<0.1", ok: false, value: 1 }] },
    ],
    ["a not applicable cell", sampleHole({}, "not-applicable")],
  ])("accept %s", async (_name, cell) => {
    const validate = await published("cell.v2.schema.json");
    expect(validate(stored(cell)), JSON.stringify(validate.errors)).toBe(true);
    expect(cellSchema.safeParse(stored(cell)).error).toBeUndefined();
  });

  it.each<[name: string, info: RunInfo]>([
    ["a finished run", sampleInfo()],
    [
      "a run of streams with limits",
      sampleInfo({
        views: { streaming: "streams" },
        profile: { ...sampleInfo().profile, events: [20], goodput: [{ metric: "first_event", limitMs: 0.5 }] },
      }),
    ],
    ["a run under way", sampleInfo({ endedAt: null, exit: null })],
    [
      "a run with a ceiling, and one that could not be measured",
      sampleInfo({
        profile: { ...sampleInfo().profile, ceilingMs: 1500 },
        ceilings: [ceiling, { ...ceiling, client: "library", operationsPerSecond: null, missing: "it ended" }],
      }),
    ],
    [
      "a run of a server that a command started",
      sampleInfo({
        selection: {
          ...sampleInfo().selection,
          ...{ servers: ["command"], target: "http://localhost:{port}", serve: "my-server {port}", serveEnv: ["KEY"] },
        },
      }),
    ],
    [
      "a run against a target with thresholds",
      sampleInfo({
        selection: {
          ...sampleInfo().selection,
          ...{ servers: ["external"], target: "http://localhost:1", thresholds: ["response: p(99)<5"] },
        },
        thresholds: [
          {
            ...{ metric: "response", threshold: "p(99)<5", ok: false, value: null, cells: 3, crossed: 1 },
            ...{ aggregation: "p(99)", operator: "<", limit: 5, unit: "ms", worst: sampleCell().cell },
          },
          {
            ...{ metric: "failed", threshold: "rate<=0", ok: false, value: null, cells: 0, crossed: 0 },
            ...{ aggregation: "rate", operator: "<=", limit: 0, unit: "", worst: null },
          },
        ],
      }),
    ],
    ...executors.map((executor): [name: string, info: RunInfo] => [
      `a run of ${executor.executor}`,
      sampleInfo({ profile: { ...sampleInfo().profile, executor, sessions: 3, gracefulStopMs: 0 } }),
    ]),
    [
      "a run with both kinds of server",
      sampleInfo({
        selection: { ...sampleInfo().selection, servers: ["reference", "sdk"] },
        sdks: { "one/rest": "one-sdk 1.3.0 on express 5.1.0" },
      }),
    ],
  ])("accept %s", async (_name, info) => {
    const validate = await published("run.v2.schema.json");
    expect(validate(stored(info)), JSON.stringify(validate.errors)).toBe(true);
    expect(runSchema.safeParse(stored(info)).error).toBeUndefined();
  });

  it.each<[name: string, cell: unknown]>([
    ["another version", { ...sampleCell(), schemaVersion: 1 }],
    ["no load", { ...sampleCell(), cell: { ...sampleCell().cell, load: undefined } }],
    ["a finding of an unknown kind", { ...sampleCell(), verdict: { kind: "odd", findings: [] } }],
    ["a threshold without its value", { ...sampleCell(), thresholds: [{ metric: "rss", threshold: "a", ok: true }] }],
    ["a status nobody knows", { ...sampleHole({}), status: "skipped" }],
    ["no verdict", { ...sampleCell(), verdict: undefined }],
    ["NaN, which JSON stores as null", sampleCell({}, { operationsPerSecond: Number.NaN })],
    ["a field nobody knows", { ...sampleCell(), rps: 1 }],
    ["a failure of an unknown kind", { ...sampleCell(), connections: { asked: 1, held: 0, failures: { odd: 1 } } }],
    ["round 0", sampleCell({ round: 0 })],
    ["a binding without a transport", sampleCell({ binding: "one" })],
    ["a negative count", sampleCell({}, { dropped: -1 })],
    ["a reason that is missing", { ...sampleHole({}), reason: undefined }],
  ])("refuse a cell with %s", async (_name, cell) => {
    const validate = await published("cell.v2.schema.json");
    expect(validate(stored(cell))).toBe(false);
    expect(cellSchema.safeParse(stored(cell)).success).toBe(false);
  });

  it.each<[name: string, second: unknown, accepted: boolean]>([
    ["a second", sampleSecond(0), true],
    ["one in which nothing succeeded, of a server nobody watches", nothing, true],
    ["one of another version", { ...sampleSecond(0), schemaVersion: 1 }, false],
    ["one before the first", sampleSecond(-1), false],
    ["one without its VUs", { ...sampleSecond(0), vus: undefined }, false],
    ["one of a field nobody knows", { ...sampleSecond(0), users: 1 }, false],
  ])("of seconds, take %s for what it is", async (_name, second, accepted) => {
    const validate = await published("second.v2.schema.json");
    expect(validate(stored(second))).toBe(accepted);
    expect(secondSchema.safeParse(stored(second)).success).toBe(accepted);
  });

  it.each<[name: string, line: unknown, accepted: boolean]>([
    ["a night's point", samplePoint(), true],
    [
      "one of an A/B",
      samplePoint(0, { versus: { a: "x", b: "y", commit: null }, ratio: { value: 1, low: null, high: 2 } }),
      true,
    ],
    ["one of another version", { ...samplePoint(), schemaVersion: 2 }, false],
    ["one of a metric that is not kept", { ...samplePoint(), metric: "p99Ms" }, false],
    ["one of a single round", { ...samplePoint(), cell: sampleCell().cell }, false],
    [
      "an accepted night",
      {
        ...{ schemaVersion: 1, kind: "accepted", night: "2026-08-01", machine: "m", runs: ["run"] },
        ...{ only: { bindings: ["a/b"], scenarios: null, metrics: null }, acceptedAt: "2026-08-02T00:00:00.000Z" },
      },
      true,
    ],
  ])("of a history, take %s for what it is", async (_name, line, accepted) => {
    const validate = await published("history.v1.schema.json");
    expect(validate(stored(line)), JSON.stringify(validate.errors)).toBe(accepted);
    expect(historySchema.safeParse(stored(line)).success).toBe(accepted);
  });

  it.each<[name: string, info: unknown]>([
    ["a binding without a transport", { ...sampleInfo(), bindings: { one: { protocol: "one", variant: null } } }],
    ["no environment", { ...sampleInfo(), environment: undefined }],
    ["a start that is no date", sampleInfo({ startedAt: "yesterday" })],
    [
      "a ceiling that does not say whether it is missing",
      { ...sampleInfo(), ceilings: [{ ...ceiling, missing: undefined }] },
    ],
    ["no thresholds asked for", { ...sampleInfo(), selection: { ...sampleInfo().selection, thresholds: undefined } }],
    ["a view nobody has", { ...sampleInfo(), views: { workflow: "pie" } }],
    ["an executor nobody has", { ...sampleInfo(), profile: { ...sampleInfo().profile, executor: { executor: "x" } } }],
    ["an exit nobody knows", { ...sampleInfo(), exit: "crashed" }],
    ["no kind of server", { ...sampleInfo(), selection: { ...sampleInfo().selection, servers: [] } }],
    ["an undeclared target", { ...sampleInfo(), selection: { ...sampleInfo().selection, target: null } }],
  ])("refuse a run with %s", async (_name, info) => {
    const validate = await published("run.v2.schema.json");
    expect(validate(stored(info))).toBe(false);
    expect(runSchema.safeParse(stored(info)).success).toBe(false);
  });
});
