import { readFile } from "node:fs/promises";
import type { Ceiling } from "@apb/core/ceiling";
import type { CellResult } from "@apb/core/cell";
import type { Expectations, RunInfo } from "@apb/core/run";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import { cellSchema, type expectationsSchema, publishedSchemas, runSchema } from "./schema.ts";
import { sampleCell, sampleHole, sampleInfo, sampleStep } from "./testing/sample-run.ts";

async function published(file: string): Promise<ValidateFunction> {
  const schema = JSON.parse(await readFile(new URL(`../schemas/${file}`, import.meta.url), "utf8"));
  // Dates are checked by the pattern that stands beside every format.
  return new Ajv2020({ strict: true, allErrors: true, formats: { "date-time": true } }).compile(schema);
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

/** A type without its `readonly`, at every depth: schemas have none. */
type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Writable<T[Key]> }
    : T;

describe("the schemas and the types they are of", () => {
  it("are the same, to the last optional field (tsc checks this)", () => {
    expectTypeOf<Writable<CellResult>>().toEqualTypeOf<Writable<z.infer<typeof cellSchema>>>();
    expectTypeOf<Writable<RunInfo>>().toEqualTypeOf<Writable<z.infer<typeof runSchema>>>();
    expectTypeOf<Writable<Expectations>>().toEqualTypeOf<Writable<z.infer<typeof expectationsSchema>>>();
  });
});

const ceiling: Ceiling = {
  ...{ transport: "gRPC", client: "wire", users: 10, sizeBytes: 1024 },
  ...{ operationsPerSecond: 20_000, missing: null },
};

describe("the published schemas", () => {
  it.each(Object.entries(publishedSchemas()))("%s is up to date (run: pnpm schema)", async (file, text) => {
    expect(await readFile(new URL(`../schemas/${file}`, import.meta.url), "utf8")).toBe(text);
  });

  it.each<[name: string, cell: CellResult]>([
    ["a measured cell", sampleCell()],
    ["a cell with failures and nulls", failing],
    ["a failed cell", sampleHole({})],
    ["a not applicable cell", sampleHole({}, "not-applicable")],
  ])("accept %s", async (_name, cell) => {
    const validate = await published("cell.v1.schema.json");
    expect(validate(stored(cell)), JSON.stringify(validate.errors)).toBe(true);
    expect(cellSchema.safeParse(stored(cell)).error).toBeUndefined();
  });

  it.each<[name: string, info: RunInfo]>([
    ["a finished run", sampleInfo()],
    ["a run under way", sampleInfo({ endedAt: null, exit: null })],
    [
      "a run with a ceiling, and one that could not be measured",
      sampleInfo({
        profile: { ...sampleInfo().profile, ceilingMs: 1500 },
        ceilings: [ceiling, { ...ceiling, client: "library", operationsPerSecond: null, missing: "it ended" }],
      }),
    ],
    [
      "a run against a target in an open load",
      sampleInfo({
        selection: { ...sampleInfo().selection, servers: ["external"], target: "http://localhost:1" },
        profile: { ...sampleInfo().profile, perSecond: 0.5, sessions: 3, iterations: 10 },
      }),
    ],
    [
      "a run with both kinds of server",
      sampleInfo({
        selection: { ...sampleInfo().selection, servers: ["reference", "sdk"] },
        sdks: { "one/rest": "one-sdk 1.3.0 on express 5.1.0" },
      }),
    ],
  ])("accept %s", async (_name, info) => {
    const validate = await published("run.v1.schema.json");
    expect(validate(stored(info)), JSON.stringify(validate.errors)).toBe(true);
    expect(runSchema.safeParse(stored(info)).error).toBeUndefined();
  });

  it.each<[name: string, cell: unknown]>([
    ["another version", { ...sampleCell(), schemaVersion: 2 }],
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
    const validate = await published("cell.v1.schema.json");
    expect(validate(stored(cell))).toBe(false);
    expect(cellSchema.safeParse(stored(cell)).success).toBe(false);
  });

  it("read the one server of a stored selection as the list of it", () => {
    const { servers: _, ...rest } = sampleInfo().selection;
    const stored = { ...sampleInfo(), selection: { ...rest, server: "external" } };
    expect(runSchema.parse(stored).selection).toEqual({ ...rest, servers: ["external"] });
    expect(runSchema.safeParse({ ...sampleInfo(), selection: rest }).success).toBe(false);
  });

  it.each([
    ["one/rest", { protocol: "one", transport: "rest", variant: null }],
    ["one/jsonrpc@2025-11-25", { protocol: "one", transport: "jsonrpc", variant: "2025-11-25" }],
  ])("read what a binding is from its id, %s, where a stored run has it there alone", (id, identity) => {
    const spec = { name: "One", version: "1.0", url: "https://example.org/one", standing: "normative" } as const;
    expect(runSchema.parse({ ...sampleInfo(), bindings: { [id]: spec } }).bindings[id]).toEqual({
      ...identity,
      ...spec,
    });
    expect(runSchema.safeParse({ ...sampleInfo(), bindings: { "one/pigeon": spec } }).success).toBe(false);
    expect(runSchema.safeParse({ ...sampleInfo(), bindings: { one: spec } }).success).toBe(false);
  });

  it.each<[name: string, info: unknown]>([
    ["a binding without a transport", { ...sampleInfo(), bindings: { one: { protocol: "one", variant: null } } }],
    ["no environment", { ...sampleInfo(), environment: undefined }],
    ["a start that is no date", sampleInfo({ startedAt: "yesterday" })],
    [
      "a ceiling that does not say whether it is missing",
      { ...sampleInfo(), ceilings: [{ ...ceiling, missing: undefined }] },
    ],
    ["an exit nobody knows", { ...sampleInfo(), exit: "crashed" }],
    ["no kind of server", { ...sampleInfo(), selection: { ...sampleInfo().selection, servers: [] } }],
    ["an undeclared target", { ...sampleInfo(), selection: { ...sampleInfo().selection, target: null } }],
  ])("refuse a run with %s", async (_name, info) => {
    const validate = await published("run.v1.schema.json");
    expect(validate(stored(info))).toBe(false);
    expect(runSchema.safeParse(stored(info)).success).toBe(false);
  });
});
