import type { CellResult, Measured, ServerUsage } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { type ContrastRow, contrastRows, contrasts } from "./contrast.ts";
import { jsonReport } from "./json.ts";
import { rowsOf } from "./rows.ts";
import { tableReporter } from "./table.ts";
import {
  closed,
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const usage = sampleCell().server as ServerUsage;

/** A cell of this rate, latency and CPU. */
function cell(id: Partial<Measured["cell"]>, rps: number, ms = 1, cpuMsPerOperation: number | null = 0.2): Measured {
  const steps = { total: sampleStep(Array.from({ length: 100 }, () => ms)) };
  return sampleCell(id, { operationsPerSecond: rps, steps, server: { ...usage, cpuMsPerOperation } });
}

function costsOf(...cells: readonly CellResult[]): readonly ContrastRow[] {
  const run = sampleRun(cells);
  return contrastRows(contrasts.sdk, rowsOf(run), run);
}

const figure = (cost: ContrastRow | undefined, key: string) => cost?.figures.find(({ metric }) => metric === key);
const sdk = { server: "sdk" } as const;
const both = { ...sampleInfo().selection, servers: ["reference", "sdk"] } as const;

describe("a contrast", () => {
  it("takes the ratio of each round, then their median, whatever order the rounds came in", () => {
    const [cost] = costsOf(
      ...[cell({ round: 1 }, 8000), cell({ ...sdk, round: 1 }, 4000)],
      ...[cell({ ...sdk, round: 3 }, 100), cell({ round: 3 }, 1000)],
      ...[cell({ ...sdk, round: 2 }, 1600), cell({ round: 2 }, 4000)],
    );
    expect(figure(cost, "operationsPerSecond")).toEqual({
      metric: "operationsPerSecond",
      load: "10 VUs",
      base: 4000,
      other: 1600,
      ratio: { value: 0.4, rounds: [0.5, 0.4, 0.1], missing: null },
    });
  });

  it("leaves out of a ratio the rounds that only one side has", () => {
    const [cost] = costsOf(
      ...[cell({ round: 1 }, 1000), sampleHole({ ...sdk, round: 1 })],
      ...[cell({ round: 2 }, 1000, 1, null), cell({ ...sdk, round: 2 }, 250, 4)],
    );
    expect(figure(cost, "operationsPerSecond")?.ratio).toMatchObject({ value: 0.25, rounds: [0.25] });
    expect(figure(cost, "p50Ms")?.ratio.value).toBeCloseTo(4, 1);
    expect(figure(cost, "cpuMsPerOperation")).toMatchObject({
      base: null,
      other: 0.2,
      ratio: { value: null, missing: "no reason was stored" },
    });
  });

  it("says so where no round was measured behind both", () => {
    const [cost] = costsOf(cell({ round: 1 }, 1000), cell({ ...sdk, round: 2 }, 500));
    expect(figure(cost, "p99Ms")).toEqual({
      metric: "p99Ms",
      load: "10 VUs",
      base: null,
      other: null,
      ratio: { value: null, rounds: [], missing: "no round was measured with both servers" },
    });
  });

  it("takes latency of one VU and all else of many, each with its own round's other side", () => {
    const one = { load: "1 VU" };
    const [cost, ...others] = costsOf(
      ...[sampleRoundTrip(), cell({ ...sdk, ...one }, 2000, 0.5)].map((trip) => ({ ...trip, load: closed(1) })),
      ...[cell({}, 8000), cell(sdk, 2000, 4, 0.8)],
    );
    expect(others).toEqual([]);
    expect(cost?.cell.load).toBe("10 VUs");
    expect(figure(cost, "p50Ms")).toMatchObject({ load: "1 VU", base: 0.25, other: 0.5, ratio: { value: 2 } });
    expect(figure(cost, "operationsPerSecond")).toMatchObject({ load: "10 VUs", ratio: { value: 0.25 } });
    expect(figure(cost, "cpuMsPerOperation")?.ratio.value).toBeCloseTo(4);
  });

  it("keeps what one of the two loads tells where the other failed", () => {
    const [cost] = costsOf(
      ...[sampleRoundTrip(), sampleHole({ ...sdk, load: "1 VU" })],
      ...[cell({}, 8000), cell(sdk, 2000)],
    );
    expect(figure(cost, "operationsPerSecond")?.ratio.value).toBe(0.25);
    expect(figure(cost, "p50Ms")).toMatchObject({ load: "1 VU", base: null, other: null });
  });

  it("pairs clients and cases with their own kind, in the rows' order", () => {
    const large = { case: { sizeBytes: 10_240 } };
    const costs = costsOf(
      ...[cell({ ...sdk, ...large }, 5), cell({ ...sdk, client: "wire" }, 7), cell({ ...sdk }, 3)],
      ...[cell(large, 10), cell({ client: "wire" }, 10), cell({}, 10)],
    );
    expect(costs.map((cost) => [cost.cell.client, figure(cost, "operationsPerSecond")?.ratio.value])).toEqual([
      ["library", 0.3],
      ["wire", 0.7],
      ["library", 0.5],
    ]);
  });

  it.each<[name: string, cells: readonly CellResult[]]>([
    ["only one kind of server", [cell({}, 1), cell({ binding: "two/grpc" }, 1)]],
    ["no SDK's server for the binding", [cell({}, 1), sampleHole(sdk, "not-applicable", "no SDK serves it")]],
    ["no reference server for it", [cell(sdk, 1), sampleHole({}, "not-applicable", "only an SDK serves it")]],
    ["somebody else's server", [cell(sdk, 1), cell({ server: "external" }, 1)]],
  ])("has nothing where there is %s", (_name, cells) => {
    expect(costsOf(...cells)).toEqual([]);
  });
});

describe("a report of a run with both servers", () => {
  const run = sampleRun(
    [
      ...[cell({}, 8000, 1, 0.1), cell(sdk, 2000, 4, 0.5)],
      cell({ binding: "two/grpc" }, 6000),
      sampleHole({ ...sdk, binding: "two/grpc" }, "not-applicable", "no SDK serves it"),
    ],
    { selection: both, sdks: { "one/rest": "one-sdk 1.3.0 on express 5.1.0" } },
  );
  const text = tableReporter({ width: 140, color: false })(run);

  it("has a line for each server, and the hole of the one that is missing", () => {
    expect(text).toMatch(/^one\/rest +reference +8,000 +1\.00 /m);
    expect(text).toMatch(/^one\/rest +sdk +2,000 +4\.00 /m);
    expect(text).toMatch(/^two\/grpc +sdk +n\/a /m);
    expect(text).toMatch(/not-applicable\n +message-size 1 KiB: two\/grpc \(sdk\)\n +no SDK serves it/);
  });

  it("shows what the SDK costs, and which one it is", () => {
    expect(text).toContain("What the SDK costs\n");
    expect(text).toMatch(/^ *message-size 1 KiB +one\/rest +1\.00 → 4\.00 \(4×\) +1\.00 → 4\.00 \(4×\)/m);
    expect(text).toContain("8,000 → 2,000 (0.25×)");
    expect(text).toContain("0.100 → 0.500 (5×)");
    expect(text).toMatch(/^server +reference and sdk$/m);
    expect(text).toMatch(/^sdk +one-sdk 1\.3\.0 on express 5\.1\.0 \(one\/rest\)$/m);
  });

  it("shows no difference where the rounds do not agree", () => {
    const split = sampleRun(
      [
        ...[cell({ round: 1 }, 1000), cell({ ...sdk, round: 1 }, 900)],
        ...[cell({ round: 2 }, 1000), cell({ ...sdk, round: 2 }, 1200)],
      ],
      { selection: both },
    );
    const shown = tableReporter({ width: 140, color: false })(split);
    expect(shown).toContain("1,000 → 1,050 (n.d.)");
    expect(shown).toContain("One round cannot tell a difference from chance");
  });

  it("has the same for programs", () => {
    const { sdkCosts: costs } = JSON.parse(jsonReport(run));
    expect(costs).toHaveLength(1);
    expect(costs[0].figures[0]).toMatchObject({
      metric: "p50Ms",
      base: 1,
      ratio: { rounds: [expect.any(Number)] },
    });
  });

  it("marks a cost by the findings of both its rows", () => {
    const doubted = sampleRun([
      sampleCell({}, { verdict: sampleVerdict("client-limited") }),
      sampleCell(sdk, { verdict: sampleVerdict("unsteady") }),
    ]);
    expect(tableReporter({ width: 140, color: false })(doubted)).toMatch(/^message-size 1 KiB .* a b$/m);
  });
});

describe("a report of a run with both clients", () => {
  const generator = (cpuMsPerOperation: number) => ({ ...sampleCell().generator, cpuMsPerOperation });
  const run = sampleRun([
    sampleCell({ client: "wire" }, { operationsPerSecond: 8000, generator: generator(0.03) }),
    sampleCell({ client: "library" }, { operationsPerSecond: 2000, generator: generator(0.24) }),
  ]);

  it("shows what the library costs, in the client's own CPU", () => {
    const text = tableReporter({ width: 140, color: false })(run);
    expect(text).toContain("What the library costs\n");
    expect(text).toContain("8,000 → 2,000 (0.25×)");
    expect(text).toContain("0.030 → 0.240 (8×)");
    expect(text).not.toContain("What the SDK costs");
  });

  it("has the same for programs", () => {
    const { libraryCosts, sdkCosts } = JSON.parse(jsonReport(run));
    expect(sdkCosts).toEqual([]);
    expect(libraryCosts[0].figures.at(-1)).toMatchObject({
      metric: "clientCpuMsPerOperation",
      base: 0.03,
      other: 0.24,
    });
  });
});
