import { Failure } from "@apb/core/failure";
import type { Load } from "@apb/core/load";
import type { Snapshot } from "@apb/core/snapshot";
import { describe, expect, it } from "vitest";
import { abortable, added, driven, nothing, type Run, taking } from "./testing/simulated-drive.ts";

const around = { startTimeMs: 0, gracefulStopMs: 30_000 };

function constant(vus: number, durationMs: number, more: Partial<typeof around> = {}): Load {
  return { ...around, ...more, executor: "constant-vus", vus, durationMs, sessions: vus };
}

function arrivals(perSecond: number, durationMs: number, more: Partial<typeof around> = {}): Load {
  return {
    ...around,
    ...more,
    executor: "constant-arrival-rate",
    perSecond,
    durationMs,
    maxInFlight: 1000,
    sessions: 1,
  };
}

/** An iteration of 1 ms by a server that stands still between two times. */
function stallingAt(from: number, until: number): Run {
  return (iteration) => {
    const now = iteration.time.now();
    return taking((now >= from && now < until ? until - now : 0) + 1)(iteration);
  };
}

/** Iterations that do one after the other of these, again and again. */
function inTurn(...runs: readonly [Run, ...Run[]]): Run {
  let n = 0;
  return (iteration) => (runs[n++ % runs.length] ?? runs[0])(iteration);
}

const failing: Run = () => Promise.reject(new Failure("refused", "nobody there"));

describe("the window", () => {
  it("counts what its VUs do in it, each second of it apart", async () => {
    const { seconds, snapshots, totals, drove } = await driven({
      workloads: [{ name: "w", load: constant(3, 2505), run: taking(10) }],
    });
    expect(seconds.map(({ second, fromMs, toMs }) => ({ second, fromMs, toMs }))).toEqual([
      { second: 0, fromMs: 0, toMs: 1000 },
      { second: 1, fromMs: 1000, toMs: 2000 },
      { second: 2, fromMs: 2000, toMs: 2505 },
    ]);
    // What ends at the very end of a second is of the next one.
    expect(seconds.map(({ workloads }) => workloads.w?.completed)).toEqual([297, 300, 153]);
    expect(seconds.map(({ workloads }) => workloads.w?.begun)).toEqual([300, 300, 153]);
    expect(seconds.map(({ workloads }) => workloads.w?.vus)).toEqual([3, 3, 3]);
    expect(snapshots.at(-1)).toMatchObject({ second: 3, fromMs: 2505, toMs: 2510, draining: true });
    expect(totals.windowMs).toBe(2505);
    expect(totals.counts()).toMatchObject({ begun: 753, completed: 750, vus: 3, dropped: 0, interrupted: 0 });
    expect(totals.step("total")?.result()).toMatchObject({
      count: 753,
      responseMs: { min: 10, mean: 10, p50: 10, p99: 10, max: 10 },
    });
    expect(totals.step("total")?.service.encode()).toBe(totals.step("total")?.response.encode());
    expect(totals.step("send")?.response.count).toBe(753);
    expect(totals.stepNames()).toEqual(["total", "send"]);
    expect(totals.late.count).toBe(0);
    expect(drove).toEqual({
      windowMs: 2505,
      ...{ iterations: 753, operations: 0, agentCalls: 0, bodyBytes: 0, failed: 0 },
    });
  });

  it("begins behind the warm-up, which is thrown away but counted for bytes on the wire", async () => {
    const { snapshots, totals, drove } = await driven({
      ...{ startAt: 3, warmUpMs: 55 },
      workloads: [{ name: "w", load: constant(1, 107), run: taking(10) }],
    });
    // They begin at 3, 13, …; the window is from 58 to 165.
    expect(drove.iterations).toBe(17);
    expect(totals.step("total")?.response.count).toBe(11);
    expect(totals.step("send")?.response.count).toBe(11);
    expect(totals.counts()).toMatchObject({ begun: 11, completed: 11 });
    // The one under way at the opening has 5 ms in the window, the one at its closing 8 ms behind it.
    expect(totals.counts()).toMatchObject({ vuNs: 107e6, edgeNs: 5e6 - 8e6 });
    expect(snapshots.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 107],
      [107, 115],
    ]);
  });

  it("keeps a sample that ends behind it, outside of the throughput", async () => {
    const { snapshots, totals } = await driven({ workloads: [{ name: "w", load: constant(1, 25), run: taking(10) }] });
    expect(totals.counts().completed).toBe(2);
    expect(totals.step("total")?.response.count).toBe(3);
    const [window, behind] = snapshots.map(({ workloads }) => workloads.w);
    expect(window).toMatchObject({ begun: 3, completed: 2, vuNs: 25e6, edgeNs: 0, vus: 1 });
    expect(behind).toMatchObject({ begun: 0, completed: 1, vuNs: 0, edgeNs: -5e6, vus: 0 });
    expect(behind?.steps.total?.response).toMatchObject({ count: 1, sumNs: 10e6 });
    expect(behind?.steps.send?.response.count).toBe(1);
  });

  it("tells seconds in which nothing happens too", async () => {
    const { seconds, totals } = await driven({
      timeoutMs: 60_000,
      workloads: [{ name: "w", load: constant(2, 5000), run: taking(3500) }],
    });
    expect(seconds.map(({ workloads }) => workloads.w?.completed)).toEqual([0, 0, 0, 2, 0]);
    expect(seconds.map(({ workloads }) => workloads.w?.vuNs)).toEqual([2e9, 2e9, 2e9, 2e9, 2e9]);
    expect(totals.step("total")?.response.count).toBe(4);
  });

  it("has no second of its own for what rounding leaves of it", async () => {
    const load = constant(1, 1499.9, { startTimeMs: 500.1 });
    for (let startAt = 0.1; startAt < 3; startAt += 0.1) {
      const { seconds } = await driven({ startAt, warmUpMs: 0.2, workloads: [{ load, run: taking(70) }] });
      expect(seconds.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
        [0, 1000],
        [1000, 2000],
      ]);
    }
  });

  it("keeps what the process spent in each second", async () => {
    const { totals, seconds } = await driven({
      warmUpMs: 50,
      workloads: [{ load: constant(1, 1500), run: taking(10) }],
    });
    expect(seconds.map(({ processes }) => processes)).toEqual([
      { 0: { cpuNs: 125e6, busyNs: 250e6, elapsedNs: 1e9, rssBytes: 2050 } },
      { 0: { cpuNs: 62.5e6, busyNs: 125e6, elapsedNs: 0.5e9, rssBytes: 2550 } },
    ]);
    expect(totals.processes).toEqual({ 0: { cpuNs: 187.5e6, busyNs: 375e6, elapsedNs: 1.5e9, rssBytes: 2550 } });
  });
});

describe("progress", () => {
  it("has every success of the window where it ended, with its response time", async () => {
    const load = constant(2, 1045);
    const { seconds, snapshots, totals } = await driven({ workloads: [{ load, run: taking(20) }] });
    const [first, last] = seconds;
    expect(first?.progress.length).toBe(99);
    expect(first?.progress.slice(0, 7)).toEqual([0, 0, 2, 0, 2, 0, 2]);
    expect(first?.progressNs.slice(0, 7)).toEqual([0, 0, 40e6, 0, 40e6, 0, 40e6]);
    expect(last?.progress).toEqual([2, 0, 2, 0, 2]);
    expect(snapshots.at(-1)).toMatchObject({ draining: true, progress: [], progressNs: [] });
    expect(totals.progress.length).toBe(105);
    expect(totals.progress[100]).toBe(2);
    expect(totals.progress.reduce((sum, times) => sum + times, 0)).toBe(totals.counts().completed);
  });

  it("is empty while the server stands still, which no percentile shows", async () => {
    const { totals } = await driven({
      ...{ warmUpMs: 5, timeoutMs: 60_000 },
      workloads: [{ load: constant(2, 3000), run: stallingAt(1000, 2000) }],
    });
    expect(totals.step("total")?.response.percentileMs(99)).toBe(1);
    const silent = [...totals.progress.entries()].filter(([, times]) => (times ?? 0) === 0).map(([bin]) => bin);
    // From 995 to 1996 ms of the window.
    expect(silent).toEqual(Array.from({ length: 99 }, (_, n) => 100 + n));
  });

  it("ends with the last success", async () => {
    const { totals } = await driven({
      timeoutMs: 60_000,
      workloads: [{ load: constant(1, 3000), run: stallingAt(1000, 5000) }],
    });
    expect(totals.progress.length).toBe(101);
    expect(totals.windowMs).toBe(3000);
  });
});

describe("an iteration that fails", () => {
  it("is counted by kind, apart from latencies", async () => {
    const { totals } = await driven({
      workloads: [{ load: constant(1, 995), run: inTurn(taking(10), failing, failing) }],
    });
    // A cycle takes 10 ms, fails at once, fails again and rests 10 ms.
    expect(totals.step("total")?.result()).toMatchObject({
      count: 50,
      failures: { refused: 100 },
      responseMs: { min: 10, max: 10 },
      failedMs: { max: 0 },
    });
    expect(totals.counts()).toMatchObject({ begun: 150, completed: 50, thinkNs: 495e6, edgeNs: 0 });
    expect(totals.step("send")?.response.count).toBe(50);
  });

  it("makes its VU rest when the one before has failed too", async () => {
    const { totals, drove } = await driven({ workloads: [{ load: constant(1, 995), run: failing }] });
    expect(totals.step("total")?.failures).toEqual({ refused: 101 });
    expect(drove).toMatchObject({ iterations: 101, failed: 101 });
    expect(totals.counts()).toMatchObject({ begun: 101, completed: 0, vuNs: 995e6, thinkNs: 995e6, edgeNs: 0 });
  });

  it.each<[name: string, run: Run]>([
    ["rejects", failing],
    [
      "throws at once",
      () => {
        throw new Failure("refused", "nobody there");
      },
    ],
    [
      "has a step that throws at once",
      async ({ io }) => {
        await io.step("send", () => {
          throw new Failure("refused", "nobody there");
        });
        return () => undefined;
      },
    ],
  ])("is one whether it %s", async (_name, run) => {
    const { totals } = await driven({ workloads: [{ load: constant(1, 5), run }] });
    expect(totals.step("total")?.failures).toEqual({ refused: 2 });
  });

  it("counts the step that failed as well", async () => {
    const run: Run = async ({ time, io }) => {
      await taking(3)({ time, io, vu: { id: 0, vars: {}, session: never, sessions: [], iteration: 0, seed: 1 } });
      await io.step("poll", async () => {
        await time.sleep(4);
        throw new Failure("rejected", "no");
      });
      return () => undefined;
    };
    const { totals } = await driven({ workloads: [{ load: constant(1, 5), run }] });
    expect(totals.step("send")?.result()).toMatchObject({ count: 1, failures: {}, responseMs: { max: 3 } });
    expect(totals.step("poll")?.result()).toMatchObject({ count: 0, failures: { rejected: 1 }, failedMs: { max: 4 } });
    expect(totals.step("total")?.result()).toMatchObject({ failures: { rejected: 1 }, failedMs: { max: 7 } });
    for (const step of ["poll", "total"])
      expect(totals.step(step)?.said).toEqual({ rejected: { firstMs: 7, lastMs: 7, sentence: "no" } });
  });

  it("is of kind mismatch when its reply is wrong, and internal when it is no failure of ours", async () => {
    const wrong = (error: Error): Run => {
      return async (iteration) => {
        await taking(10)(iteration);
        return () => {
          throw error;
        };
      };
    };
    const { totals } = await driven({
      workloads: [{ load: constant(1, 35), run: inTurn(wrong(new Failure("mismatch", "wrong")), wrong(new Error())) }],
    });
    expect(totals.counts().completed).toBe(0);
    expect(totals.step("total")?.result()).toMatchObject({
      count: 0,
      failures: { mismatch: 2, internal: 1 },
      said: { mismatch: { firstMs: 10, sentence: "wrong" }, internal: { firstMs: 20, sentence: "" } },
      failedMs: { min: 10, max: 10 },
    });
  });

  it("is of kind timeout when it takes too long", async () => {
    const { totals } = await driven({
      timeoutMs: 100,
      workloads: [{ load: constant(1, 405), run: taking(10_000) }],
    });
    // Looked at every 10 ms; the second and later ones begin behind a rest of 10 ms.
    expect(totals.step("total")?.result()).toMatchObject({
      count: 0,
      failures: { timeout: 4 },
      failedMs: { min: 100, max: 100 },
    });
    expect(totals.step("send")?.failures).toEqual({ timeout: 4 });
    expect(totals.counts().interrupted).toBe(0);
  });

  it("does not take others with it", async () => {
    const soon = taking(30);
    const { totals } = await driven({
      timeoutMs: 100,
      workloads: [{ load: constant(2, 95), run: inTurn(taking(10_000), soon, soon, soon, soon) }],
    });
    expect(totals.step("total")?.result()).toMatchObject({ count: 4, failures: { timeout: 1 } });
  });
});

const never = {
  call: () => Promise.reject(new Error("not asked for")),
  stream: () => {
    throw new Error("not asked for");
  },
  wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
  [Symbol.asyncDispose]: async () => undefined,
};

describe("tasks", () => {
  it("run by their weights, exactly in each cycle", async () => {
    const ran: string[] = [];
    const named = (name: string): Run => {
      return (iteration) => {
        ran.push(name);
        return taking(10)(iteration);
      };
    };
    const { totals } = await driven({
      workloads: [
        {
          load: { ...around, executor: "shared-iterations", vus: 3, iterations: 40, maxDurationMs: 1000, sessions: 3 },
          run: [
            { weight: 3, run: named("a") },
            { weight: 7, run: named("b") },
          ],
        },
      ],
    });
    expect(ran.length).toBe(40);
    for (let from = 0; from < 40; from += 10)
      expect(ran.slice(from, from + 10).filter((name) => name === "a").length).toBe(3);
    const tasks = [...totals.tasksOf("w0")].map(([name, { completed, response }]) => [name, completed, response.count]);
    expect(tasks.sort()).toEqual([
      ["task 0", 12, 12],
      ["task 1", 28, 28],
    ]);
  });

  it("are told apart, failed and cut off ones too, in every second; a single one is not told beside the whole", async () => {
    const cut = { ...constant(2, 1500), gracefulStopMs: 0 };
    const run = [
      { weight: 1, run: taking(400) },
      { weight: 1, run: failing },
    ];
    const { totals, seconds } = await driven({
      workloads: [
        { load: cut, run },
        { load: constant(1, 5), run: failing },
      ],
    });
    const [answers, fails] = ["task 0", "task 1"].map((name) => totals.tasksOf("w0").get(name));
    const whole = totals.counts("w0");
    expect(answers?.result()).toMatchObject({ count: whole.completed, failures: {}, responseMs: { max: 400 } });
    expect(answers?.interrupted).toBe(whole.interrupted);
    expect(fails?.result()).toMatchObject({ count: 0, failures: totals.step("total", "w0")?.failures });
    expect(seconds.length).toBe(2);
    for (const { workloads } of seconds) expect(Object.keys(workloads.w0?.tasks ?? {})).toContain("task 0");
    expect(totals.tasksOf("w1").size).toBe(0);
  });

  it("count what they check, of samples only", async () => {
    const run: Run = async (iteration) => {
      await taking(10)(iteration);
      iteration.io.check("even", iteration.vu.iteration % 2 === 0);
      iteration.io.check("always", true);
      return () => undefined;
    };
    const { totals } = await driven({ warmUpMs: 25, workloads: [{ load: constant(2, 57), run }] });
    // Iterations 0 to 17; 6 to 17 begin in the window.
    expect(totals.counts().checks).toEqual({ even: { passes: 6, fails: 6 }, always: { passes: 12, fails: 0 } });
  });
});

describe("several workloads", () => {
  it("run side by side, each from its own start and to its own end, and are counted apart", async () => {
    const { seconds, totals } = await driven({
      workloads: [
        { name: "early", load: constant(2, 1000), run: taking(125) },
        { name: "late", load: constant(1, 2000, { startTimeMs: 1500 }), run: taking(250) },
        { name: "open", load: arrivals(10, 3000), run: taking(1) },
      ],
    });
    expect(totals.windowMs).toBe(3500);
    expect(
      seconds.map(({ workloads }) => [workloads.early, workloads.late, workloads.open].map((w) => w?.vus)),
    ).toEqual([
      [2, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(totals.counts("early")).toMatchObject({ begun: 16, completed: 16, vuNs: 2e9, vus: 0 });
    expect(totals.counts("late")).toMatchObject({ begun: 8, vuNs: 2e9, vus: 1 });
    expect(totals.counts("open")).toMatchObject({ begun: 30, completed: 30, vuNs: 0 });
    expect(totals.counts()).toMatchObject({ begun: 54, vuNs: 4e9, vus: 1 });
    expect(totals.mostVUs).toBe(2);
    expect(totals.step("total", "late")?.response.latency()).toMatchObject({ min: 250, max: 250 });
    expect(totals.step("total")?.response.count).toBe(54);
    expect(totals.stepNames("open")).toEqual(["total", "wait", "send"]);
  });

  it("are warmed up together, each as it begins, whenever that is", async () => {
    const starts: number[] = [];
    const noting: Run = (iteration) => {
      starts.push(iteration.time.now());
      return taking(40)(iteration);
    };
    const { totals } = await driven({
      warmUpMs: 100,
      workloads: [{ load: constant(1, 100, { startTimeMs: 205 }), run: noting }],
    });
    // It is idle between the warm-up's end at 100 and its start at 305; what was under way ends.
    expect(starts).toEqual([0, 40, 80, 305, 345, 385]);
    expect(totals.windowMs).toBe(305);
    expect(totals.counts()).toMatchObject({ begun: 3, completed: 3, vuNs: 120e6, edgeNs: 20e6 - 20e6 });
  });

  it("have numbers of their own", async () => {
    const numbers: Record<string, number[]> = { a: [], b: [] };
    const noting = (name: string): Run => {
      return (iteration) => {
        numbers[name]?.push(iteration.vu.iteration);
        return taking(10)(iteration);
      };
    };
    await driven({
      workloads: [
        { load: constant(1, 25), run: noting("a") },
        { load: arrivals(100, 30), run: noting("b") },
      ],
    });
    expect(numbers).toEqual({ a: [0, 1, 2], b: [0, 1, 2] });
  });
});

describe("stop", () => {
  it("closes the window, keeps what it has and lets what is under way finish", async () => {
    const { snapshots, totals, drove, endedAt } = await driven({
      stop: { at: 1234, graceMs: 500 },
      workloads: [{ name: "w", load: constant(2, 60_000), run: taking(100) }],
    });
    expect(snapshots.map(({ fromMs, toMs, draining }) => [fromMs, toMs, draining])).toEqual([
      [0, 1000, false],
      [1000, 1234, false],
      [1234, 1300, true],
    ]);
    expect(drove).toMatchObject({ windowMs: 1234, iterations: 26, failed: 0 });
    expect(totals.windowMs).toBe(1234);
    expect(totals.counts()).toMatchObject({ begun: 26, completed: 24, interrupted: 0, vuNs: 2468e6, edgeNs: -132e6 });
    expect(totals.step("total")?.response.count).toBe(26);
    expect(endedAt).toBe(1300);
  });

  it("cuts off what does not end in time, which is no failure", async () => {
    const { totals, drove, endedAt } = await driven({
      ...{ timeoutMs: 10_000, stop: { at: 1234, graceMs: 500 } },
      workloads: [{ load: constant(2, 60_000), run: taking(5000) }],
    });
    expect(totals.counts()).toMatchObject({ begun: 2, interrupted: 2, vuNs: 2468e6, edgeNs: 2468e6 });
    expect(totals.step("total")).toBeNull();
    expect(totals.step("send")).toBeNull();
    expect(drove.failed).toBe(2);
    // Looked at every 100 ms.
    expect(endedAt).toBe(1800);
  });

  it("shortens the time that the load itself gives", async () => {
    const setting = { timeoutMs: 10_000, workloads: [{ load: constant(1, 1000), run: taking(5000) }] };
    const given = await driven(setting);
    expect(given.endedAt).toBe(5000);
    expect(given.totals.step("total")?.response.count).toBe(1);
    const stopped = await driven({ ...setting, stop: { at: 1500, graceMs: 100 } });
    expect(stopped.endedAt).toBe(1600);
    expect(stopped.totals.counts().interrupted).toBe(1);
    // The window had its whole time.
    expect(stopped.totals.windowMs).toBe(1000);
  });

  it("ends an open load, with what waits", async () => {
    const { totals, endedAt } = await driven({
      ...{ timeoutMs: 10_000, stop: { at: 105, graceMs: 100 } },
      workloads: [{ load: arrivals(100, 60_000), run: taking(160) }],
    });
    // Of 11 arrivals the first is answered, the second is cut off, the others were never sent.
    expect(totals.windowMs).toBe(105);
    expect(totals.counts()).toMatchObject({ begun: 11, completed: 0, interrupted: 10 });
    expect(totals.step("total")?.result()).toMatchObject({ count: 1, failures: {} });
    expect(endedAt).toBe(300);
  });

  it.each([
    ["before it begins", 20],
    ["in the warm-up", 75],
  ])("measures nothing %s", async (_name, at) => {
    const { seconds, totals, drove } = await driven({
      ...{ startAt: 50, warmUpMs: 100, stop: { at, graceMs: 1000 } },
      workloads: [
        { load: constant(2, 1000), run: taking(40) },
        { load: arrivals(100, 1000), run: taking(40) },
      ],
    });
    expect(seconds).toEqual([]);
    expect(drove.windowMs).toBe(0);
    expect(totals.counts()).toMatchObject({ begun: 0, completed: 0, interrupted: 0 });
    expect(totals.step("total")).toBeNull();
    expect(drove.iterations).toBe(at < 50 ? 0 : 5);
  });
});

describe("a drive", () => {
  it("without connections has nobody to begin", async () => {
    const { totals } = await driven({ sessions: 0, workloads: [{ load: constant(2, 1000), run: taking(10) }] });
    expect(totals.windowMs).toBe(1000);
    expect(totals.counts()).toMatchObject({ begun: 0, vuNs: 0 });
  });

  it("with fewer connections than it asked for has fewer VUs", async () => {
    const setting = { workloads: [{ load: constant(10, 100), run: taking(10), sessionsPerVU: 1 }] };
    expect((await driven({ ...setting, sessions: 7 })).totals.mostVUs).toBe(7);
    expect((await driven(setting)).totals.mostVUs).toBe(10);
  });

  it("lets VUs share connections where they were asked to", async () => {
    const seen = new Set<unknown>();
    const run: Run = (iteration) => {
      seen.add(iteration.vu);
      return taking(10)(iteration);
    };
    await driven({ workloads: [{ load: { ...constant(6, 100), sessions: 2 }, run }] });
    expect(seen.size).toBe(6);
  });

  it.each<[name: string, load: Load, badSecond: number]>([
    ["at the start, closed", constant(2, 5000), 0],
    ["at the start, open", arrivals(100, 5000), 0],
    ["in an iteration of a closed load", constant(2, 5000), 1],
    ["in an iteration of an open load", arrivals(100, 5000), 1],
  ])("ends with a defect of ours, at once: %s", async (_name, load, badSecond) => {
    let latest = 0;
    const run: Run = (iteration) => {
      latest = iteration.time.now();
      return taking(7)(iteration);
    };
    const emit = ({ second }: Snapshot): void => {
      if (second === badSecond) throw new Error("cannot tell");
    };
    // The bad second is over at 1005 or 2005 ms, and told by the next thing that happens.
    await expect(driven({ warmUpMs: 5, workloads: [{ load, run }], emit })).rejects.toThrow("cannot tell");
    expect(latest).toBeLessThan(1000 * (badSecond + 1) + 70);
  });

  it("hears of an iteration that ends although it was told to", async () => {
    // It goes on where its first step was cut off.
    const run: Run = async ({ time, io }) => {
      await io.step("first", (signal) => abortable(time.sleep(5000), signal)).catch(() => undefined);
      return () => undefined;
    };
    const { totals } = await driven({ timeoutMs: 100, workloads: [{ load: constant(1, 150), run }] });
    expect(totals.step("total")?.result()).toMatchObject({
      count: 2,
      failures: {},
      responseMs: { min: 100, max: 100 },
    });
    expect(totals.step("first")?.failures).toEqual({ timeout: 2 });
  });
});

it("what a drive tells adds up to the same, whatever the order", async () => {
  const { snapshots, totals } = await driven({
    warmUpMs: 35,
    workloads: [
      { load: constant(3, 2500), run: inTurn(taking(13), taking(17), failing) },
      { load: arrivals(77, 2200), run: inTurn(nothing, taking(21)) },
    ],
  });
  const again = added([...snapshots].reverse());
  expect(again.counts()).toEqual(totals.counts());
  expect(again.step("total")?.result()).toEqual(totals.step("total")?.result());
  expect(again.progress).toEqual(totals.progress);
});
