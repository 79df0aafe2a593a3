import { stripVTControlCharacters } from "node:util";
import type { Measured } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { tableReporter } from "./table.ts";
import {
  closed,
  open,
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRoundTrip,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const times = Array.from({ length: 100 }, (_, n) => 0.1 + n / 100);

const ladder = { scenario: "concurrency-ladder", case: { connections: 1000 }, load: "1000 VUs" };
const workflow = { scenario: "workflow", case: {}, load: "10 VUs on 30 connections" };

/** Two bindings, all three scenarios, two rounds: with a finding, a failure, a hole, a lost round and an unknown server. */
function variedRun(): Run {
  const steps = { total: sampleStep(times, { timeout: 1 }), connect: sampleStep([0.5, 0.75]), send: sampleStep(times) };
  const agents = { plan: sampleStep([0.25]), write: sampleStep([0.5]) };
  const cells = [1, 2].flatMap((round) => [
    sampleRoundTrip({ round }),
    sampleRoundTrip({ round, binding: "two/grpc" }, { steps: { total: sampleStep([0.5, 0.75]) } }),
    sampleCell({ round }, { steps, verdict: sampleVerdict("client-limited") }),
    sampleCell({ round, binding: "two/grpc" }, { operationsPerSecond: 12_345.6 }),
    sampleRoundTrip({ round, case: { sizeBytes: 102_400 } }),
    sampleCell(
      { round, case: { sizeBytes: 102_400 } },
      { server: null, missing: { server: "no process id is known" } },
    ),
    sampleCell(
      { round, ...ladder },
      { load: closed(1000), connections: { asked: 1000, held: 990, failures: { refused: 10 } } },
    ),
    sampleHole({ round, ...ladder, binding: "two/grpc" }),
    sampleHole({ round, ...workflow, binding: "two/grpc" }, "not-applicable", "it cannot poll"),
  ]);
  const worked = sampleCell(workflow, { steps: { total: sampleStep([1]), ...agents }, iterationsPerSecond: 833.3 });
  const lost = sampleHole({ ...workflow, round: 2 }, "failed", "[timeout] no iteration ended");
  const profile = { ...sampleInfo().profile, rounds: 2 };
  return sampleRun([...cells, worked, lost], { profile });
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
    expect(text).toMatch(/^ {2}1 KiB {2}one\/rest {2}0\.250 {2}0\.250 {2}0\.250 +0 +a$/m);
    expect(text).toMatch(/^ {2}1 KiB {2}one\/rest +5,000 +0\.590 +1\.08 +0\.990 {2}a$/m);
    expect(text).toMatch(/^ {2}1 KiB {2}one\/rest +2,600 +552 +27\.0 +0\.160 +0\.120 {2}a$/m);
  });

  it("tells the window as it was intended, once among the captions", () => {
    const load = { ...sampleCell().load, durationMs: 818.4 };
    const text = printed(sampleRun([sampleCell({}, { load }), sampleCell({ scenario: "workflow" }, { load })]), 140);
    expect(text.match(/windows of [\d,]+ ms/g)).toEqual(["windows of 800 ms"]);
    expect(text).not.toContain("818");
  });

  it("shows no CPU where it is not known, and why", () => {
    const text = printed(sampleRun([sampleRoundTrip(), unknownCpu()]), 140);
    expect(text).toMatch(/one\/rest +0\.250 +0\.250 +0\.250 +5,000 +1\.00 +1\.00 +n\/a +n\/a +2,600 .* a$/m);
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
    expect(text).toMatch(/^binding +server +client +1\/s/m);
    expect(text).toMatch(/^one\/rest +reference +wire +5,000/m);
    expect(text).toMatch(/^one\/rest +sdk +library +5,000/m);
  });

  it("says that a run did not end, and what a killed one left behind", () => {
    const run = sampleRun([sampleCell()], { endedAt: null, exit: null });
    const text = printed({ ...run, notes: ["cells.jsonl, line 2 was cut off"] }, 120);
    expect(text).toContain("note  cells.jsonl, line 2 was cut off");
    expect(text).toContain("note  The run has no end: it is still running, or was killed.");
  });

  it("prints a run without a single number", () => {
    const cells = [
      sampleHole({ scenario: "workflow", case: {} }),
      sampleHole({ scenario: "workflow", case: {}, binding: "two/grpc" }, "not-applicable", "it cannot poll"),
      sampleHole({ binding: "two/grpc" }),
      sampleHole({}),
    ];
    const [, reasons] = printed(sampleRun(cells), 120).split("\n\n");
    expect(reasons).toBe(
      [
        "Nothing was measured",
        "failed          message-size 1 KiB: all bindings; workflow: one/rest",
        "                [refused] nothing listens there",
        "not-applicable  workflow: two/grpc",
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
    const started = {
      ...target,
      servers: ["command"],
      serve: "my-server {port}",
      target: "http://localhost:{port}",
    } as const;
    expect(printed(sampleRun([], { selection: started }), 120)).toContain(
      "command my-server {port} at http://localhost:{port}\n",
    );
    expect(printed(sampleRun([], { selection: { ...started, serveEnv: ["A", "B"] } }), 120)).toContain(
      "command my-server {port} at http://localhost:{port}, with A, B set",
    );
  });

  it("says of a run that hardly warmed up what it is worth", () => {
    const profile = { ...sampleInfo().profile, warmUpMs: 50 };
    expect(printed(sampleRun([sampleCell()], { profile }), 120)).toContain("cold code");
    expect(printed(sampleRun([sampleCell()]), 120)).not.toContain("cold code");
  });

  it("shows an open load as what it is", () => {
    const steps = { total: sampleStep([3, 3], {}, [1, 1]), wait: sampleStep([2, 2]) };
    const cell = sampleCell({ load: "0.5/s on 10 connections" }, { load: open(0.5), steps });
    const text = printed(sampleRun([cell]), 140);
    expect(text).toContain("at message-size 1 KiB: 0.5/s on 10 connections; ");
    expect(text).toContain("message-size\n0.5/s on 10 connections, open load\n");
    expect(text).toMatch(/^one\/rest +5,000 +3\.00 +3\.00 /m);
    expect(text).toContain("latency under 0.5/s on 10 connections is no round trip: at one/rest arrivals were dropped");
    expect(text).toMatch(/service +service +wait +wait\n.* p50 +p99 +p50 +p99\n/);
    expect(text).toMatch(/^1 KiB +one\/rest +5,000 +3\.00 .* 1\.00 +1\.00 +2\.00 +2\.00$/m);
    expect(text).toContain("no value\n   in an open load the rate is given, not found");
    expect(text).toContain("client CPU: an open load's generator spins for up to 0.3 ms before each arrival");
  });

  it("gives service times where a row is marked late, whose hint asks to compare them", () => {
    const steps = { total: sampleStep([3, 3], {}, [1, 1]) };
    const late = sampleCell(
      { ...workflow, load: "5/s on 30 connections" },
      { load: open(5), steps, verdict: sampleVerdict("late-starts") },
    );
    expect(printed(sampleRun([late]), 140)).toMatch(/^one\/rest +[\d,]+ .* 1\.00 +1\.00 {2}a( b)?$/m);
    const prompt = { ...late, verdict: sampleVerdict() };
    const comparison = (cell: typeof late): string =>
      printed(sampleRun([cell]), 140).match(/Comparison.*?marks\n/s)?.[0] ?? "";
    expect(comparison(late)).toMatch(/ p50 +p99 +p50 +CPU/);
    expect(comparison(late)).toContain("service");
    expect(comparison(prompt)).not.toContain("service");
    expect(printed(sampleRun([late]), 140)).toMatch(/^one\/rest +5,000 +3\.00 +3\.00 +1\.00 +80\.0/m);
    expect(printed(sampleRun([sampleCell(workflow)]), 140)).not.toContain("service");
  });

  it("calls latency under many VUs no round trip, and saturated only where it is", () => {
    const busyAlone = printed(sampleRun([sampleCell()]), 140);
    expect(busyAlone).not.toContain("mean    p50    p99     RPS");
    expect(busyAlone).toContain("latency under 10 VUs holds their waiting for each other");
    expect(busyAlone).not.toContain("saturate");
    const both = printed(sampleRun([sampleRoundTrip(), sampleCell()]), 140);
    expect(both).toContain("1 VU, the round trip; 10 VUs, who saturate the servers");
    expect(both).not.toContain("holds their waiting");
    const idle = printed(sampleRun([sampleRoundTrip(), sampleCell({}, { operationsPerSecond: 36_000 })]), 140);
    expect(idle).toContain("1 VU, the round trip; 10 VUs, many at once");
    expect(idle).not.toContain("saturate");
  });

  it("marks a row that ended before its time, and says why", () => {
    const text = printed(sampleRun([sampleCell({}, { partial: "the run was interrupted" })]), 120);
    expect(text).toMatch(/^1 KiB +one\/rest .* a$/m);
    expect(text).toContain("a  partial\n   message-size 1 KiB: one/rest\n   the run was interrupted");
  });

  it("shows what was cut off and what checks said, where there is any", () => {
    const checks = { fresh: { passes: 99, fails: 1, said: "no such key" }, "in order": { passes: 100, fails: 0 } };
    const text = printed(sampleRun([sampleRoundTrip(), sampleCell({}, { interrupted: 7, checks })]), 140);
    expect(text).toMatch(/10 VUs\n.* interrupted .*\n(.*\n)+1 KiB +one\/rest .* 7$/m);
    expect(text).toContain("interrupted: iterations cut off because their VU or the load ended");
    expect(text).toContain("message-size: checks\n");
    expect(text).toMatch(/^1 KiB +10 VUs +one\/rest +99\.0 · 100 +100 · 100$/m);
    expect(text).toContain("fresh says no where it cannot be worked out: no such key");
    const none = printed(sampleRun([sampleCell()]), 120);
    expect(none).not.toMatch(/interrupted|checks/);
  });

  it("says in whole sentences under which load a scenario failed altogether", () => {
    const text = printed(sampleRun([sampleCell(), sampleHole(workflow)]), 120);
    expect(text).toContain("workflow\nend to end; 10 VUs on 30 connections\n");
    const ladders = [10, 100].map((connections) =>
      sampleHole({ ...ladder, case: { connections }, load: `${connections} VUs` }),
    );
    expect(printed(sampleRun([sampleCell(), ...ladders]), 120)).toContain("concurrency-ladder\n10 VUs … 100 VUs\n");
  });

  it("lays a scenario out by its view, not by its name", () => {
    const views = { "message-size": "general", "concurrency-ladder": "ladder" } as const;
    const text = printed(sampleRun([sampleRoundTrip(), sampleCell()], { views }), 120);
    expect(text).toContain("message-size\nend to end\n");
    expect(text).toMatch(/^1 KiB +1 VU +one\/rest +4,000 /m);
    expect(text).toMatch(/^1 KiB +10 VUs +one\/rest +5,000 /m);
    expect(printed(sampleRun([sampleCell({ scenario: "new", case: {} })]), 120)).toContain("new\nend to end; 10 VUs");
  });

  it("tells an executor of the reader's own in place of windows", () => {
    const stages = [{ durationMs: 4000, target: 40 }];
    const executor = { executor: "ramping-vus", startVUs: 0, stages, gracefulRampDownMs: 0 } as const;
    const profile = { ...sampleInfo().profile, executor };
    const text = printed(sampleRun([sampleCell({ load: "0→40 VUs in 4s" })], { profile }), 120);
    expect(text).toContain("profile                quick: 1 round of ramping-vus for 4 s after 300 ms of warm-up");
    expect(text).not.toContain("800 ms");
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
at message-size 1 KiB: 1 VU, the round trip; 10 VUs, who saturate the servers, so that their latency is waiting; errors,
best RPS and server memory: over all cells; windows of 800 ms
                                          10 VUs     10 VUs  10 VUs  10 VUs
           1 VU   1 VU   1 VU  10 VUs  saturated  saturated  server  server  10 VUs            best  server
           mean    p50    p99     RPS        p50        p99     CPU     CPU    wire  errors     RPS  memory
binding      ms     ms     ms     1/s         ms         ms       %   ms/op    B/op       %     1/s     MiB  marks
──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
one/rest  0.250  0.250  0.250   5,000      0.590       1.08    80.0   0.160   2,600   0.199   5,000    60.0  a
two/grpc  0.625  0.500  0.750  12,346       1.00       1.00    80.0   0.160   2,600       0  12,346    60.0  b

binding   best RPS at                 standing   specification  version  marks
──────────────────────────────────────────────────────────────────────────────
one/rest  message-size 1 KiB, 10 VUs  normative  One            1.0      a
two/grpc  message-size 1 KiB, 10 VUs  custom     Two            2.0      b

message-size
1 VU, the round trip; 10 VUs, who saturate the servers, so that their latency is waiting
                                                           10 VUs     10 VUs
                    1 VU   1 VU   1 VU    1 VU  10 VUs  saturated  saturated  10 VUs
                    mean    p50    p99  errors     RPS        p50        p99  errors
   size  binding      ms     ms     ms       %     1/s         ms         ms       %  marks
───────────────────────────────────────────────────────────────────────────────────────────
  1 KiB  one/rest  0.250  0.250  0.250       0   5,000      0.590       1.08   0.990  a
  1 KiB  two/grpc  0.625  0.500  0.750       0  12,346       1.00       1.00       0

100 KiB  one/rest  0.250  0.250  0.250       0   5,000       1.00       1.00       0  c

                                             10 VUs  10 VUs
                   10 VUs  10 VUs    10 VUs  server  client
                     wire   added  overhead     CPU     CPU
   size  binding     B/op    B/op         %   ms/op   ms/op  marks
──────────────────────────────────────────────────────────────────
  1 KiB  one/rest   2,600     552      27.0   0.160   0.120  a
  1 KiB  two/grpc   2,600     552      27.0   0.160   0.120

100 KiB  one/rest   2,600     552      27.0     n/a   0.120  c
added: what the wire carries beyond the bodies (request and reply); overhead: the same as a share of the bodies (request
and reply)

concurrency-ladder
one VU on each connection, closed load
                                          connect  connect                     server memory         per
                                  errors      p50      p99    RPS   p50   p99    idle → peak  connection
asked  binding     held  refused       %       ms       ms    1/s    ms    ms            MiB         KiB  marks
───────────────────────────────────────────────────────────────────────────────────────────────────────────────
1,000  one/rest     990       10       0    0.500    0.600  5,000  1.00  1.00    50.0 → 60.0        1.03
1,000  two/grpc  failed        –       –        –        –      –     –     –              –           –  b
connections asked, held and refused; memory per connection: with all connections open and no request sent, less idle

workflow
end to end; 10 VUs on 30 connections, closed load
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

Failures
all rounds together; share: of the step's samples, failed or not
                                                      share
of                          binding   failure  count      %  the first said
───────────────────────────────────────────────────────────────────────────
message-size 1 KiB, 10 VUs  one/rest  timeout      2  0.990  it was timeout

Marks
a  client-limited
   message-size 1 KiB, 10 VUs: one/rest
   it is client-limited, in 2 of 2 rounds
   → mend client-limited
b  failed
   concurrency-ladder 1,000 connections: two/grpc
   [refused] nothing listens there
c  no value
   no process id is known
d  partly failed
   workflow: one/rest
   round 2 of 2: [timeout] no iteration ended
e  not-applicable
   workflow: two/grpc
   it cannot poll
`;
