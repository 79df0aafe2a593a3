import { stripVTControlCharacters } from "node:util";
import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { compare } from "./compare.ts";
import { compareMarkdown, compareTable, comparisonReporters } from "./comparison-reporters.ts";
import { sampleNight, sampleRounds, sampleUsage, taking } from "./testing/sample-rounds.ts";
import { sampleHole, sampleInfo, sampleRoundTrip, sampleVerdict } from "./testing/sample-run.ts";

const refused = { asked: 10, held: 9, failures: { refused: 1 } } as const;
const large = { case: { sizeBytes: 2048 } };
const two = { binding: "two/grpc" };
const baseline = sampleNight([
  ...sampleRounds(),
  ...sampleRounds({}, two),
  ...sampleRounds({ connections: refused }, large),
  ...sampleRounds({}, { ...large, ...two }),
]);
const candidate = sampleNight([
  ...sampleRounds({ ...taking(4), operationsPerSecond: 12_000, server: { ...sampleUsage, cpuMsPerOperation: 0.2 } }),
  ...sampleRounds((round) => (round < 3 ? { ...taking(4), verdict: sampleVerdict("client-limited") } : taking(4)), two),
  ...sampleRounds({ server: null, connections: refused }, large),
  ...[1, 2, 3, 4, 5, 6].map((round) => sampleHole({ ...large, ...two, round })),
]);
const comparison = compare(baseline, candidate, { maxRegression: 0.2 });
const other = sampleNight([], { environment: { ...sampleInfo().environment, cpuModel: "Other CPU" } });
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
      sampleNight([...sampleRounds(), ...sampleRounds({ operationsPerSecond: rps }, { server: "sdk" })]),
    );
    const text = compareTable(compare(both as Run, slower as Run, { maxRegression: 0.2 }), {
      width: 120,
      color: false,
    });
    expect(text).toContain("Worse\none/rest (sdk), message-size 1 KiB: RPS 5,000 → 1,000 1/s (−80%)");
  });

  it("names the load of what got worse where a case has several", () => {
    const [before, after] = [5000, 1000].map((rps) =>
      sampleNight([sampleRoundTrip(), ...sampleRounds({ operationsPerSecond: rps })]),
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
      "## Perhaps the machine",
      "## Rounds set aside",
    ]);
    expect(text).toContain(
      "| 1 KiB | one/rest | +300% ✗ | +300% ✗ | +300% ✗ | +140% ✓ | 0% | 0% | 0% | 0% | +25% ~ |  |",
    );
    expect(text).toContain("- two/grpc, message-size 2 KiB: fails now: \\[refused\\] nothing listens there");
    expect(compareMarkdown(refusal)).toContain("## Not compared\n\n- CPU model: Sample CPU → Other CPU");
  });
});

describe("comparisonReporters", () => {
  it("has a line of CSV for every row and metric", () => {
    const lines = comparisonReporters.csv(comparison).split("\n");
    expect(lines).toHaveLength(1 + 3 * 9 + 1);
    expect(lines[1]).toBe("message-size,sizeBytes=1024,10 VUs,one/rest,reference,library,plain,meanMs,1,4,3,worse,");
    expect(lines.at(-1)).toBe(
      "message-size,sizeBytes=2048,10 VUs,two/grpc,reference,library,plain,,,,,worse,fails now: [refused] nothing listens there",
    );
    expect(comparisonReporters.csv(refusal)).toBe("difference,baseline,candidate\nCPU model,Sample CPU,Other CPU");
  });

  it("has a line of CSV for what forbids to pass", () => {
    const lines = comparisonReporters.csv(compare(baseline, sampleNight([]), { maxRegression: 0.2 })).split("\n");
    expect(lines[1]).toMatch(/^,,,,,,,,,,,fault,"?The baseline has 4 rows that the candidate lacks/);
  });

  it("has JSON with everything", () => {
    expect(JSON.parse(comparisonReporters.json(comparison))).toEqual(JSON.parse(JSON.stringify(comparison)));
  });
});

const expected = `
Candidate 2026-08-01T03-00-00-quick against baseline 2026-08-01T03-00-00-quick
not passed, 1 cell lost, 3 worse, 1 better, 16 without a difference shown above 20%, 1 perhaps the machine's, 6 not
judged
change from baseline to candidate; ✗ worse, ✓ better, ~ no more than equal runs may differ by, in brackets: not judged,
– no value on a side

Warnings
How far equal runs lie apart on this machine is not known: on a shared machine with two cores six equal runs lay apart
by server CPU 3 to 38%, RPS 49 to 121%, p50 59 to 172%, p99 55 to 134%. What differs by less than the larger figure may
be the machine's (~), and is called neither worse nor better; bench ab tells smaller differences, since it measures both
sides at one time.

message-size
                                                                            server  server
case   binding      mean      p50      p99      RPS  errors  refused  wire  memory     CPU
──────────────────────────────────────────────────────────────────────────────────────────
1 KiB  one/rest  +300% ✗  +300% ✗  +300% ✗  +140% ✓      0%       0%    0%      0%  +25% ~
1 KiB  two/grpc  (+300%)  (+300%)  (+300%)     (0%)      0%       0%    0%      0%      0%

2 KiB  one/rest       0%       0%       0%       0%      0%       0%    0%       –       –
2 KiB  two/grpc        –        –        –        –       –        –     –       –       –

case   binding
─────────────────────────────────────────────────────
1 KiB  one/rest
1 KiB  two/grpc  not judged: candidate: 4 of 6 rounds
                 (client-limited)

2 KiB  one/rest
2 KiB  two/grpc  ✗ fails now

Worse
one/rest, message-size 1 KiB: mean 1.00 → 4.00 ms (+300%); p50 1.00 → 4.00 ms (+300%); p99 1.00 → 4.00 ms (+300%)
two/grpc, message-size 2 KiB: fails now: [refused] nothing listens there

Better
one/rest, message-size 1 KiB: RPS 5,000 → 12,000 1/s (+140%)

Perhaps the machine
one/rest, message-size 1 KiB: server CPU 0.160 → 0.200 ms/op (+25%, equal runs: up to 1.4×)

Rounds set aside
two/grpc, message-size 1 KiB: candidate: client-limited in rounds 1, 2
`;
