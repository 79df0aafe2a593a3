import { StepRecorder } from "@apb/core/recorder";
import { describe, expect, it } from "vitest";
import { type Evidence, judge } from "./verdict.ts";

function total(ms: readonly number[], failures = 0): Evidence["total"] {
  const recorder = new StepRecorder();
  for (const each of ms) recorder.succeed(0, 0, each);
  for (let n = 0; n < failures; n++) recorder.fail("timeout", 0, 1);
  return recorder.result();
}

const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

const slices = (...completed: number[]): Evidence["slices"] => completed.map((n) => ({ completed: n, totalMs: n }));

const ceiling: Evidence["ceiling"] = {
  ...{ transport: "HTTP/1.1", client: "wire", users: 10, sizeBytes: 1024 },
  ...{ operationsPerSecond: 20_000, missing: null },
};

/** Ten users, 1 ms each, a second long: half of what the client can do. */
const calm: Evidence = {
  total: total(times(10_000, 1)),
  generator: {
    processes: 1,
    cpuPercentMean: 40,
    cpuMsPerOperation: 0.1,
    eventLoopUtilization: 0.5,
    lateStartP99Ms: 0,
    rssPeakBytes: 1,
  },
  connections: { asked: 10, held: 10 },
  reconnects: 0,
  dropped: 0,
  users: 10,
  iterationsPerSecond: 10_000,
  operationsPerSecond: 10_000,
  ceiling,
  serverCpuPercent: 40,
  agentDelayMs: 0,
  deviations: [],
  slices: slices(1000, 1010, 990, 1000, 1000, 1005, 995, 1000, 1000, 1000),
  silence: { fromMs: 500, untilMs: 503 },
  windowMs: 1000,
  calls: { client: 10_000, server: 10_000 },
  wire: { sentBytes: 1200, receivedBytes: 1200, bodyBytes: 2048 },
};

const generator = (change: Partial<Evidence["generator"]>): Partial<Evidence> => ({
  generator: { ...calm.generator, ...change },
});

/** Ten users of a server that takes so long, and the longest time in which it was silent, of a window of 30 s. */
const halfMinute = (ms: number, silentMs: number): Partial<Evidence> => ({
  total: total(times(300_000 / ms, ms)),
  iterationsPerSecond: 10_000 / ms,
  silence: { fromMs: 8000, untilMs: 8000 + silentMs },
  windowMs: 30_000,
});

/** All samples take so long, while neither side does anything. */
const idle = (ms: number): Partial<Evidence> => ({
  total: total(times(1000, ms)),
  generator: { ...calm.generator, cpuPercentMean: 2 },
  serverCpuPercent: 1,
});

type Row = [name: string, change: Partial<Evidence>, kind: string, message: RegExp];

describe("judge", () => {
  it("finds nothing in a calm cell", () => {
    expect(judge(calm)).toEqual({ kind: "valid", findings: [] });
  });

  it.each<Row>([
    ["0.2% failures", { total: total(times(9980, 1), 20) }, "errors", /0\.20% of the iterations failed/],
    ["a connection lost", { connections: { asked: 10, held: 9 } }, "errors", /1 of 10 connections/],
    ["a connection replaced", { reconnects: 2 }, "errors", /2 connections were lost and opened again/],
    ["an arrival dropped", { dropped: 3 }, "errors", /3 arrivals were dropped/],
    ["no iteration at all", { total: total([]), dropped: 1 }, "errors", /no iteration ended/],
    ["a call the server never saw", { calls: { client: 10_000, server: 9999 } }, "lossy", /10000 calls.*9999/],
    ["a call made twice", { calls: { client: 10_000, server: 10_001 } }, "lossy", /10000 calls.*10001/],
    ["fewer bytes than it carries", { wire: { ...calm.wire, bodyBytes: 4096 } }, "unequal", /2400 bytes.*4096/],
    ["half the throughput its latency allows", { iterationsPerSecond: 5000 }, "impossible", /10 users.*makes 5\.00/],
    ["twice the throughput its latency allows", { iterationsPerSecond: 20_000 }, "impossible", /makes 20\.0/],
    ["a busy event loop", generator({ eventLoopUtilization: 0.95 }), "client-limited", /event loop 95%/],
    ["a busy core", generator({ cpuPercentMean: 97 }), "client-limited", /97% of a core/],
    [
      "a server that does something otherwise",
      { deviations: [{ kind: "deviates", message: "it is known to", hint: "see" }] },
      ...(["deviates", /it is known to/] as const),
    ],
    ["late starts", generator({ lateStartP99Ms: 0.2 }), "late-starts", /0\.20 ms late/],
    [
      "a server that stood still",
      halfMinute(1, 10_000),
      "stalled",
      /no iteration succeeded for 10 s of a window of 30 s/,
    ],
    [
      "a slow server that stood still for longer than that",
      halfMinute(500, 5100),
      "stalled",
      /for 5\.1 s of a window of 30 s/,
    ],
    [
      "a stop in a short window",
      { silence: { fromMs: 890, untilMs: 1000 } },
      "stalled",
      /for 0\.11 s of a window of 1 s/,
    ],
    [
      "a second half that is faster",
      { slices: slices(800, 810, 790, 800, 800, 1005, 995, 1000, 1000, 1000) },
      "unsteady",
      /throughput of the window's second half is 25% above/,
    ],
    [
      "a second half that is slower, at even throughput",
      { slices: times(10, 1000).map((completed, n) => ({ completed, totalMs: n < 5 ? 1000 + n : 1500 + n })) },
      "unsteady",
      /mean latency of the window's second half is 50% above/,
    ],
    [
      "more than half of what its client can do",
      { operationsPerSecond: 12_340 },
      "near-ceiling",
      /12,340 operations\/s are 62% of .* ceiling of 20,000, .*HTTP\/1\.1, 10 users, 1 KiB bodies/,
    ],
    [
      "more than half of what its two clients can do",
      { operationsPerSecond: 30_000, ...generator({ processes: 2 }) },
      "near-ceiling",
      /75% of .* ceiling of 2 × 20,000,/,
    ],
    [
      "more than its client was found able to do",
      { operationsPerSecond: 25_000 },
      "near-ceiling",
      /125% of .* ceiling of 20,000, .*; the machine was slower then, or that load asked more of the client/,
    ],
    ["a mode at 40 ms", { total: total([...times(9800, 1), ...times(200, 41)]), users: null }, "nagle", /2%.*40 ms/],
    ["all at 44 ms and nobody busy", { ...idle(44), iterationsPerSecond: 10 / 0.044 }, "nagle", /100%.*40 ms/],
    ["all at 88 ms and nobody busy", { ...idle(88), iterationsPerSecond: 10 / 0.088 }, "nagle", /100%.*80 ms/],
    ["a mode at 80 ms", { total: total([...times(9000, 1), ...times(1000, 82)]), users: null }, "nagle", /10%.*80 ms/],
  ])("doubts a cell with %s", (_name, change, kind, message) => {
    const verdict = judge({ ...calm, ...change });
    expect(verdict.kind).toBe(kind);
    expect(verdict.findings[0]?.message).toMatch(message);
    expect(verdict.findings[0]?.hint).not.toBe("");
  });

  it.each<[name: string, change: Partial<Evidence>]>([
    ["0.1% failures", { total: total(times(9990, 1), 10) }],
    ["a server that does not count", { calls: null }],
    ["4% between users and Little's law", { iterationsPerSecond: 9600 }],
    ["too few iterations for Little's law", { total: total(times(199, 1)), iterationsPerSecond: 199 }],
    ["no users, in an open load", { users: null, iterationsPerSecond: 5 }],
    ["two processes at 60% each", generator({ processes: 2, cpuPercentMean: 120 })],
    ["half of what two processes can do", { operationsPerSecond: 20_000, ...generator({ processes: 2 }) }],
    ["a ceiling that was not measured", { operationsPerSecond: 90_000, ceiling: null }],
    [
      "a ceiling that could not be measured",
      { operationsPerSecond: 90_000, ceiling: { ...ceiling, operationsPerSecond: null, missing: "no server" } },
    ],
    ["an event loop below the limit", generator({ eventLoopUtilization: 0.89 })],
    ["starts a little late", generator({ lateStartP99Ms: 0.05 })],
    ["an open load whose generator watches the clock", { users: null, ...generator({ eventLoopUtilization: 1 }) }],
    ["a window that ended early", { slices: null }],
    ["slices too thin to tell", { slices: slices(1, 1, 1, 1, 1, 9, 9, 9, 9, 9) }],
    ["a pause that is short against the window", halfMinute(1, 2900)],
    ["so few completions that silence is ordinary", halfMinute(5000, 9500)],
    ["a stall that an open load has seen", { ...halfMinute(1, 10_000), users: null }],
    ["a difference its spread explains", { slices: slices(500, 1500, 600, 1400, 1000, 700, 1700, 1300, 900, 1200) }],
    ["a difference below a tenth", { slices: slices(1000, 1000, 1000, 1000, 1000, 1090, 1090, 1090, 1090, 1090) }],
    [
      "latencies spread evenly around 40 ms",
      { total: total(Array.from({ length: 10_000 }, (_, n) => 20 + n / 200)), users: null },
    ],
    [
      "queueing that reaches 40 ms",
      { total: total([...times(5000, 20), ...times(4000, 30), ...times(1000, 41)]), users: null },
    ],
    ["one pause of 40 ms that hit all users", { total: total([...times(500, 1), ...times(10, 41)]), users: null }],
    ["a few samples at 40 ms", { total: total([...times(9990, 1), ...times(10, 41)]) }],
    ["agents told to take 44 ms", { ...idle(44), iterationsPerSecond: 10 / 0.044, agentDelayMs: 43 }],
    [
      "a server nobody watched that takes 44 ms",
      { ...idle(44), iterationsPerSecond: 10 / 0.044, serverCpuPercent: null },
    ],
    ["a busy server that takes 44 ms", { ...idle(44), iterationsPerSecond: 10 / 0.044, serverCpuPercent: 90 }],
  ])("does not doubt a cell with %s", (_name, change) => {
    expect(judge({ ...calm, ...change }).findings).toEqual([]);
  });

  it("names the gravest finding and keeps the others", () => {
    const verdict = judge({ ...calm, dropped: 1, ...generator({ cpuPercentMean: 99 }) });
    expect(verdict.kind).toBe("errors");
    expect(verdict.findings.map(({ kind }) => kind)).toEqual(["errors", "client-limited"]);
  });

  it("does not say of a busy client that it is near its ceiling as well", () => {
    const { findings } = judge({ ...calm, operationsPerSecond: 19_000, ...generator({ cpuPercentMean: 99 }) });
    expect(findings.map(({ kind }) => kind)).toEqual(["client-limited"]);
  });
});
