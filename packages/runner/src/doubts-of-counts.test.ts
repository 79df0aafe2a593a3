import { describe, expect, it } from "vitest";
import { type Change, evidence, open } from "./testing/evidence.ts";
import { busySecond, snapshotOf, tallyOf, timesOf } from "./testing/snapshots.ts";
import { judge } from "./verdict.ts";

type Row = readonly [name: string, change: Change, kind: string, message: string];

const tenThousand = { vus: 10, eachMs: 1 };
const connections = { asked: 10, failures: {} };

describe("counts", () => {
  it.each<Row>([
    [
      "0.2% failures",
      { seconds: [busySecond(0, { ...tenThousand, failures: { timeout: 12, rejected: 9 } })] },
      ...["errors", "0.21% of the iterations failed"],
    ] as const,
    [
      "a connection that was not opened",
      { connections: { ...connections, held: 9 } },
      "errors",
      "1 of 10 connections could not be opened",
    ],
    [
      "a connection that was replaced",
      { closed: { reconnects: 2 } },
      ...[
        "errors",
        "2 connections were lost and opened again, which took place inside of the measured requests (a server that closes idle ones within seconds does this to users who wait)",
      ],
    ] as const,
    [
      "connections that no cut iteration explains",
      { closed: { reconnects: 5, failed: 3 } },
      ...[
        "errors",
        "2 connections were lost and opened again, which took place inside of the measured requests (a server that closes idle ones within seconds does this to users who wait)",
      ],
    ] as const,
    ["an arrival that was dropped", { dropped: 3, load: open }, "errors", "3 arrivals were dropped"],
    [
      "all of it",
      { seconds: [snapshotOf({})], dropped: 1, connections: { ...connections, held: 9 } },
      ...["errors", "no iteration ended; 1 of 10 connections could not be opened; 1 arrivals were dropped"],
    ] as const,
    [
      "an end before its time",
      { partial: "somebody pulled the plug" },
      "partial",
      "the load ended after 1.0 s, before its time: somebody pulled the plug",
    ],
    [
      "a call the server never saw",
      { serverCalls: 9999 },
      "lossy",
      "the client counts 10000 calls, the server's own count is 9999",
    ],
    [
      "a call made twice",
      { serverCalls: 10_001 },
      "lossy",
      "the client counts 10000 calls, the server's own count is 10001",
    ],
    [
      "fewer bytes than it carries",
      { bodyBytes: 2401 },
      "unequal",
      "2400 bytes on the wire cannot carry 2401 bytes of body",
    ],
  ])("of %s are doubted", (_name, change, kind, message) => {
    const verdict = judge(evidence(change));
    expect(verdict.kind).toBe(kind);
    expect(verdict.findings[0]).toEqual({ kind, message, hint: expect.stringMatching(/./) });
  });

  it.each<[name: string, change: Change]>([
    ["connections that went with iterations that were cut off", { closed: { reconnects: 3, failed: 3 } }],
    ["bytes that what failed never sent", { bodyBytes: 2401, closed: { failed: 1 } }],
  ])("of %s are not", (_name, change) => {
    expect(judge(evidence(change)).findings).toEqual([]);
  });

  it.each<readonly [name: string, change: Change]>([
    ["a calm cell", {}],
    ["0.1% failures", { seconds: [busySecond(0, { ...tenThousand, failures: { timeout: 10 } })] }],
    ["a server that does not count", { serverCalls: null }],
    ["a generator that did not live to tell", { closed: null }],
    ["as many bytes as it carries", { bodyBytes: 2400 }],
    ["calls that the server may have seen or not: one iteration failed", { serverCalls: 9999, closed: { failed: 1 } }],
  ])("of %s are not", (_name, change) => {
    expect(judge(evidence(change))).toEqual({ kind: "valid", findings: [] });
  });

  it("of a load that was cut short are not held against the server's", () => {
    const { findings } = judge(evidence({ serverCalls: 9990, partial: "the run was interrupted" }));
    expect(findings.map(({ kind }) => kind)).toEqual(["partial"]);
  });
});

describe("the time of the VUs", () => {
  /** Ten VUs for a second, with so many iterations of so many milliseconds. */
  const accounted = (count: number, ms: number, { edgeMs = 0, thinkMs = 0, vuMs = 10_000 } = {}): Change => ({
    seconds: [
      snapshotOf({
        progress: Array.from({ length: 100 }, () => count / 100),
        activity: {
          ...{ vus: 10, vuNs: vuMs * 1e6, edgeNs: edgeMs * 1e6, thinkNs: thinkMs * 1e6, completed: count },
          steps: { total: tallyOf(timesOf([count, ms])) },
        },
      }),
    ],
  });

  it.each<readonly [name: string, change: Change, message: string]>([
    [
      "of which half is lost",
      accounted(5000, 1),
      "10 VUs, but throughput × latency makes 5.00: 50% of the time is unaccounted for",
    ],
    [
      "of which a twentieth and a bit is lost",
      accounted(9490, 1),
      "10 VUs, but throughput × latency makes 9.49: 5% of the time is unaccounted for",
    ],
    [
      "spent twice",
      accounted(20_000, 1),
      "10 VUs, but throughput × latency makes 20.0: 100% of the time is unaccounted for",
    ],
    [
      "of which thinking explains a part alone",
      accounted(5000, 1, { thinkMs: 2500 }),
      "10 VUs, but throughput × latency makes 7.50: 25% of the time is unaccounted for",
    ],
    [
      "thought twice",
      accounted(5000, 1, { thinkMs: 10_000 }),
      "10 VUs, but throughput × latency makes 15.0: 50% of the time is unaccounted for",
    ],
  ])("%s is impossible", (_name, change, message) => {
    const { kind, findings } = judge(evidence(change));
    expect(kind).toBe("impossible");
    expect(findings[0]?.message).toBe(message);
  });

  it.each<readonly [name: string, change: Change]>([
    ["of which a twentieth is lost", accounted(9500, 1)],
    ["half of which is spent thinking", accounted(5000, 1, { thinkMs: 5000 })],
    ["of a ramp, which had fewer VUs for a part of it", accounted(5000, 1, { vuMs: 5000 })],
    // 10 VUs, 330 ms an iteration: three of each begin and end in the window, a fourth ends 320 ms behind it. Blurred, it is 32% more.
    ["of a slow server, less what lies behind the window's end", accounted(40, 330, { edgeMs: -10 * 320 })],
    // Warm-up iterations end in the window for 6% of the time, and have no sample.
    ["of which warm-up iterations had a part", accounted(9400, 1, { edgeMs: 600 })],
    ["with too few iterations to tell", accounted(199, 1)],
    ["of a generator that ended with iterations in flight", { ...accounted(5000, 1), closed: null }],
    ["of an open load, which has no VUs", { ...accounted(5000, 1, { vuMs: 0 }), load: open }],
  ])("%s is not", (_name, change) => {
    expect(judge(evidence(change)).findings).toEqual([]);
  });

  it("of a slow server is impossible when the window's ends are not subtracted", () => {
    const slow = (edgeMs: number): Change => ({ ...accounted(400, 26.5, { edgeMs }), load: { vus: 10 } });
    expect(judge(evidence(slow(0))).kind).toBe("impossible");
    expect(judge(evidence(slow(-600))).findings).toEqual([]);
  });

  it("is not judged where iterations failed, whose time no sample tells", () => {
    const failing = snapshotOf({
      activity: {
        vus: 10,
        vuNs: 1e10,
        completed: 5000,
        steps: { total: tallyOf(timesOf([5000, 1]), { rejected: 1 }) },
      },
    });
    expect(judge(evidence({ seconds: [failing], steady: false })).findings).toEqual([]);
  });
});
