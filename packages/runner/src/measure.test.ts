import type { Measured } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { CheckOutcome } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Server } from "./server.ts";
import { closed, connected, refused } from "./testing/fake-equipment.ts";
import { planned, profile, tenVUs, threshold, workload } from "./testing/planned.ts";
import { measured, stopTime } from "./testing/playing.ts";
import { busySecond, snapshotOf, tallyOf, timesOf } from "./testing/snapshots.ts";

beforeEach(stopTime);
afterEach(() => void vi.useRealTimers());

const never = (): Promise<never> => new Promise(() => undefined);

describe("measureGroup", () => {
  it("serves, rehearses, connects, verifies, drives and disconnects, in this order, a fresh rig with more than its first cell needs", async () => {
    const { log } = await measured({}, { cells: [planned(1), planned(2)] });
    expect(log).toEqual([
      ...["serve x/y sdk", "rehearse", "connect 1 as 0 of 1", "verify", "drive after 50", "disconnect"],
      ...["connect 2 as 0 of 1", "drive after 5", "disconnect"],
      ...["generator ended", "server ended"],
    ]);
  });

  it("reads what a server holds before the window and behind the load, with what its iterations opened still open", async () => {
    const point = { workloads: [{ ...workload(), opens: 500 }], warmUpMs: 700 };
    const { log, results } = await measured(
      { drive: () => ({ closed: { ...closed, sessionsLeft: 400 } }) },
      { cells: [planned(1, point)] },
    );
    expect(log.slice(4)).toEqual([
      ...["drive after 700", "collect", "collect", "disconnect", "generator ended", "server ended"],
    ]);
    expect(results[0]).toMatchObject({
      opened: { left: 400, heapRoseBytes: 1, heapBytesPerSession: null, rssRoseBytes: 0 },
      missing: { "opened.heapBytesPerSession": expect.stringContaining("less than a server's heap changes by itself") },
    });
  });

  it("tells each second as it is over, then its cell", async () => {
    const told: unknown[] = [];
    await measured(
      {},
      {
        cells: [planned(1), planned(2)],
        heard: (event, atMs) =>
          told.push([
            atMs,
            event.kind === "second" ? `${event.cell.case.n} second ${event.snapshot.second}` : event.kind,
          ]),
      },
    );
    // 20 ms for the word, and 50 or 5 for the warm-up, before each window.
    expect(told).toEqual([
      ...[
        [1070, "1 second 0"],
        [2070, "1 second 1"],
        [2070, "cell"],
      ],
      ...[
        [3095, "2 second 0"],
        [4095, "2 second 1"],
        [4095, "cell"],
      ],
    ]);
  });

  it("sums up what was told", async () => {
    const { results, seconds } = await measured({});
    expect(results).toEqual([
      expect.objectContaining({
        status: "measured",
        cell: expect.objectContaining({ case: { n: 1 }, load: "10 VUs" }),
        partial: null,
        load: {
          ...{ model: "closed", executor: "constant-vus", vus: 10, sessions: 10, perSecond: null },
          ...{ warmUpMs: 50, durationMs: 2000 },
        },
        connections: { asked: 10, held: 10, failures: {} },
        workloads: { main: { load: "10 VUs", begun: 4000, completed: 4000, dropped: 0, interrupted: 0 } },
        iterationsPerSecond: 2000,
        operationsPerSecond: 2000,
        wire: { sentBytes: 500_000, receivedBytes: 600_000, bodyBytes: 820_000, operations: 4100 },
        generator: {
          ...{ processes: 1, cpuPercentMean: 25, cpuMsPerOperation: 0.125, eventLoopUtilization: 0.25 },
          ...{ lateStartP99Ms: 0, rssPeakBytes: 9 },
        },
        thresholds: [],
        verdict: { kind: "valid", findings: [] },
        missing: expect.objectContaining({ "load.perSecond": "a closed load has no rate" }),
      }),
    ]);
    const { steps } = results[0] as Measured;
    expect(Object.entries(steps).map(([name, { count }]) => [name, count])).toEqual([
      ["total", 4000],
      ["connect", 10],
      ["send", 4000],
    ]);
    expect(steps.total?.responseMs).toMatchObject({ min: 5, mean: 5, max: 5 });
    expect(seconds.map(({ vus, completed, durationMs }) => [vus, completed, durationMs])).toEqual([
      [10, 2000, 1000],
      [10, 2000, 1000],
    ]);
  });

  it("counts what ended late among the samples, not among the seconds or the throughput", async () => {
    const late = snapshotOf({
      ...{ second: 2, draining: true, lengthMs: 30 },
      activity: { completed: 3, operations: 3, steps: { total: tallyOf(timesOf([3, 30])) } },
    });
    const drive = () => ({ seconds: [busySecond(0, { vus: 10, eachMs: 5, lengthMs: 2000 }), late] });
    const { results, seconds } = await measured({ drive });
    expect(seconds).toHaveLength(1);
    expect(results[0]).toMatchObject({ iterationsPerSecond: 2000, steps: { total: { count: 4003 } } });
  });

  it("asks no more generators than a load has parts for", async () => {
    const few = { ...tenVUs, vus: 2, sessions: 2 };
    const { log } = await measured(
      {},
      { cells: [planned(1), planned(2, { workloads: [workload(few)] })], generators: 3 },
    );
    expect(log.filter((line) => line.startsWith("connect"))).toEqual(["connect 1 as 0 of 3", "connect 2 as 0 of 2"]);
  });

  it("fails every cell, without trying each, when the server cannot start", async () => {
    const serve = (): Promise<Server> => Promise.reject(new Failure("environment", "port 80 is taken"));
    const { results, log } = await measured({ serve }, { cells: [planned(1), planned(2), planned(3)] });
    expect(results).toEqual(
      [1, 2, 3].map((n) => ({
        ...{ schemaVersion: 2, status: "failed", reason: "[environment] port 80 is taken" },
        cell: planned(n).id,
      })),
    );
    expect(log).toEqual(["serve x/y sdk", "generator ended"]);
  });

  it("fails every cell, and leaves no server behind, when the generator cannot start", async () => {
    const generate = (): never => {
      throw new Failure("environment", "no process can be started");
    };
    const { results, log } = await measured({ generate }, { cells: [planned(1), planned(2)] });
    expect(results).toMatchObject(
      Array(2).fill({ status: "failed", reason: "[environment] no process can be started" }),
    );
    const started = log.filter((line) => line.startsWith("serve"));
    expect(log.filter((line) => line === "server ended")).toHaveLength(started.length);
  });

  it("goes on with a fresh rig, checked and primed, after a cell that failed", async () => {
    let times = 0;
    const connect = async (): Promise<Connected> => {
      if (++times === 2) throw new Failure("closed", "lost");
      return connected;
    };
    const { results, log } = await measured({ connect }, { cells: [planned(1), planned(2), planned(3)] });
    expect(results.map(({ status }) => status)).toEqual(["measured", "failed", "measured"]);
    expect(log.slice(log.indexOf("connect 2 as 0 of 1"))).toEqual([
      ...["connect 2 as 0 of 1", "generator ended", "server ended"],
      ...["serve x/y sdk", "rehearse", "connect 3 as 0 of 1", "verify", "drive after 50", "disconnect"],
      ...["generator ended", "server ended"],
    ]);
  });

  it("goes on with a fresh rig behind a whole cell whose connections could not be closed", async () => {
    const disconnect = (): Promise<void> => Promise.reject(new Failure("timeout", "they stay"));
    const { results, log } = await measured({ disconnect }, { cells: [planned(1), planned(2)] });
    expect(results).toMatchObject([
      { status: "measured", partial: null },
      { status: "measured", partial: null },
    ]);
    expect(log.filter((line) => line === "serve x/y sdk")).toHaveLength(2);
  });

  it("fails a cell that holds no connection, with the first reason", async () => {
    const { results } = await measured({ connect: async () => refused });
    expect(results).toMatchObject([
      {
        status: "failed",
        reason: "[refused] none of 10 connections could be opened; the first said: [refused] ECONNREFUSED",
      },
    ]);
  });

  it("fails the cell when the server ends in the middle, with how it ended", async () => {
    const script = { ended: Promise.resolve("signal SIGKILL"), connect: never, verify: never };
    const { results, log } = await measured(script);
    expect(results).toMatchObject([
      {
        status: "failed",
        reason: "[closed] the server ended in the middle of the measurement (signal SIGKILL)",
      },
    ]);
    expect(log.slice(-2)).toEqual(["generator ended", "server ended"]);
  });

  it.each<[name: string, ended: Promise<string>, reason: string]>([
    ["says how a server ended that can no longer be read", Promise.resolve("exit code 1"), "(exit code 1)"],
    ["says that a server cannot be read", never(), "[environment] no such process"],
  ])("%s", async (_name, ended, reason) => {
    const usage = () => {
      throw new Failure("environment", "no such process");
    };
    const { results, endedAtMs } = await measured({ ended, usage });
    expect(results).toMatchObject([{ status: "failed", reason: expect.stringContaining(reason) }]);
    expect(endedAtMs).toBeLessThanOrEqual(1000);
  });
});

describe("the checks before timing", () => {
  const checked = (...outcomes: readonly (readonly [check: string, reason: string])[]) => ({
    verify: async (): Promise<readonly CheckOutcome[]> => [
      { check: "echoes", status: "passed", reason: "" },
      { check: "pushes", status: "skipped", reason: "no such operation" },
      ...outcomes.map(([check, reason]) => ({ check, status: "failed" as const, reason })),
    ],
  });

  it("take no number from a server that fails one", async () => {
    const { results, log } = await measured(checked(["streams", "got nothing"]), { cells: [planned(1), planned(2)] });
    expect(results.map((result) => result.status === "failed" && result.reason)).toEqual(
      Array(2).fill(
        '[protocol] 1 of 3 checks failed before timing, first "streams": got nothing; run `bench verify` for all',
      ),
    );
    expect(log).toEqual([
      "serve x/y sdk",
      "rehearse",
      "connect 1 as 0 of 1",
      "verify",
      "generator ended",
      "server ended",
    ]);
  });

  it("measure a server that fails one it is known to fail, and say so of every cell", async () => {
    const script = checked(["sings", "got a hum"], ["dances", "got no step"]);
    const { results } = await measured(script, { cells: [planned(1), planned(2)] });
    const message = 'this server does not pass the check "sings": it hums; nor the check "dances": it sits';
    expect(results).toMatchObject(
      Array(2).fill({ verdict: { kind: "deviates", findings: [{ kind: "deviates", message }] } }),
    );
  });

  it("do not count what is known among the checks that forbid measuring", async () => {
    const { results } = await measured(checked(["sings", "got a hum"], ["streams", "got nothing"]));
    expect(results).toMatchObject([
      { reason: expect.stringContaining('1 of 4 checks failed before timing, first "streams"') },
    ]);
  });

  it("end with the server", async () => {
    const { results } = await measured({ verify: never, ended: Promise.resolve("exit code 3") });
    expect(results).toMatchObject([{ status: "failed", reason: expect.stringContaining("exit code 3") }]);
  });
});

describe("the server's own count", () => {
  const counting = (...counts: readonly (number | null)[]) => {
    let asked = 0;
    return { calls: () => counts[asked++ % counts.length] ?? null };
  };

  it("is held against the client's", async () => {
    const { results } = await measured(counting(1000, 1000 + closed.agentCalls - 1));
    expect(results).toMatchObject([
      {
        verdict: {
          findings: [{ kind: "lossy", message: "the client counts 4100 calls, the server's own count is 4099" }],
        },
      },
    ]);
  });

  it("is not held against it after an iteration that failed or was cut off, in the warm-up as well", async () => {
    const drive = () => ({ closed: { ...closed, failed: 1 } });
    expect((await measured({ ...counting(1000, 5099), drive })).results).toMatchObject([{ verdict: { findings: [] } }]);
  });

  it("may not be told", async () => {
    expect((await measured(counting(null))).results).toMatchObject([{ verdict: { findings: [] } }]);
  });

  it.each<[name: string, how: () => Promise<number>, why: string]>([
    ["is silent", never, "expected the server's own count within 5 s"],
    ["says that it cannot", () => Promise.reject(new Failure("closed", "gone")), "gone"],
  ])(
    "is missing, with the reason, behind a window whose server %s, and the next cell has another",
    async (_name, how, why) => {
      let asked = 0;
      const server = { url: "http://fake", pid: null, deviations: {}, ended: never() };
      const calls = (): Promise<number | null> => (++asked === 2 ? how() : Promise.resolve(asked > 2 ? null : 7));
      const log: string[] = [];
      const serve = async (): Promise<Server> => ({
        ...server,
        calls,
        [Symbol.asyncDispose]: async () => void log.push("ended"),
      });
      const { results } = await measured({ serve }, { cells: [planned(1), planned(2)] });
      expect(results).toMatchObject([
        { status: "measured", partial: null, missing: { "server.calls": why }, verdict: { findings: [] } },
        { status: "measured" },
      ]);
      expect(results[1]).not.toHaveProperty(["missing", "server.calls"]);
      expect(log).toHaveLength(2);
    },
  );

  it("fails a cell whose server does not answer", async () => {
    const server = { url: "http://fake", pid: null, deviations: {}, ended: never(), calls: never };
    const serve = async (): Promise<Server> => ({ ...server, [Symbol.asyncDispose]: async () => undefined });
    const { results, endedAtMs } = await measured({ serve });
    expect(results).toMatchObject([{ reason: "[timeout] expected the server's own count within 5 s" }]);
    expect(endedAtMs).toBe(5000);
  });
});

describe("a server's memory and CPU", () => {
  it("are those of the window, read between by the line, with each second's share", async () => {
    // Readings come each 100 ms and behind each second; the window is from 70 to 2070. CPU runs at 40% of a core, and memory
    // jumps from 1000 to 3000 bytes at 1070 ms.
    const usage = (nowMs: number) => ({ cpuMs: 0.4 * nowMs, rssBytes: nowMs < 1070 ? 1000 : 3000 });
    const { results, seconds } = await measured({ usage });
    const { server } = results[0] as Measured;
    expect(server).toMatchObject({ rssIdleBytes: 1000, rssConnectedBytes: 1000, rssPeakBytes: 3000, rssGrowth: null });
    expect(server?.cpuPercentMean).toBeCloseTo(40, 9);
    expect(server?.cpuMsPerOperation).toBeCloseTo(0.2, 9);
    // The jump is on a line from the reading at 1000 to that at 1070.
    expect(server?.rssMeanBytes).toBeCloseTo((930 * 1000 + 70 * 2000 + 1000 * 3000) / 2000, 9);
    expect(seconds.map((second) => second.server?.rssBytes)).toEqual([
      Math.round((930 * 1000 + 70 * 2000) / 1000),
      3000,
    ]);
    for (const second of seconds) expect(second.server?.cpuPercent).toBeCloseTo(40, 9);
  });

  it("are what thresholds were judged by, whatever is read behind the load", async () => {
    // The window is from 570, behind the first count, to 2570. Nothing can be read from 1500 until 2600, when there is much more of both.
    const usage = (nowMs: number) => {
      if (nowMs > 1500 && nowMs < 2600) throw new Failure("environment", "busy");
      return nowMs < 2600 ? { cpuMs: 0.4 * nowMs, rssBytes: 1000 } : { cpuMs: 9000, rssBytes: 9000 };
    };
    const calls = (): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(7), 500));
    const server = { url: "http://fake", pid: 42, deviations: {}, ended: never(), calls };
    const serve = async (): Promise<Server> => ({ ...server, [Symbol.asyncDispose]: async () => undefined });
    const thresholds = ["rss:value<1", "cpu:value<1", "cpu_per_op:value<1"].map((text) => threshold(text));
    const { results } = await measured({ usage, serve }, { thresholds });
    const { server: stored, thresholds: judged } = results[0] as Measured;
    expect(judged.map(({ value }) => value)).toEqual([
      ...[stored?.rssPeakBytes, stored?.cpuPercentMean, stored?.cpuMsPerOperation],
    ]);
    expect(stored?.rssPeakBytes).toBe(1000);
  });

  it("leave out what was used before the window", async () => {
    // All of it falls between the readings at 0 and at 100 ms: of the window are 30 ms of those 100.
    const usage = (nowMs: number) => ({ cpuMs: nowMs < 100 ? 0 : 1000 });
    const { results } = await measured({ usage });
    expect((results[0] as Measured).server?.cpuPercentMean).toBeCloseTo((100 * 300) / 2000, 9);
  });

  it("are not told of too few steps of the CPU counter", async () => {
    const usage = (nowMs: number) => ({ cpuMs: 0.02 * nowMs, resolutionMs: 10 });
    const { results } = await measured({ usage });
    expect(results).toMatchObject([
      {
        server: { cpuPercentMean: null, cpuMsPerOperation: null, rssPeakBytes: 100 },
        missing: { "server.cpu": expect.stringContaining("longer --duration") },
      },
    ]);
  });

  it("are of the processes that serve a session each, and of none before these are open", async () => {
    const connect = async () => ({ ...connected, pids: [7, 8, 9] });
    const { results } = await measured({ pid: "sessions", connect });
    expect(results).toMatchObject([{ server: { rssIdleBytes: 0, rssConnectedBytes: 300, rssPeakBytes: 300 } }]);
  });

  it("are missing with a reason where there is no process to read", async () => {
    const { results, seconds } = await measured({ pid: null });
    expect(results).toMatchObject([{ status: "measured", server: null, missing: { server: "no pid" } }]);
    expect(seconds.map(({ server }) => server)).toEqual([null, null]);
  });

  it("are missing in a second that was over when the process could no longer be read, and not 0", async () => {
    const usage = (nowMs: number) => {
      if (nowMs > 1000) throw new Failure("environment", "gone");
      return { cpuMs: nowMs };
    };
    const { seconds, endedAtMs } = await measured({ usage });
    expect(seconds.map(({ server }) => server === null)).toEqual([false, true]);
    expect(endedAtMs).toBe(2070);
  });

  it.each([
    ["make a server idle whose CPU is too little to be counted", 42, ["nagle"]],
    ["leave a server unjudged that nobody watched", null, []],
  ])("%s", async (_name, pid, expected) => {
    const second = busySecond(0, { vus: 10, eachMs: 40, lengthMs: 2000 });
    const idle = { ...second.processes["0"], cpuNs: 1000, busyNs: 1000, elapsedNs: 2e9, rssBytes: 1 };
    const drive = () => ({ seconds: [{ ...second, processes: { "0": idle } }] });
    const { results } = await measured({ drive, pid });
    expect(results).toMatchObject([{ verdict: { findings: expected.map((kind) => ({ kind })) } }]);
  });
});

describe("a fresh rig", () => {
  it("is warmed up no less than others", async () => {
    const { log } = await measured({}, { profile: { ...profile, primeMs: 1 } });
    expect(log).toContain("drive after 5");
  });
});
