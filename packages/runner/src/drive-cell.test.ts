import type { CellResult, Measured } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { Snapshot } from "@apb/core/snapshot";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { busy, connected, type Script } from "./testing/fake-equipment.ts";
import { planned, tenVUs, threshold, workload } from "./testing/planned.ts";
import { measured, type Played, stopTime } from "./testing/playing.ts";
import { busySecond, snapshotOf, tallyOf, timesOf } from "./testing/snapshots.ts";

beforeEach(stopTime);
afterEach(() => void vi.useRealTimers());

const never = (): Promise<never> => new Promise(() => undefined);

/** What a generator tells that is stopped in the middle of a second. */
const cutShort = (windowMs: number): readonly Snapshot[] => {
  const second = Math.floor(windowMs / 1000);
  const lengthMs = 10 * Math.floor((windowMs % 1000) / 10);
  return [
    ...(lengthMs > 0 ? [busySecond(second, { vus: 10, eachMs: 5, lengthMs })] : []),
    snapshotOf({ second: second + 1, draining: true }),
  ];
};

/** Measures two cells, the first of them as scripted, and is interrupted at this time; windows open at 70. */
async function interruptedAt(atMs: number, script: Script) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), atMs);
  return measured(script, { cells: [planned(1), planned(2)], signal: controller.signal });
}

describe("an interruption", () => {
  it.each<[name: string, script: Script, log: readonly string[]]>([
    ["in the first call", { rehearse: never }, ["rehearse"]],
    ["while connections are opened", { connect: never }, ["rehearse", "connect 1 as 0 of 1"]],
    ["in the checks", { verify: never }, ["rehearse", "connect 1 as 0 of 1", "verify"]],
  ])("%s ends what was started, with no cell", async (_name, script, log) => {
    const { events, log: whole, endedAtMs } = await interruptedAt(300, script);
    expect(events).toEqual([]);
    expect(whole).toEqual(["serve x/y sdk", ...log, "generator ended", "server ended"]);
    expect(endedAtMs).toBe(300);
  });

  it("while the server starts waits until it can be ended", async () => {
    const { events, log, endedAtMs } = await interruptedAt(300, { startsInMs: 3000 });
    expect([events, log]).toEqual([[], ["serve x/y sdk", "generator ended", "server ended"]]);
    expect(endedAtMs).toBe(3000);
  });

  it("before a step begins does not wait for that step", async () => {
    const controller = new AbortController();
    const rehearse = async (): Promise<void> => controller.abort();
    const { events, endedAtMs } = await measured(
      { rehearse, connect: () => later(connected, 9000) },
      { signal: controller.signal },
    );
    expect([events, endedAtMs]).toEqual([[], 0]);
  });

  it("in the warm-up has no cell, and waits for the grace alone", async () => {
    const drive = () => ({ stopped: () => [snapshotOf({ draining: true, lengthMs: 0 })] });
    const { events, log, endedAtMs } = await interruptedAt(50, { drive });
    expect(events).toEqual([]);
    expect(log.slice(-3)).toEqual(["stop within 1000", "generator ended", "server ended"]);
    expect(endedAtMs).toBe(1050);
  });

  it("in the window keeps what was measured, marked, and measures no more", async () => {
    const drive = () => ({ stopped: cutShort });
    const { events, results, log, endedAtMs } = await interruptedAt(1570, { drive });
    expect(events.map(({ kind }) => kind)).toEqual(["second", "second", "cell"]);
    expect(results).toMatchObject([
      {
        ...{ status: "measured", partial: "the run was interrupted", load: { durationMs: 1500 } },
        steps: { total: { count: 3000 } },
        iterationsPerSecond: 2000,
        wire: { operations: 4100 },
        verdict: {
          kind: "partial",
          findings: [{ message: "the load ended after 1.5 s, before its time: the run was interrupted" }],
        },
      },
    ]);
    expect(log.slice(log.indexOf("drive after 50"))).toEqual([
      ...["drive after 50", "stop within 1000", "generator ended", "server ended"],
    ]);
    expect(endedAtMs).toBe(2570);
  });

  it("is kept as the reason when the generator ends on the way", async () => {
    const script = { drive: () => ({ seconds: [busy[0]], ending: "silence" as const }) };
    const { results, endedAtMs } = await interruptedAt(1500, script);
    expect(results).toMatchObject([
      { partial: "the run was interrupted", wire: null, missing: { wire: "the run was interrupted" } },
    ]);
    // A second of grace and five for an answer.
    expect(endedAtMs).toBe(7500);
  });

  it("in a long warm-up does not wait for its end when the generator is silent", async () => {
    const silent = { seconds: [], ending: "silence" as const };
    const { events, endedAtMs } = await interruptedAt(50, { drive: () => silent });
    expect([events, endedAtMs]).toEqual([[], 6050]);
  });

  it("behind the window leaves the cell whole, and measures no more", async () => {
    // The last replies come 500 ms behind the window's end, at 2070.
    const late = snapshotOf({ second: 2, draining: true, lengthMs: 500 });
    const { results, log } = await interruptedAt(2100, {
      drive: () => ({ seconds: [...busy, late], stopped: () => [] }),
    });
    expect(results).toMatchObject([{ status: "measured", partial: null, load: { durationMs: 2000 } }]);
    expect(log.filter((line) => line.startsWith("drive"))).toHaveLength(1);
  });

  it("when nothing has succeeded has no cell", async () => {
    const { results } = await interruptedAt(75, { drive: () => ({ stopped: cutShort }) });
    expect(results).toEqual([]);
  });
});

describe("a generator that ends", () => {
  const lost = new Failure("closed", "expected the generator process to keep running, but it ended (signal SIGKILL)");
  const dying = (seconds: readonly Snapshot[]) => (n: number) => (n === 0 ? { seconds, ending: lost } : {});

  it("in the window leaves what it told, and the next cell has another one", async () => {
    const script = { drive: dying([busy[0]]), calls: () => null };
    const { events, results, log } = await measured(script, { cells: [planned(1), planned(2)] });
    expect(events.map(({ kind }) => kind)).toEqual(["second", "cell", "second", "second", "cell"]);
    expect(results).toMatchObject([
      {
        ...{ status: "measured", partial: lost.sentence, load: { durationMs: 1000 }, iterationsPerSecond: 2000 },
        ...{ wire: null, missing: { wire: lost.sentence }, generator: { rssPeakBytes: 7 } },
        verdict: { kind: "partial" },
      },
      { status: "measured", partial: null },
    ]);
    expect(log.slice(log.indexOf("drive after 50"))).toEqual([
      ...["drive after 50", "generator ended", "server ended"],
      ...["serve x/y sdk", "rehearse", "connect 2 as 0 of 1", "verify", "drive after 50", "disconnect"],
      ...["generator ended", "server ended"],
    ]);
  });

  it("in the warm-up fails the cell", async () => {
    const { results } = await measured({ drive: dying([]) });
    expect(results).toMatchObject([{ status: "failed", reason: lost.message }]);
  });

  it("behind the last second leaves the whole window, without what it did in all", async () => {
    const { results } = await measured({ drive: dying(busy) });
    expect(results).toMatchObject([{ partial: lost.sentence, load: { durationMs: 2000 }, wire: null }]);
  });

  it("before anything succeeded fails the cell, and says why the window was short", async () => {
    const { results } = await measured({ drive: dying([snapshotOf({ activity: { vus: 10, begun: 10 } })]) });
    expect(results).toMatchObject([
      {
        status: "failed",
        reason: `[timeout] no iteration began and ended within the window of 1000 ms; it ended before its time: ${lost.sentence}`,
      },
    ]);
  });
});

describe("a generator that falls silent", () => {
  const silentAfter = (seconds: readonly Snapshot[]) => ({ drive: () => ({ seconds, ending: "silence" as const }) });
  const reason = (s: number): string => `expected the generator to tell the next second of the load within ${s} s`;

  it("in the window is given up 5 s after its next second was due, keeping what it told", async () => {
    const { results, endedAtMs } = await measured(silentAfter([busy[0]]));
    expect(results).toMatchObject([{ status: "measured", partial: reason(6), load: { durationMs: 1000 }, wire: null }]);
    expect(endedAtMs).toBe(1070 + 6000);
  });

  it("from the start fails the cell 5 s after the first second was due", async () => {
    const { results, endedAtMs } = await measured(silentAfter([]));
    expect(results).toMatchObject([{ status: "failed", reason: `[timeout] ${reason(6)}` }]);
    expect(endedAtMs).toBe(1070 + 5000);
  });

  it("behind the window is given up 5 s after its last replies were due", async () => {
    const { results, endedAtMs } = await measured(silentAfter(busy));
    expect(results).toMatchObject([{ status: "measured", partial: reason(8), load: { durationMs: 2000 } }]);
    expect(endedAtMs).toBe(2070 + 3000 + 5000);
  });

  it("is given up though it was stopped by a threshold that was crossed", async () => {
    const thresholds = [threshold("response:p(99)<5", { abortOnFail: true })];
    const { results, endedAtMs } = await measured(silentAfter([busy[0]]), { thresholds });
    expect(results).toMatchObject([{ partial: reason(6) }]);
    expect(endedAtMs).toBe(1070 + 6000);
  });
});

describe("a server that ends", () => {
  it.each([
    ["in the warm-up", 40],
    ["in the window", 1500],
  ])("%s fails the cell with its words", async (_name, atMs) => {
    const ended = new Promise<string>((resolve) => setTimeout(() => resolve("exit code 1: out of memory"), atMs));
    const { results, endedAtMs } = await measured({ ended });
    expect(results).toMatchObject([
      { reason: "[closed] the server ended in the middle of the measurement (exit code 1: out of memory)" },
    ]);
    expect(endedAtMs).toBe(atMs);
  });

  it("while a second is looked at fails the cell as well", async () => {
    let end: (how: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const { results } = await measured({ ended }, { heard: ({ kind }) => kind === "second" && end("signal SIGSEGV") });
    const counted = { durationMs: 1000, steps: { total: { count: 2000 }, connect: { count: 10 } } };
    expect(results).toMatchObject([{ status: "failed", reason: expect.stringContaining("signal SIGSEGV"), counted }]);
  });
});

describe("a threshold", () => {
  const three = { ...tenVUs, durationMs: 3000 } as const;
  const cells = [planned(1, { workloads: [workload(three)] }), planned(2)];
  const slowing = [busySecond(0, { vus: 10, eachMs: 5 }), ...[1, 2].map((n) => busySecond(n, { vus: 10, eachMs: 20 }))];
  const drive = () => ({ seconds: slowing, stopped: cutShort });
  const limited = (text: string, more: Parameters<typeof threshold>[1] = {}): Played => ({
    cells,
    thresholds: [threshold(text, more)],
  });

  it("that is crossed ends nothing by itself", async () => {
    const { events, results } = await measured({ drive }, limited("response:p(99)<10"));
    expect(events.map(({ kind }) => kind)).toEqual([
      "second",
      "second",
      "second",
      "cell",
      "second",
      "second",
      "second",
      "cell",
    ]);
    expect(results).toMatchObject(
      Array(2).fill({
        partial: null,
        thresholds: [{ metric: "response", threshold: "p(99)<10", ok: false, value: 20 }],
      }),
    );
  });

  it("that aborts ends the run once it is crossed, and keeps what was measured", async () => {
    const { events, results, log, endedAtMs } = await measured(
      { drive },
      limited("response:p(99)<10", { abortOnFail: true }),
    );
    const crossed = "the threshold response: p(99)<10 was crossed";
    expect(events.slice(2)).toEqual([
      { kind: "cell", result: expect.objectContaining({ status: "measured", partial: crossed }) },
      { kind: "abort", reason: crossed },
    ]);
    expect(results).toMatchObject([
      {
        load: { durationMs: 2000 },
        thresholds: [{ ok: false, value: 20 }],
        verdict: { findings: expect.arrayContaining([expect.objectContaining({ kind: "partial" })]) },
      },
    ]);
    expect(log.slice(log.indexOf("drive after 50"))).toEqual([
      ...["drive after 50", "stop within 1000", "generator ended", "server ended"],
    ]);
    expect(endedAtMs).toBe(2070 + 1000);
  });

  it("that aborts waits for its delay, and more than that", async () => {
    const always = (delayAbortEvalMs: number) => limited("response:p(99)<1", { abortOnFail: true, delayAbortEvalMs });
    const lengthOf = ([result]: readonly CellResult[]) => (result as Measured).load.durationMs;
    expect(lengthOf((await measured({ drive }, always(0))).results)).toBe(1000);
    expect(lengthOf((await measured({ drive }, always(999))).results)).toBe(1000);
    expect(lengthOf((await measured({ drive }, always(1000))).results)).toBe(2000);
  });

  it("that aborts with the last second leaves the cell whole", async () => {
    const seconds = [slowing[0], slowing[0], slowing[1]].map((snapshot, second) => ({
      ...(snapshot as Snapshot),
      ...{ second, fromMs: 1000 * second, toMs: 1000 * (second + 1) },
    }));
    const { events, results, log } = await measured(
      { drive: () => ({ seconds }) },
      limited("response:p(99)<10", { abortOnFail: true }),
    );
    expect(results).toMatchObject([{ partial: null, load: { durationMs: 3000 } }]);
    expect(events.at(-1)).toEqual({ kind: "abort", reason: "the threshold response: p(99)<10 was crossed" });
    expect(log).not.toContain("stop within 1000");
  });

  it("of the server's cost is watched while the load runs", async () => {
    const usage = (nowMs: number) => ({ cpuMs: 0.5 * nowMs });
    const { results } = await measured({ drive, usage }, limited("cpu:value<49", { abortOnFail: true }));
    expect(results).toMatchObject([{ load: { durationMs: 1000 }, thresholds: [{ metric: "cpu", ok: false }] }]);
  });

  /** A second, or what ended behind the window, in which everything failed. */
  const dead = (second: number, more: { readonly draining?: boolean } = {}): Snapshot =>
    snapshotOf({
      second,
      ...more,
      activity: { vus: 10, begun: 10, steps: { total: tallyOf(timesOf(), { refused: 10 }) } },
    });
  const noFailures = limited("failed:rate<0.01", { abortOnFail: true });
  const judged = [{ metric: "failed", threshold: "rate<0.01", ok: false, value: 1 }];
  const abort = { kind: "abort", reason: "the threshold failed: rate<0.01 was crossed" };

  it("that aborts ends the run where nothing succeeded, and is kept with the cell that failed", async () => {
    const { events, results } = await measured(
      { drive: () => ({ seconds: [dead(0), dead(1)], stopped: () => [dead(1, { draining: true })] }) },
      noFailures,
    );
    expect(results).toMatchObject([
      { status: "failed", reason: expect.stringContaining("no iteration succeeded"), thresholds: judged },
    ]);
    expect(events.at(-1)).toEqual(abort);
  });

  it("that is crossed by what ended behind the window ends the run, and leaves the cell whole", async () => {
    const hung = snapshotOf({ second: 0, lengthMs: 3000, activity: { vus: 10, begun: 10 } });
    const { events, results, log } = await measured(
      { drive: () => ({ seconds: [hung, dead(3, { draining: true })] }) },
      noFailures,
    );
    expect(results).toMatchObject([{ status: "failed", thresholds: judged }]);
    expect(events.at(-1)).toEqual(abort);
    expect(log).not.toContain("stop within 1000");
  });

  it("that aborts ends the run though the server ended meanwhile", async () => {
    const ended = new Promise<string>((resolve) => setTimeout(() => resolve("exit code 1"), 1500));
    const drive = () => ({ seconds: [dead(0), dead(1)] });
    const { events, results } = await measured({ ended, drive }, noFailures);
    expect(results).toMatchObject([
      // What the server's end leaves is believed for no limit.
      {
        status: "failed",
        reason: expect.stringContaining("the server ended"),
        thresholds: judged.map((threshold) => ({ ...threshold, ok: false, value: null })),
      },
    ]);
    expect(events.at(-1)).toEqual(abort);
  });

  it("without samples ends nothing, and has failed at the end", async () => {
    const more = { abortOnFail: true };
    const { results, events } = await measured({ drive, pid: null }, limited("rss:value<1", more));
    expect(events.some(({ kind }) => kind === "abort")).toBe(false);
    expect(results).toMatchObject(
      Array(2).fill({ partial: null, thresholds: [{ metric: "rss", threshold: "value<1", ok: false, value: null }] }),
    );
  });
});

function later<T>(value: T, ms: number): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms));
}
