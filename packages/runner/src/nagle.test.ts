import { noStreams } from "@apb/core/stream-tally";
import { describe, expect, it } from "vitest";
import { type Change, evidence } from "./testing/evidence.ts";
import { snapshotOf, tallyOf, timesOf } from "./testing/snapshots.ts";
import { judge } from "./verdict.ts";

/** Samples in groups of a count and a time, of a load whose VUs account for their time. */
function samples(...groups: readonly (readonly [count: number, ms: number])[]): Change {
  const busyMs = groups.reduce((sum, [count, ms]) => sum + count * ms, 0);
  const completed = groups.reduce((sum, [count]) => sum + count, 0);
  const steps = { total: tallyOf(timesOf(...groups)) };
  return { seconds: [snapshotOf({ activity: { vus: 10, vuNs: busyMs * 1e6, completed, steps } })], steady: false };
}

/** The same while neither side does anything. */
const idle = (...groups: readonly (readonly [count: number, ms: number])[]): Change => ({
  ...samples(...groups),
  generator: { cpuPercentMean: 2 },
  server: { cpuPercentMean: 1 },
});

/** All of them streams that are told how fast to be. */
function streaming(...group: readonly [count: number, ms: number]): Change {
  const stream = { ...tallyOf(timesOf(group)), streams: noStreams };
  return {
    ...idle(group),
    seconds: [snapshotOf({ activity: { completed: group[0], steps: { total: stream, stream } } })],
  };
}

/** What an idle server on a busy machine was measured to take, where up to three delays follow each other: milliseconds and how often. */
const inARow = [
  ...[
    [42, 4],
    [44, 2],
    [46, 3],
    [52, 1],
    [54.5, 1],
    [82, 1],
    [84, 7],
    [86, 15],
    [88, 18],
    [90, 45],
    [92, 57],
    [94, 26],
  ],
  ...[
    [96, 14],
    [98, 8],
    [100, 2],
    [102, 19],
    [104, 7],
    [106, 2],
    [118, 3],
    [120, 4],
    [124, 2],
    [126, 11],
    [128, 15],
  ],
  ...[
    [132, 3],
    [134, 1],
    [136, 8],
    [138, 2],
    [140, 7],
    [142, 4],
    [144, 6],
  ],
].map(([ms = 0, count = 0]) => [count, ms] as const);

const spread = Array.from({ length: 10_000 }, (_, n) => [1, 20 + n / 200] as const);

describe("nagle", () => {
  it.each<readonly [name: string, change: Change, share: string, delay: string]>([
    ["a mode at 40 ms", samples([9800, 1], [200, 41]), "2%", "40 ms"],
    ["a mode at 80 ms", samples([9000, 1], [1000, 82]), "10%", "80 ms"],
    ["all at 44 ms and nobody busy", idle([1000, 44]), "100%", "40 ms"],
    ["all at 88 ms and nobody busy", idle([1000, 88]), "100%", "80 ms"],
    ["most at 44 ms and nobody busy", idle([400, 1], [600, 44]), "60%", "40 ms"],
    ["a half at 40.3 ms, the other at 80.3 and nobody busy", idle([490, 40.3], [510, 80.3]), "100%", "40 or 80 ms"],
    ["several delays in a row and nobody busy", idle(...inARow), "100%", "80 or 120 ms"],
    [
      "a server whose CPU is too little to be counted",
      { ...idle([1000, 44]), server: { cpuPercentMean: null } },
      "100%",
      "40 ms",
    ],
  ])("names %s", (_name, change, share, delay) => {
    const { findings } = judge(evidence(change));
    expect(findings).toEqual([
      {
        kind: "nagle",
        message: `${share} of the samples took about ${delay}`,
        hint: expect.stringContaining("TCP_NODELAY"),
      },
    ]);
  });

  it.each<readonly [name: string, change: Change]>([
    ["a few samples at 40 ms", samples([9990, 1], [10, 41])],
    ["latencies spread evenly around 40 ms", samples(...spread)],
    ["queueing that reaches 40 ms", samples([5000, 20], [4000, 30], [1000, 41])],
    ["one pause of 40 ms that hit all users", samples([500, 1], [10, 41])],
    [
      "waits of any length of an idle server",
      idle(...Array.from({ length: 1200 }, (_, n) => [1, 40 + n / 10] as const)),
    ],
    [
      "waits of about 50 ms of an idle server",
      idle(...Array.from({ length: 400 }, (_, n) => [1, 40 + n / 10] as const)),
    ],
    ["few samples of many idle users", { ...idle([29, 44]), load: { vus: 10 } }],
    ["agents told to take 44 ms", { ...idle([1000, 44]), agentDelayMs: 43 }],
    ["streams of an idle server that take 44 ms", streaming(1000, 44)],
    ["a server nobody watched that takes 44 ms", { ...idle([1000, 44]), server: null }],
    ["a busy server that takes 44 ms", { ...idle([1000, 44]), server: { cpuPercentMean: 90 } }],
    ["a busy client that takes 44 ms", { ...idle([1000, 44]), generator: { cpuPercentMean: 80 } }],
    ["no samples", { ...samples(), closed: null }],
  ])("does not name %s", (_name, change) => {
    expect(judge(evidence(change)).findings.map(({ kind }) => kind)).not.toContain("nagle");
  });
});
