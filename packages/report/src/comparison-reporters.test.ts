import { stripVTControlCharacters } from "node:util";
import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { compare } from "./compare.ts";
import { compareMarkdown, compareTable, comparisonReporters } from "./comparison-reporters.ts";
import {
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const slow = sampleStep(Array.from({ length: 100 }, () => 2));
const refused = { asked: 10, held: 9, failures: { refused: 1 } } as const;
const baseline = sampleRun([
  sampleCell(),
  sampleCell({ binding: "two/grpc" }),
  sampleCell({ case: { sizeBytes: 2048 } }, { connections: refused }),
  sampleCell({ case: { sizeBytes: 2048 }, binding: "two/grpc" }),
]);
const candidate = sampleRun([
  sampleCell({}, { steps: { total: slow }, operationsPerSecond: 8000 }),
  sampleCell({ binding: "two/grpc" }, { steps: { total: slow }, verdict: sampleVerdict("client-limited") }),
  sampleCell({ case: { sizeBytes: 2048 } }, { server: null, connections: refused }),
  sampleHole({ case: { sizeBytes: 2048 }, binding: "two/grpc" }),
]);
const comparison = compare(baseline, candidate, { maxRegression: 0.2 });
const other = sampleRun([], { environment: { ...sampleInfo().environment, cpuModel: "Other CPU" } });
const refusal = compare(baseline, other, { maxRegression: 0.2 });

describe("compareTable", () => {
  it("prints what changed, what is worse, and what is not judged", () => {
    expect(compareTable(comparison, { width: 120, color: false })).toBe(expected.trim());
  });

  it("is the same text with colour", () => {
    const coloured = compareTable(comparison, { width: 120, color: true });
    expect(coloured).toContain("\u001b[");
    expect(stripVTControlCharacters(coloured)).toBe(expected.trim());
  });

  it("prints why runs are not compared", () => {
    expect(compareTable(refusal, { width: 120, color: false })).toBe(
      [
        "Not compared: these runs were made on different machines or with different tasks.",
        "CPU model: Sample CPU → Other CPU",
        "Measure both in the same way, or compare them all the same with --force.",
      ].join("\n\n"),
    );
  });

  it("names the server of what got worse where a run has several", () => {
    const [both, slower] = [5000, 1000].map((rps) =>
      sampleRun([sampleCell(), sampleCell({ server: "sdk" }, { operationsPerSecond: rps })]),
    );
    const text = compareTable(compare(both as Run, slower as Run, { maxRegression: 0.2 }), {
      width: 120,
      color: false,
    });
    expect(text).toContain("Worse\none/rest (sdk), message-size 1 KiB: RPS 5,000 → 1,000 1/s (−80%)");
  });

  it("names the load of what got worse where a case has several", () => {
    const [before, after] = [5000, 1000].map((rps) =>
      sampleRun([sampleRoundTrip(), sampleCell({}, { operationsPerSecond: rps })]),
    );
    const text = compareTable(compare(before as Run, after as Run, { maxRegression: 0.2 }), {
      width: 120,
      color: false,
    });
    expect(text).toContain("Worse\none/rest, message-size 1 KiB, 10 VUs: RPS 5,000 → 1,000 1/s (−80%)");
    expect(text).toMatch(/^1 KiB +1 VU +one\/rest/m);
  });

  it("says first that a comparison was forced", () => {
    const forced = compare(baseline, other, { maxRegression: 0.2, force: true });
    expect(compareTable(forced, { width: 120, color: false })).toContain(
      "Warnings\nCompared by force although the runs differ: CPU model: Sample CPU → Other CPU.",
    );
  });
});

describe("compareMarkdown", () => {
  it("has the same content", () => {
    const text = compareMarkdown(comparison);
    expect(text.match(/^#+ .*$/gm)).toEqual([
      "# Candidate 2026-08-01T03-00-00-quick against baseline 2026-08-01T03-00-00-quick",
      "## message-size",
      "## Worse",
      "## Better",
    ]);
    expect(text).toContain("| 1 KiB | one/rest | +100% ✗ | +100% ✗ | +100% ✗ | +60% ✓ | 0% | 0% | 0% | 0% |  |");
    expect(text).toContain("- two/grpc, message-size 2 KiB: fails now: \\[refused\\] nothing listens there");
    expect(compareMarkdown(refusal)).toContain("## Not compared\n\n- CPU model: Sample CPU → Other CPU");
  });
});

describe("comparisonReporters", () => {
  it("has a line of CSV for every row and metric", () => {
    const lines = comparisonReporters.csv(comparison).split("\n");
    expect(lines).toHaveLength(1 + 3 * 8 + 1);
    expect(lines[1]).toBe("message-size,sizeBytes=1024,10 VUs,one/rest,reference,library,plain,meanMs,1,2,1,worse,");
    expect(lines.at(-1)).toBe(
      "message-size,sizeBytes=2048,10 VUs,two/grpc,reference,library,plain,,,,,worse,fails now: [refused] nothing listens there",
    );
    expect(comparisonReporters.csv(refusal)).toBe("difference,baseline,candidate\nCPU model,Sample CPU,Other CPU");
  });

  it("has JSON with everything", () => {
    expect(JSON.parse(comparisonReporters.json(comparison))).toEqual(JSON.parse(JSON.stringify(comparison)));
  });
});

const expected = `
Candidate 2026-08-01T03-00-00-quick against baseline 2026-08-01T03-00-00-quick
1 cell lost, 3 worse, 1 better, 14 the same within 20% or the noise floor, 6 not judged
change from baseline to candidate; ✗ worse, ✓ better, in brackets: not judged, – no value on a side

Warnings
Too few rounds (1, of 6 at least) to tell a change from chance: changes are judged by their size alone.

message-size
                                                                     server  server
case   binding      mean      p50      p99     RPS  errors  refused  memory     CPU
───────────────────────────────────────────────────────────────────────────────────────────────────────────────
1 KiB  one/rest  +100% ✗  +100% ✗  +100% ✗  +60% ✓      0%       0%      0%      0%
1 KiB  two/grpc  (+100%)  (+100%)  (+100%)    (0%)      0%       0%      0%      0%  not judged: client-limited

2 KiB  one/rest       0%       0%       0%      0%      0%       0%       –       –
2 KiB  two/grpc        –        –        –       –       –        –       –       –  ✗ fails now

Worse
one/rest, message-size 1 KiB: mean 1.00 → 2.00 ms (+100%); p50 1.00 → 2.00 ms (+100%); p99 1.00 → 2.00 ms (+100%)
two/grpc, message-size 2 KiB: fails now: [refused] nothing listens there

Better
one/rest, message-size 1 KiB: RPS 5,000 → 8,000 1/s (+60%)
`;
