import type { Ceiling } from "@apb/core/ceiling";
import type { Run, RunInfo, ThresholdSummary } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { mergedRuns } from "./merge.ts";
import { reporters } from "./reporters.ts";
import { sampleCell, sampleId, sampleInfo, sampleRun, sampleSecond } from "./testing/sample-run.ts";

/** A run of one binding at an address of its own. */
function runOf(binding: string, parts: Partial<RunInfo> = {}): Run {
  const { selection, bindings } = sampleInfo();
  return sampleRun([sampleCell({ binding })], {
    id: `run-${binding}`,
    selection: { ...selection, bindings: [binding], target: `http://${binding}`, serve: binding, serveEnv: [binding] },
    bindings: Object.fromEntries(Object.entries(bindings).filter(([id]) => id === binding)),
    ...parts,
  });
}

function ceiling(transport: string, operationsPerSecond: number | null): Ceiling {
  const missing = operationsPerSecond === null ? "no time" : null;
  return { transport, client: "wire", users: 10, sizeBytes: 1024, operationsPerSecond, missing };
}

describe("mergedRuns", () => {
  it("is the run itself where there is one", () => {
    const run = runOf("one/rest");
    expect(mergedRuns([run])).toBe(run);
  });

  it("has the rows of all in one table, and says how they were measured", () => {
    const merged = mergedRuns([runOf("one/rest"), runOf("two/grpc")]);
    expect(merged.results.map(({ cell }) => cell.binding)).toEqual(["one/rest", "two/grpc"]);
    expect(merged.info.selection.bindings).toEqual(["one/rest", "two/grpc"]);
    const series = (binding: string) => [sampleSecond(0, { cell: sampleId({ binding }) })];
    const [one, two] = ["one/rest", "two/grpc"].map((binding) => ({ ...runOf(binding), series: series(binding) }));
    expect(mergedRuns([one as Run, two as Run]).series?.map(({ cell }) => cell.binding)).toEqual([
      "one/rest",
      "two/grpc",
    ]);
    for (const own of ["target", "serve", "serveEnv"]) expect(merged.info.selection).not.toHaveProperty(own);
    expect(merged.info.bindings).toEqual(sampleInfo().bindings);
    const text = reporters.markdown(merged);
    expect(text).toContain("# Run run-one/rest and 1 more");
    expect(text).toContain("these are the rows of 2 runs");
    const comparison = text.slice(text.indexOf("## Comparison"));
    expect(comparison).toMatch(/^\| one\/rest [^\n]*\n\| two\/grpc /m);
  });

  it("lasts from the first start to the last end, and keeps every note", () => {
    const early = { startedAt: "2026-08-01T02:00:00.000Z", endedAt: "2026-08-01T02:01:00.000Z" };
    const merged = mergedRuns([
      { ...runOf("one/rest"), notes: ["cut off"] },
      { ...runOf("two/grpc", early), notes: ["cut as well"] },
    ]);
    expect(merged.info).toMatchObject({ startedAt: early.startedAt, endedAt: sampleInfo().endedAt, exit: "completed" });
    expect(merged.notes?.slice(1)).toEqual(["cut off", "cut as well"]);
  });

  it.each(["interrupted", "failed", null] as const)("does not hide that one of them ended otherwise (%s)", (exit) => {
    const endedAt = exit === null ? null : sampleInfo().endedAt;
    const merged = mergedRuns([runOf("one/rest"), runOf("two/grpc", { exit, endedAt })]);
    expect(merged.info).toMatchObject({ exit, endedAt });
  });

  it("keeps the highest ceiling of each client", () => {
    const { info } = mergedRuns([
      runOf("one/rest", { ceilings: [ceiling("HTTP/1.1", 100), ceiling("gRPC", null)] }),
      runOf("two/grpc", { ceilings: [ceiling("HTTP/1.1", 90), ceiling("gRPC", 50)] }),
    ]);
    expect(info.ceilings).toEqual([ceiling("HTTP/1.1", 100), ceiling("gRPC", 50)]);
    expect(mergedRuns([runOf("one/rest"), runOf("two/grpc")]).info).not.toHaveProperty("ceilings");
  });

  it("has every threshold over the cells of all", () => {
    const judged = (binding: string, metric: string, value: number): ThresholdSummary => ({
      ...{ metric, threshold: "p(99)<5", aggregation: "p(99)", operator: "<", limit: 5, unit: "ms" },
      ...{ ok: value < 5, value, cells: 2, crossed: value < 5 ? 0 : 1, worst: sampleCell({ binding }).cell },
    });
    const { info } = mergedRuns([
      runOf("one/rest", { thresholds: [judged("one/rest", "response", 3)] }),
      runOf("two/grpc", { thresholds: [judged("two/grpc", "response", 7), judged("two/grpc", "service", 2)] }),
    ]);
    expect(info.thresholds).toMatchObject([
      { metric: "response", ok: false, value: 7, cells: 4, crossed: 1, worst: { binding: "two/grpc" } },
      { metric: "service", ok: true, value: 2, cells: 2, crossed: 0 },
    ]);
    expect(mergedRuns([runOf("one/rest"), runOf("two/grpc")]).info).not.toHaveProperty("thresholds");
  });

  it("refuses runs of different machines and tasks", () => {
    const environment = { ...sampleInfo().environment, cpuCount: 64 };
    const profile = { ...sampleInfo().profile, vus: 7 };
    expect(() => mergedRuns([runOf("one/rest"), runOf("two/grpc", { environment })])).toThrow(
      /^\[usage\] run-two\/grpc is no part of one table with run-one\/rest: CPU count is 64, it was 2; print it/,
    );
    expect(() => mergedRuns([runOf("one/rest"), runOf("two/grpc", { profile })])).toThrow(/profile vus is 7/);
  });

  it("refuses two runs of one binding", () => {
    expect(() => mergedRuns([runOf("one/rest"), runOf("two/grpc"), runOf("one/rest")])).toThrow(
      /^\[usage\] expected each binding in one of the runs, got one\/rest in two: put them to bench compare/,
    );
  });
});
