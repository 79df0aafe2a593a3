import { mergeSnapshots, progressMs, type Snapshot } from "@apb/core/snapshot";
import { describe, expect, it } from "vitest";
import { type Change, ceiling, evidence, open } from "./testing/evidence.ts";
import { busySecond, snapshotOf, tallyOf, timesOf } from "./testing/snapshots.ts";
import { judge } from "./verdict.ts";

type Row = readonly [name: string, change: Change, message: string];

function doubted(kind: string, change: Change, message: string): void {
  const verdict = judge(evidence(change));
  expect(verdict.findings).toEqual([{ kind, message, hint: expect.stringMatching(/./) }]);
  expect(verdict.kind).toBe(kind);
}

function trusted(change: Change): void {
  expect(judge(evidence(change))).toEqual({ kind: "valid", findings: [] });
}

describe("a generator", () => {
  it.each<Row>([
    [
      "whose event loop is busy",
      { generator: { eventLoopUtilization: 0.95 } },
      "the load generator itself was busy (40% of a core, event loop 95%)",
    ],
    [
      "whose core is busy",
      { generator: { cpuPercentMean: 97 } },
      "the load generator itself was busy (97% of a core, event loop 50%)",
    ],
    [
      "of two processes that are busy",
      { generator: { processes: 2, cpuPercentMean: 190 } },
      "the load generator itself was busy (95% of a core, event loop 50%)",
    ],
  ])("%s limits the load", (_name, change, message) => doubted("client-limited", change, message));

  it.each<readonly [name: string, change: Change]>([
    ["whose event loop is below the limit", { generator: { eventLoopUtilization: 0.9 } }],
    ["of two processes at 60% each", { generator: { processes: 2, cpuPercentMean: 120 } }],
    ["of an open load, which watches the clock", { load: open, generator: { eventLoopUtilization: 1 } }],
  ])("%s does not", (_name, change) => trusted(change));
});

describe("starts", () => {
  const waiting = snapshotOf({
    activity: {
      completed: 500,
      steps: { total: { ...tallyOf(timesOf([500, 4])), service: timesOf([500, 1.5]) } },
    },
  });

  it("that are late are told with the service time, which they are not part of", () => {
    doubted(
      "late-starts",
      { seconds: [waiting], load: open, generator: { lateStartP99Ms: 0.5 } },
      "arrivals were noticed up to 0.50 ms late (p99), against a median of 4.0 ms (service time 1.5 ms)",
    );
  });

  it("that are a little late are noise", () =>
    trusted({ seconds: [waiting], load: open, generator: { lateStartP99Ms: 0.4 } }));
});

/** Progress of a window, from counts for each so many milliseconds; each success took so long, and VUs account for their time. */
function progressing(
  counts: readonly number[],
  { everyMs, eachMs = 1, generator = "0", thinkMs = 0 }: Progress,
): Snapshot {
  const bins = everyMs / progressMs;
  const completed = counts.reduce((sum, count) => sum + count, 0);
  const progress = counts.flatMap((count) => Array.from({ length: bins }, (_, n) => (n === 0 ? count : 0)));
  const thinkNs = completed * thinkMs * 1e6;
  return snapshotOf({
    ...{ generator, lengthMs: counts.length * everyMs, progress },
    progressNs: progress.map((count) => count * eachMs * 1e6),
    activity: {
      ...{ vus: 10, vuNs: completed * eachMs * 1e6 + thinkNs, thinkNs, completed },
      steps: { total: tallyOf(timesOf([completed, eachMs])) },
    },
  });
}

interface Progress {
  readonly everyMs: number;
  readonly eachMs?: number;
  readonly generator?: string;
  readonly thinkMs?: number;
}

/** Thirty seconds of a success in every so many milliseconds, but for a silence from second 8 on. */
function silentFor(silentMs: number, progress: Progress): Snapshot {
  const { everyMs } = progress;
  const counts = Array.from({ length: 30_000 / everyMs }, (_, n) => {
    const atMs = n * everyMs;
    return atMs >= 8000 && atMs < 8000 + silentMs ? 0 : 1;
  });
  return progressing(counts, progress);
}

describe("a closed load", () => {
  const stalled = (seconds: readonly Snapshot[], message: string) =>
    expect(judge(evidence({ seconds })).findings).toContainEqual(expect.objectContaining({ kind: "stalled", message }));
  const moves = (change: Change) =>
    expect(judge(evidence(change)).findings.map(({ kind }) => kind)).not.toContain("stalled");

  it("that stood still for more than a tenth of its window is stalled", () => {
    stalled([silentFor(3010, { everyMs: 10 })], "no iteration succeeded for 3 s of a window of 30 s");
    moves({ seconds: [silentFor(3000, { everyMs: 10 })] });
  });

  it("of a slow server is stalled when it stood still for more than ten iterations", () => {
    // A success at the bin's begin and 490 ms without one, before and behind.
    stalled([silentFor(5000, { everyMs: 500, eachMs: 500 })], "no iteration succeeded for 5.5 s of a window of 30 s");
    moves({ seconds: [silentFor(4500, { everyMs: 500, eachMs: 500 })] });
  });

  it("that thinks between its iterations is silent for that long", () => {
    const thinking = { everyMs: 500, eachMs: 100, thinkMs: 400 };
    stalled([silentFor(5000, thinking)], "no iteration succeeded for 5.5 s of a window of 30 s");
    moves({ seconds: [silentFor(4500, thinking)] });
  });

  it("is stalled at the end of a short window too", () => {
    const counts = Array.from({ length: 100 }, (_, n) => (n < 89 ? 100 : 0));
    stalled([progressing(counts, { everyMs: 10 })], "no iteration succeeded for 0.11 s of a window of 1 s");
  });

  it("of two generators moves while one of them does", () => {
    const [silent, other] = [
      silentFor(10_000, { everyMs: 10 }),
      progressing(Array(3000).fill(1), { everyMs: 10, generator: "1" }),
    ];
    stalled([silent], "no iteration succeeded for 10 s of a window of 30 s");
    moves({ seconds: [mergeSnapshots(silent, other)] });
    const alike = silentFor(10_000, { everyMs: 10, generator: "1" });
    stalled([mergeSnapshots(silent, alike)], "no iteration succeeded for 10 s of a window of 30 s");
  });

  it("one of whose generators stood still is stalled, though the other went on", () => {
    const costs = (elapsedMs: number) => ({ cpuNs: 0, busyNs: 0, elapsedNs: elapsedMs * 1e6, rssBytes: 1 });
    const second = busySecond(0, { vus: 10, eachMs: 1 });
    const frozen = (elapsedMs: number) => ({ ...second, processes: { 0: costs(1000), 1: costs(elapsedMs) } });
    stalled([frozen(1300)], "a load generator stood still for 0.3 s of a window of 1 s");
    moves({ seconds: [frozen(1240)] });
  });

  it("is not stalled where its load is silent by itself, nor where an open one's response times hold the wait", () => {
    const seconds = [silentFor(10_000, { everyMs: 10 })];
    moves({ seconds, steady: false });
    moves({ seconds, load: open });
  });
});

describe("a window", () => {
  const halves = (first: readonly number[], second: readonly number[]): Change => ({
    seconds: [progressing([...first, ...second], { everyMs: 100 })],
  });
  const slow = (eachMs: readonly number[]): Change => {
    const even = progressing(Array(10).fill(1000), { everyMs: 100 });
    return {
      seconds: [
        { ...even, progressNs: even.progress.map((count, bin) => count * (eachMs[Math.floor(bin / 10)] ?? 0) * 1e6) },
      ],
    };
  };
  const five = Array.from({ length: 5 }, () => 1000);

  it.each<Row>([
    [
      "whose second half is faster",
      halves([800, 810, 790, 800, 800], [1005, 995, 1000, 1000, 1000]),
      "throughput of the window's second half is 25% above its first",
    ],
    [
      "whose second half has fewer",
      halves(five, [700, 710, 690, 700, 700]),
      "throughput of the window's second half is 30% below its first",
    ],
    [
      "whose second half is slower, at even throughput",
      slow([1, 1.01, 0.99, 1, 1, 1.5, 1.51, 1.49, 1.5, 1.5]),
      "mean latency of the window's second half is 50% above its first",
    ],
  ])("%s is unsteady", (_name, change, message) => doubted("unsteady", change, message));

  it.each<readonly [name: string, change: Change]>([
    ["with halves alike", halves(five, five)],
    ["with a difference its spread explains", halves([500, 1500, 600, 1400, 1000], [700, 1700, 1300, 900, 1200])],
    ["with a difference below a tenth", halves(five, [1090, 1090, 1090, 1090, 1090])],
    ["with parts too thin to tell", halves([1, 1, 1, 1, 1], [9, 9, 9, 9, 9])],
    ["of a load that changes", { ...halves(five, [2000, 2000, 2000, 2000, 2000]), steady: false }],
  ])("%s is not", (_name, change) => trusted(change));

  it("is looked at as both generators together", () => {
    const rising = progressing([...five, ...five.map(() => 2000)], { everyMs: 100 });
    const falling = progressing([...five.map(() => 2000), ...five], { everyMs: 100, generator: "1" });
    trusted({ seconds: [mergeSnapshots(rising, falling)], load: { vus: 20 } });
    expect(judge(evidence({ seconds: [rising] })).kind).toBe("unsteady");
  });
});

describe("the server's memory", () => {
  it("that rose is told by its slope, a second and an operation", () => {
    doubted(
      "growing",
      {
        seconds: [progressing(Array(10).fill(1000), { everyMs: 1000 })],
        ...{ steady: false, server: { rssGrowth: { bytesPerSecond: 2 * 1024 * 1024, bytesPerOperation: 1234.4 } } },
      },
      "the server's memory rose all through the window, by 20 MiB: 2,048 KiB a second, 1,234 bytes an operation",
    );
  });

  it("that nobody watched is not doubted", () => trusted({ server: null }));
});

describe("what the client can do", () => {
  it.each<Row>([
    [
      "nearly all",
      { operationsPerSecond: 12_340 },
      "12,340 operations/s are 62% of the client's ceiling of 20,000, found when the run began (HTTP/1.1, 10 users, 1 KiB bodies, a server that does nothing)",
    ],
    [
      "nearly all of two processes",
      { operationsPerSecond: 30_000, generator: { processes: 2 } },
      "30,000 operations/s are 75% of the client's ceiling of 2 × 20,000, found when the run began (HTTP/1.1, 10 users, 1 KiB bodies, a server that does nothing)",
    ],
    [
      "more than all",
      { operationsPerSecond: 25_000 },
      "25,000 operations/s are 125% of the client's ceiling of 20,000, found when the run began (HTTP/1.1, 10 users, 1 KiB bodies, a server that does nothing); the machine was slower then, or that load asked more of the client than this one",
    ],
  ])("is near when %s is done", (_name, change, message) => doubted("near-ceiling", change, message));

  it.each<readonly [name: string, change: Change]>([
    ["half of it", { operationsPerSecond: 10_000 }],
    ["half of two processes", { operationsPerSecond: 20_000, generator: { processes: 2 } }],
    ["what was not measured", { operationsPerSecond: 90_000, ceiling: null }],
    [
      "what could not be measured",
      { operationsPerSecond: 90_000, ceiling: { ...ceiling, operationsPerSecond: null, missing: "no server" } },
    ],
  ])("is not near for %s", (_name, change) => trusted(change));

  it("is not told again of a client that is busy", () => {
    const { findings } = judge(evidence({ operationsPerSecond: 19_000, generator: { cpuPercentMean: 99 } }));
    expect(findings.map(({ kind }) => kind)).toEqual(["client-limited"]);
  });
});
