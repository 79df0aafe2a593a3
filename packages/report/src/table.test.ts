import { stripVTControlCharacters } from "node:util";
import type { Measured } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { tableReporter } from "./table.ts";
import { sampleCell, sampleHole, sampleInfo, sampleRun, sampleStep, sampleVerdict } from "./testing/sample-run.ts";

const times = Array.from({ length: 100 }, (_, n) => 0.1 + n / 100);

/** Two bindings, all three scenarios, two rounds: with a finding, a failure, a hole, a lost round and an unknown server. */
function variedRun(): Run {
  const steps = { total: sampleStep(times, { timeout: 1 }), connect: sampleStep([0.5, 0.75]), send: sampleStep(times) };
  const agents = { plan: sampleStep([0.25]), write: sampleStep([0.5]) };
  const cells = [1, 2].flatMap((round) => [
    sampleCell({ round }, { steps, verdict: sampleVerdict("client-limited") }),
    sampleCell({ round, binding: "two/grpc" }, { operationsPerSecond: 12_345.6 }),
    sampleCell(
      { round, case: { sizeBytes: 102_400 } },
      { server: null, missing: { server: "no process id is known" } },
    ),
    sampleCell(
      { round, scenario: "concurrency-ladder", case: { connections: 1000 } },
      {
        connections: { asked: 1000, held: 990, failures: { refused: 10 } },
      },
    ),
    sampleHole({ round, scenario: "concurrency-ladder", case: { connections: 1000 }, binding: "two/grpc" }),
    sampleHole(
      { round, scenario: "workflow", case: { users: 10 }, binding: "two/grpc" },
      "not-applicable",
      "it cannot poll",
    ),
  ]);
  const id = { scenario: "workflow", case: { users: 10 } };
  const workflow = sampleCell(id, { steps: { total: sampleStep([1]), ...agents }, iterationsPerSecond: 833.3 });
  const lost = sampleHole({ ...id, round: 2 }, "failed", "[timeout] no iteration ended");
  const profile = { ...sampleInfo().profile, rounds: 2 };
  return sampleRun([...cells, workflow, lost], { profile });
}

function unknownCpu(): Measured {
  const { server } = sampleCell();
  if (server === null) throw new TypeError("expected a sample with a server");
  return sampleCell(
    {},
    {
      server: { ...server, cpuPercentMean: null, cpuMsPerOperation: null },
      missing: { "server.cpu": "its counter moved by 2 of at least 5 steps" },
    },
  );
}

function printed(run: Run, width: number): string {
  return tableReporter({ width, color: false })(run);
}

describe("tableReporter", () => {
  it("prints the comparison, a block for every scenario, and what the marks stand for", () => {
    expect(printed(variedRun(), 120)).toBe(expected.trim());
  });

  it.each([80, 90, 100, 120, 140])("keeps within %d columns", (width) => {
    const widths = printed(variedRun(), width)
      .split("\n")
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(width);
  });

  it("repeats what a line is about, and its marks, in both halves of a broken table", () => {
    const text = printed(variedRun(), 80);
    expect(text).toContain("  1 KiB  one/rest   5,000  0.595  0.590  0.990  1.08  1.09   0.990  a");
    expect(text).toContain("  1 KiB  one/rest  2,600    552      27.0   0.160   0.120  a");
  });

  it("tells the window as it was intended, once among the captions", () => {
    const load = { ...sampleCell().load, durationMs: 818.4 };
    const text = printed(sampleRun([sampleCell({}, { load }), sampleCell({ scenario: "workflow" }, { load })]), 140);
    expect(text.match(/windows of [\d,]+ ms/g)).toEqual(["windows of 800 ms"]);
    expect(text).not.toContain("818");
  });

  it("shows no CPU where it is not known, and why", () => {
    const text = printed(sampleRun([unknownCpu()]), 140);
    expect(text).toMatch(/one\/rest +1\.00 +1\.00 +1\.00 +n\/a +n\/a +2,600 .* a$/m);
    expect(text).toContain("a  no value\n   its counter moved by 2 of at least 5 steps");
  });

  it("is the same text with and without colour", () => {
    const coloured = tableReporter({ width: 120, color: true })(variedRun());
    expect(coloured).toContain("\u001b[");
    expect(stripVTControlCharacters(coloured)).toBe(printed(variedRun(), 120));
    expect(printed(variedRun(), 120)).not.toContain("\u001b");
  });

  it("tells servers and clients apart where a run has several", () => {
    const text = printed(sampleRun([sampleCell(), sampleCell({ client: "wire" }), sampleCell({ server: "sdk" })]), 120);
    expect(text).toMatch(/binding +server +client +ms/);
    expect(text).toMatch(/one\/rest +reference +wire +1\.00/);
    expect(text).toMatch(/one\/rest +sdk +library +1\.00/);
  });

  it("says that a run did not end, and what a killed one left behind", () => {
    const run = sampleRun([sampleCell()], { endedAt: null, exit: null });
    const text = printed({ ...run, notes: ["cells.jsonl, line 2 was cut off"] }, 120);
    expect(text).toContain("note  cells.jsonl, line 2 was cut off");
    expect(text).toContain("note  The run has no end: it is still running, or was killed.");
  });

  it("prints a run without a single number", () => {
    const cells = [
      sampleHole({ scenario: "workflow", case: { users: 10 } }),
      sampleHole(
        { scenario: "workflow", case: { users: 10 }, binding: "two/grpc" },
        "not-applicable",
        "it cannot poll",
      ),
      sampleHole({ binding: "two/grpc" }),
      sampleHole({}),
    ];
    const [, reasons] = printed(sampleRun(cells), 120).split("\n\n");
    expect(reasons).toBe(
      [
        "Nothing was measured",
        "failed          message-size 1 KiB: all bindings; workflow 10 users: one/rest",
        "                [refused] nothing listens there",
        "not-applicable  workflow 10 users: two/grpc",
        "                it cannot poll",
      ].join("\n"),
    );
    expect(printed(sampleRun([]), 120)).toMatch(/\n\nNothing was measured$/);
  });

  it("marks a row that has fewer rounds than the run", () => {
    const text = printed(sampleRun([sampleCell()], { profile: { ...sampleInfo().profile, rounds: 3 } }), 120);
    expect(text).toContain("a  fewer rounds\n   message-size 1 KiB: one/rest\n   1 of 3 rounds measured");
  });

  it("says what was added to the agents, and where a foreign server is", () => {
    const selection = { ...sampleInfo().selection, delayMs: 5, workMs: 0.5 };
    expect(printed(sampleRun([], { selection }), 120)).toContain(
      "reference, every agent waits 5.00 ms, every agent burns 0.500 ms of CPU",
    );
    const target = { ...sampleInfo().selection, servers: ["external"], target: "http://localhost:1" } as const;
    expect(printed(sampleRun([], { selection: target }), 120)).toContain("external at http://localhost:1");
  });

  it("says of a run that hardly warmed up what it is worth", () => {
    const profile = { ...sampleInfo().profile, warmUpMs: 50 };
    expect(printed(sampleRun([sampleCell()], { profile }), 120)).toContain("too short for numbers to be believed");
    expect(printed(sampleRun([sampleCell()]), 120)).not.toContain("too short for numbers");
  });

  it("shows an open load as what it is", () => {
    const load = { model: "open", users: null, sessions: 10, perSecond: 0.5, warmUpMs: 0, durationMs: 2000 } as const;
    const text = printed(sampleRun([sampleCell({}, { load })]), 140);
    expect(text).toContain("0.500 arrivals per second, open load, 10 connections, windows of 800 ms");
    expect(text).toContain("no value\n   in an open load the rate is given, not found");
    expect(text).toContain("client CPU: up to 0.3 ms of every arrival");
  });
});

const expected = `
Run 2026-08-01T03-00-00-quick
started                2026-08-01T03:00:00.000Z, completed after 2 min 5 s
profile                quick: 2 rounds of 800 ms windows after 300 ms of warm-up
server                 reference
client                 library
machine                Sample CPU, 2 cores, 4,096 MiB
runtime                Node 20.20.2, V8 11.3, OpenSSL 3.0
load before the start  0.120

Comparison
mean, p50, p99, CPU and wire bytes at message-size 1 KiB (10 users, closed load, 10 connections, windows of 800 ms);
errors, best RPS and peak memory over all cells
                              server  server                   best  server
           mean    p50   p99     CPU     CPU   wire  errors     RPS  memory
binding      ms     ms    ms       %   ms/op   B/op       %     1/s     MiB  best RPS at         marks
──────────────────────────────────────────────────────────────────────────────────────────────────────
one/rest  0.595  0.590  1.08    80.0   0.160  2,600   0.332   5,000    60.0  message-size 1 KiB  a
two/grpc   1.00   1.00  1.00    80.0   0.160  2,600       0  12,346    60.0  message-size 1 KiB  b

binding   standing   specification  version  marks
──────────────────────────────────────────────────
one/rest  normative  One            1.0      a
two/grpc  custom     Two            2.0      b

message-size
10 users, closed load, 10 connections
                                                                                            server  client
                      RPS   mean    p50    p90   p99   max  errors   wire  added  overhead     CPU     CPU
   size  binding      1/s     ms     ms     ms    ms    ms       %   B/op   B/op         %   ms/op   ms/op  marks
─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
  1 KiB  one/rest   5,000  0.595  0.590  0.990  1.08  1.09   0.990  2,600    552      27.0   0.160   0.120  a
  1 KiB  two/grpc  12,346   1.00   1.00   1.00  1.00  1.00       0  2,600    552      27.0   0.160   0.120

100 KiB  one/rest   5,000   1.00   1.00   1.00  1.00  1.00       0  2,600    552      27.0     n/a   0.120  c
added: what the wire carries beyond the bodies (request and reply); overhead: the same as a share of the bodies (request
and reply)

concurrency-ladder
one user on each connection, closed load
                                          connect  connect                     server memory         per
                                  errors      p50      p99    RPS   p50   p99    idle → peak  connection
asked  binding     held  refused       %       ms       ms    1/s    ms    ms            MiB         KiB  marks
───────────────────────────────────────────────────────────────────────────────────────────────────────────────
1,000  one/rest     990       10       0    0.500    0.600  5,000  1.00  1.00    50.0 → 60.0        1.03
1,000  two/grpc  failed        –       –        –        –      –     –     –              –           –  b
connections asked, held and refused; memory per connection: with all connections open and no request sent, less idle

workflow
end to end; 10 users, closed load, 10 connections
                                                            server  server
          workflows    RPS  mean   p50   p99   max  errors     CPU  memory
binding         1/s    1/s    ms    ms    ms    ms       %   ms/op     MiB  marks
─────────────────────────────────────────────────────────────────────────────────
one/rest        833  5,000  1.00  1.00  1.00  1.00       0   0.160    60.0  d
two/grpc        n/a    n/a   n/a   n/a   n/a   n/a     n/a     n/a     n/a  e
RPS: protocol operations, of which every workflow has 6

workflow: steps
mean of each step, and its share of the whole
                 plan        write
binding    ms · share   ms · share  marks
─────────────────────────────────────────
one/rest  0.250 · 25%  0.500 · 50%  d
two/grpc          n/a          n/a  e

Marks
a  client-limited
   message-size 1 KiB: one/rest
   it is client-limited, in 2 of 2 rounds
   → mend client-limited
b  failed
   concurrency-ladder 1,000 connections: two/grpc
   [refused] nothing listens there
c  no value
   no process id is known
d  partly failed
   workflow 10 users: one/rest
   round 2 of 2: [timeout] no iteration ended
e  not-applicable
   workflow 10 users: two/grpc
   it cannot poll
`;
