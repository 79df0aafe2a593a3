import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { reporters, widthAt } from "./reporters.ts";
import {
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleSecond,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const run = sampleRun(
  [
    sampleCell({}, { operationsPerSecond: 4000, verdict: sampleVerdict("client-limited") }),
    sampleCell(
      { round: 2 },
      { server: null, steps: { total: sampleStep([1], { timeout: 1 }), plan: sampleStep([1]) } },
    ),
    ...[sampleRoundTrip(), sampleRoundTrip({ round: 2 })],
    sampleHole({ binding: "two/grpc" }, "failed", '[refused] "no|where", said the server\nand left'),
  ],
  { profile: { ...sampleInfo().profile, rounds: 2 } },
);

describe("every reporter", () => {
  it.each(Object.entries(reporters))(
    "%s ends without a line end and does not throw on an empty run",
    (_name, report) => {
      expect(report(run)).not.toMatch(/\n$/);
      expect(report(sampleRun([]))).not.toBe("");
    },
  );
});

describe("widthAt", () => {
  it.each([
    ["a terminal", 132, undefined, 132],
    ["a terminal, whatever is asked for", 132, "90", 132],
    ["a narrow terminal", 40, undefined, 80],
    ["a terminal of unknown size", 0, undefined, 120],
    ["a pipe", undefined, undefined, 120],
    ["a pipe with COLUMNS", undefined, "100", 100],
    ["a pipe with COLUMNS of no sense", undefined, "wide", 120],
    ["a pipe with COLUMNS of nothing", undefined, "0", 120],
  ])("of %s", (_what, columns, asked, expected) => {
    expect(widthAt(columns, asked)).toBe(expected);
  });
});

describe("markdown", () => {
  const text = reporters.markdown({
    ...run,
    notes: ["line 4 was cut off"],
    expectations: {
      load: { case: { sizeBytes: 1024 }, vus: 10 },
      protocols: { one: { meanMs: 10, requestsPerSecond: 1, memoryMegabytes: 1, cpuPercent: 1 } },
    },
  });

  it("has the whole report, heading by heading", () => {
    expect(text.match(/^#+ .*$/gm)).toEqual([
      "# Run 2026-08-01T03-00-00-quick",
      "## Comparison",
      "## message-size",
      "## Failures",
      "## Expected against measured",
      "## Marks",
      "## Configuration",
      "## Specifications",
      "## Environment",
    ]);
    expect(text).toContain("> **Note:** line 4 was cut off");
    expect(text).toContain("- loads: 1 VU; 10 VUs; 500/s on 10 connections\n");
    expect(text).toContain("- machine: Sample CPU, 2 cores, 4,096 MiB");
    expect(text).toContain("- two/grpc: [Two](<https://example.org/two>), version 2.0, custom");
  });

  it("has tables with units in their heads and as many cells in every line", () => {
    expect(text).toContain(
      [
        "| binding | 1 VU mean (ms) | 10 VUs RPS (1/s) | 10 VUs server memory (MB) | 10 VUs server CPU (%) |",
        "| :--- | ---: | ---: | ---: | ---: |",
        "| one/rest | 10 → 0.250 (0.025×) | 1 → 4,500 (4,500×) | 1 → 62.9 (63×) | 1 → 80.0 (80×) |",
      ].join("\n"),
    );
    for (const table of text.split("\n\n").filter((block) => block.startsWith("|"))) {
      const cells = table.split("\n").map((line) => line.replaceAll("\\|", "").split("|").length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it("explains every mark, with all its rows, and nothing in it is markup", () => {
    expect(text).toContain(
      [
        "- **a** client-limited",
        "  - message-size 1 KiB, 10 VUs: one/rest",
        "  - it is client-limited, in 1 of 2 rounds",
        "  - → mend client-limited",
        "- **b** failed",
        "  - message-size 1 KiB, 10 VUs: two/grpc",
        '  - \\[refused\\] "no|where", said the server and left',
        "",
        "## Configuration",
      ].join("\n"),
    );
  });
});

it("a series is in JSON as it is stored, and in tables where it is of a long load", () => {
  const series = Array.from({ length: 6 }, (_, n) => sampleSecond(n));
  expect(JSON.parse(reporters.json({ ...run, series })).series).toEqual(series);
  expect(JSON.parse(reporters.json(run)).series).toEqual([]);
  expect(reporters.markdown({ ...run, series })).toContain("## message-size 1 KiB, 10 VUs: over time\n");
  expect(stripVTControlCharacters(reporters.table({ ...run, series }))).toContain("over time\n");
});

describe("csv", () => {
  const [head = "", ...lines] = reporters.csv(run).split(/\n(?=message-size)/);
  const names = head.split(",");

  function value(line: string | undefined, name: string): string | undefined {
    return line?.split(",")[names.indexOf(name)];
  }

  it("has a line for every row, raw numbers, and units in the names", () => {
    expect(lines).toHaveLength(3);
    const [, measured] = lines;
    const expected = {
      case: "sizeBytes=1024",
      load: "10 VUs",
      executor: "constant-vus",
      vus: "10",
      security: "plain",
      binding: "one/rest",
      status: "measured",
      findings: "client-limited 1/2",
      requests_per_s: "4500",
      requests_per_s_lowest_round: "4000",
      requests_per_s_highest_round: "5000",
      total_p50_ms: "1",
      server_rss_peak_bytes: String(60 * 1024 * 1024),
      plan_mean_ms: "1",
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, value(measured, name)]))).toEqual(expected);
    expect(Number(value(measured, "error_share"))).toBeCloseTo(1 / 102, 12);
  });

  it("has the figures of a scenario's own metrics, and of streams", () => {
    const values = { min: 1, mean: 2, p50: 3, p90: 4, p95: 5, p99: 6, p999: 7, max: 8 };
    const metrics = {
      b: { type: "trend", count: 9, values, histogram: "" },
      a: { type: "counter", count: 4, perSecond: 2 },
      c: { type: "rate", hits: 1, of: 4 },
      d: { type: "gauge", value: 5, min: 1, max: 6 },
    } as const;
    const [names = "", line = ""] = reporters.csv(sampleRun([sampleCell({}, { metrics })])).split("\n");
    const own = names.split(",").map((name, n) => `${name}=${line.split(",")[n]}`);
    expect(own.filter((field) => field.startsWith("metric_"))).toEqual(
      ["a_count=4", "a_per_s=2", "b_samples=9", "b_mean=2", "b_p50=3", "b_p95=5", "b_p99=6", "c_share=0.25"]
        .concat(["c_samples=4", "d_last=5", "d_min=1", "d_max=6"])
        .map((field) => `metric_${field}`),
    );
    expect(names).toContain("first_event_p50_ms,");
  });

  it("leaves a field empty where nothing was measured, and quotes what would break the line", () => {
    const [, , failed] = lines;
    expect(failed).toContain('failed,"[refused] ""no|where"", said the server\nand left",,,');
    expect(failed).toMatch(/,,,$/);
  });

  it("has as many fields in every line as names", () => {
    const [roundTrip, measured] = lines;
    for (const line of [roundTrip, measured]) expect(line?.split(",")).toHaveLength(names.length);
  });
});

describe("json", () => {
  it("has everything, and null with its reason where nothing was measured", () => {
    const parsed = JSON.parse(reporters.json(run));
    expect(parsed).toMatchObject({
      schemaVersion: 2,
      info: { id: run.info.id },
      referencePoint: { scenario: "message-size", case: { sizeBytes: 1024 }, roundTrip: "1 VU", busy: "10 VUs" },
      headline: [
        { binding: "one/rest", bestOperationsPerSecond: { value: 4500, rounds: [4000, 5000] } },
        { binding: "two/grpc", busy: { cpuPercent: { value: null, missing: expect.stringContaining("[refused]") } } },
      ],
      rows: [{ status: "measured", rounds: 2 }, { status: "measured", rounds: 2 }, { status: "failed" }],
      expected: [],
    });
  });
});
