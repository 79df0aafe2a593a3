import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { sampleAB, sampleEqual, sampleMetric, sampleUnjudged } from "../testing/sample-ab.ts";
import { sampleCell, sampleHole, sampleRun, sampleVerdict } from "../testing/sample-run.ts";
import { type DialectName, exportedAs, type Stored } from "./exports.ts";

const errors = sampleMetric({
  ...{ metric: "errors", unit: "%", a: 0, b: 0, ratio: null, low: null, high: null, p: null },
  ...{ verdict: "no difference shown", sentence: "failures: 0% of B's calls, 0% of A's" },
});
const ab = { ab: sampleAB([sampleMetric(), sampleEqual, sampleUnjudged, errors]) };
const run = {
  run: sampleRun([
    sampleCell(),
    sampleCell({ round: 2 }, { operationsPerSecond: 6000 }),
    sampleCell({ binding: "two/grpc" }, { verdict: sampleVerdict("client-limited"), server: null }),
    sampleHole({ binding: "two/grpc", scenario: "workflow" }, "not-applicable", "it has no tasks"),
  ]),
};

async function textOf(dialect: DialectName, stored: Stored): Promise<string> {
  return (await exportedAs(dialect, stored)).documents[0]?.text ?? "";
}

const number = { type: "number" } as const;
const name = { type: "string", minLength: 1, maxLength: 1024 } as const;

describe("Bencher's metric format", () => {
  const measure = {
    ...{ type: "object", required: ["value"], additionalProperties: false },
    properties: { value: number, lower_value: number, upper_value: number },
  };
  const measures = {
    ...{ type: "object", minProperties: 1, additionalProperties: measure },
    propertyNames: { pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 64 },
  };
  const valid = new Ajv2020().compile({ type: "object", propertyNames: name, additionalProperties: measures });

  it("has the numbers of a run that nothing doubts, with their lowest and highest round", async () => {
    const document = JSON.parse(await textOf("bmf", run));
    expect(valid(document), JSON.stringify(valid.errors)).toBe(true);
    const one = document["one/rest (reference, library) message-size sizeBytes=1024, 10 VUs"];
    expect(one["requests-per-s"]).toEqual({ value: 5500, lower_value: 5000, upper_value: 6000 });
    expect(one["error-share"]).toEqual({ value: 0, lower_value: 0, upper_value: 0 });
    const two = document["two/grpc (reference, library) message-size sizeBytes=1024, 10 VUs"];
    expect(Object.keys(two)).toEqual(["error-share", "wire-bytes-per-operation", "client-cpu-ms-per-operation"]);
  });

  it("says what it has not", async () => {
    expect((await exportedAs("bmf", run)).leftOut).toEqual([
      "two/grpc (reference, library) message-size sizeBytes=1024, 10 VUs: mean, p50, p99, RPS doubted (client-limited)",
      "two/grpc (reference, library) workflow sizeBytes=1024, 10 VUs: it has no tasks",
    ]);
    expect((await exportedAs("bmf", ab)).leftOut).toEqual([
      "one/rest message-size sizeBytes=1024, 1 VU: median latency: not judged (impossible)",
    ]);
    expect((await exportedAs("junit", ab)).leftOut).toEqual([]);
  });

  it("has the ratios of an A/B with their intervals", async () => {
    const document = JSON.parse(await textOf("bmf", ab));
    expect(valid(document), JSON.stringify(valid.errors)).toBe(true);
    expect(document).toEqual({
      "one/rest message-size sizeBytes=1024, 10 VUs": {
        "server-cpu-ms-per-operation-ratio": { value: 1.05, lower_value: 1.03, upper_value: 1.07 },
        "requests-per-s-ratio": { value: 0.998, lower_value: 0.98, upper_value: 1.02 },
        "error-share": { value: 0 },
      },
    });
  });
});

describe("github-action-benchmark's arrays", () => {
  const entry = {
    ...{ type: "object", required: ["name", "unit", "value"], additionalProperties: false },
    properties: { name, unit: { type: "string" }, value: number, range: { type: "string" }, extra: { type: "string" } },
  };
  const valid = new Ajv2020().compile({ type: "array", items: entry });

  it("are one for each direction, of unique names", async () => {
    const { documents } = await exportedAs("github-action-benchmark", run);
    const names = documents.map((document) => document.name);
    expect(names).toEqual(["customSmallerIsBetter.json", "customBiggerIsBetter.json"]);
    const [smaller = [], bigger = []] = documents.map(({ text }): { name: string }[] => JSON.parse(text));
    for (const entries of [smaller, bigger]) expect(valid(entries), JSON.stringify(valid.errors)).toBe(true);
    expect(new Set(smaller.map((one) => one.name)).size).toBe(smaller.length);
    expect(bigger).toEqual([
      {
        name: "one/rest (reference, library) message-size sizeBytes=1024, 10 VUs: RPS",
        ...{ unit: "1/s", value: 5500, range: "5000 to 6000", extra: "2 rounds" },
      },
    ]);
  });

  it("have the ratios of an A/B", async () => {
    const { documents } = await exportedAs("github-action-benchmark", ab);
    const [smaller, bigger] = documents.map(({ text }) => JSON.parse(text));
    expect(valid(smaller) && valid(bigger)).toBe(true);
    expect(bigger).toEqual([
      {
        name: "one/rest message-size sizeBytes=1024, 10 VUs: RPS, B ÷ A",
        ...{ unit: "ratio", value: 0.998, range: "0.98 to 1.02", extra: sampleEqual.sentence },
      },
    ]);
    expect(smaller.map((one: { name: string }) => one.name)).toEqual([
      "one/rest message-size sizeBytes=1024, 10 VUs: server CPU, B ÷ A",
      "one/rest message-size sizeBytes=1024, 10 VUs: errors",
    ]);
  });
});

/** https://prometheus.io/docs/specs/om/open_metrics_spec/, of gauges: a family's lines follow each other, and no sample is there twice. */
function openMetricsFamilies(text: string): Readonly<Record<string, readonly string[]>> {
  const lines = text.split("\n");
  expect(lines.pop()).toBe("# EOF");
  const families: Record<string, string[]> = {};
  let family = "";
  for (const line of lines) {
    const [, meta = "", of = "", rest = ""] = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/.exec(line) ?? [];
    if (meta === "HELP") {
      expect(families, line).not.toHaveProperty(of);
      families[of] = [];
      family = of;
    } else if (meta === "TYPE") expect([of, rest]).toEqual([family, "gauge"]);
    else {
      const label = /[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/.source;
      const sample = new RegExp(`^${family}(?:\\{${label}(?:,${label})*\\})? (?:[-+]?[0-9.]+(?:e[-+]?[0-9]+)?)$`);
      expect(line).toMatch(sample);
      families[family]?.push(line.slice(0, line.lastIndexOf(" ")));
    }
  }
  for (const samples of Object.values(families)) expect(new Set(samples).size).toBe(samples.length);
  return families;
}

describe("OpenMetrics", () => {
  it("has a run's numbers in seconds and bytes, with labels", async () => {
    const text = await textOf("openmetrics", run);
    const families = openMetricsFamilies(text);
    expect(Object.keys(families).slice(0, 4)).toEqual([
      ...["apb_result_info", "apb_started_timestamp_seconds", "apb_response_mean_seconds", "apb_response_p50_seconds"],
    ]);
    const who = 'binding="one/rest",server="reference",client="library",scenario="message-size",load="10 VUs"';
    expect(text).toContain(`\napb_response_p50_seconds{${who},case="sizeBytes=1024"} 0.001\n`);
    expect(text).toContain(`\napb_server_rss_peak_bytes{${who},case="sizeBytes=1024"} ${60 * 1024 * 1024}\n`);
  });

  it("has both sides of an A/B and the ratio with its interval", async () => {
    const text = await textOf("openmetrics", ab);
    openMetricsFamilies(text);
    const where = 'binding="one/rest",scenario="message-size",load="10 VUs",case="sizeBytes=1024"';
    expect(text).toContain(`apb_server_cpu_per_operation_seconds{${where},side="b"} 0.000168`);
    expect(text).toContain(`apb_ab_ratio_high{${where},metric="server_cpu_ms_per_operation"} 1.07\n`);
    expect(text).toContain('commit="bbbbbbbb');
  });

  it("escapes what labels cannot hold", async () => {
    const text = await textOf("openmetrics", { ab: sampleAB([sampleMetric({ binding: 'a"b\\c\nd' })]) });
    openMetricsFamilies(text);
    expect(text).toContain('binding="a\\"b\\\\c\\nd"');
  });
});

describe("a summary for GitHub", () => {
  it("says of an A/B what is worse, shows the metrics that decide, and what could not be shown", async () => {
    const text = await textOf("github-summary", ab);
    expect(text.slice(0, text.indexOf("<sub>"))).toBe(`## B is worse in 1 of 3 judged metrics

- one/rest, message-size sizeBytes=1024, 10 VUs: B needs 5.00% more CPU per call than A (95%: 3.00 to 7.00%)

### B against A

| binding | what | metric | A | B | B against A (95%) |  |
| :--- | :--- | :--- | ---: | ---: | ---: | :--- |
| one/rest | message-size sizeBytes=1024, 10 VUs | server CPU | 0.160 ms/op | 0.168 ms/op | +5.0% (+3.0% to +7.0%) | worse |
| one/rest | message-size sizeBytes=1024, 10 VUs | RPS | 5,000 1/s | 4,990 1/s | −0.2% (−2.0% to +2.0%) | no difference shown |
| one/rest | message-size sizeBytes=1024, 1 VU | p50 | – | – | – | not judged |
| one/rest | message-size sizeBytes=1024, 10 VUs | errors | 0 % | 0 % | – | no difference shown |

### What could not be shown

- one/rest, message-size sizeBytes=1024, 1 VU: median latency: not judged (impossible)
- one/rest, message-size sizeBytes=1024, 10 VUs: RPS: no difference shown; one of more than ±2.20% would have been
- one/rest, message-size sizeBytes=1024, 10 VUs: failures: 0% of B's calls, 0% of A's

`);
  });

  it("says of a run what failed, its rows' numbers, and what is missing", async () => {
    const text = await textOf("github-summary", { run: sampleRun([...run.run.results, sampleHole({ load: "1 VU" })]) });
    expect(text).toContain("## Run 2026-08-01T03-00-00-quick: 1 of 4 parts failed");
    expect(text).toContain("10 VUs: client-limited in 1 of 1 rounds: it is client-limited\n");
    expect(text).toContain("| one/rest (reference, library) | message-size sizeBytes=1024, 10 VUs | 1.00 ms |");
    expect(text).toContain("10 VUs: it has no tasks\n");
  });

  it("fits into a comment, and is cut off between two lines where it does not", async () => {
    const many = Array.from({ length: 2000 }, (_, n) =>
      sampleMetric({ binding: `b${n}|é`, sentence: "it is worse €" }),
    );
    const text = await textOf("github-summary", { ab: sampleAB(many) });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(63_000);
    const [last, empty, notice] = text.split("\n").slice(-3);
    expect(last).toMatch(/^- b\d+\|é, .*€$/);
    expect([empty, notice]).toEqual(["", "_The rest is too long for a comment: see the whole report._"]);
  });
});

describe("CSV", () => {
  it("is the report's own", async () => {
    expect((await textOf("csv", run)).split("\n")).toHaveLength(4);
    expect((await textOf("csv", ab)).split("\n")).toHaveLength(5);
  });
});
