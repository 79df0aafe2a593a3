import { StepRecorder } from "@apb/core/recorder";
import type { Load } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import type { Connected, Driven, Generator, Task } from "./generator.ts";
import { mergeDriven, together } from "./generators.ts";

function step(samples: readonly number[], failed = 0): ReturnType<StepRecorder["result"]> {
  const recorder = new StepRecorder();
  for (const ms of samples) recorder.succeed(0, 0, ms);
  for (let n = 0; n < failed; n++) recorder.fail("rejected", 0, 1);
  return recorder.result();
}

const driven: Driven = {
  steps: { total: step([1, 2, 3]) },
  completed: 3,
  windowMs: 1000,
  dropped: 0,
  slices: [{ completed: 3, totalMs: 6 }],
  silence: { fromMs: 100, untilMs: 500 },
  failed: 0,
  iterations: 4,
  lateStartP99Ms: 0.1,
  processes: 1,
  users: 2,
  sentBytes: 10,
  receivedBytes: 20,
  reconnects: 0,
  cpuMs: 100,
  eventLoopUtilization: 0.3,
  rssPeakBytes: 50,
};

const task: Task = {
  ...{ binding: "x/y", url: "http://fake", client: "library", scenario: "s", params: {}, timeoutMs: 1 },
  profile: { name: "p", rounds: 1, warmUpMs: 0, primeMs: 0, windowMs: 1, sizesBytes: [], rungs: [], users: 3 },
  load: { model: "closed", users: 3, sessions: 3, until: { durationMs: 1 } },
  sessionsPerUser: 1,
};

/** A generator that notes what it is asked. */
function fake(log: string[], name: string): Generator {
  return {
    touch: async () => void log.push(`${name} touch`),
    verify: async () => {
      log.push(`${name} verify`);
      return [];
    },
    connect: async ({ load }): Promise<Connected> => {
      log.push(`${name} connect ${load.sessions}`);
      const failures = name === "a" ? {} : { refused: 1 };
      return { asked: load.sessions, held: load.sessions, failures, firstFailure: null, step: step([1]) };
    },
    drive: (_warmUpMs, startAt) => {
      log.push(`${name} drive at ${startAt}`);
      return { opened: Promise.resolve(), closed: Promise.resolve(), report: Promise.resolve(driven) };
    },
    disconnect: async () => void log.push(`${name} disconnect`),
    [Symbol.asyncDispose]: async () => void log.push(`${name} ended`),
  };
}

describe("together", () => {
  it("shares the load, begins at the same time, and ends all", async () => {
    const log: string[] = [];
    {
      await using both = together([fake(log, "a"), fake(log, "b")]);
      await both.touch(task);
      await both.verify(task);
      expect(await both.connect(task)).toMatchObject({
        asked: 3,
        held: 3,
        failures: { refused: 1 },
        step: { count: 2 },
      });
      const { report } = both.drive(5, 77n);
      expect(await report).toMatchObject({ completed: 6, processes: 2, users: 4 });
      await both.disconnect();
    }
    expect(log).toEqual([
      ...["a touch", "b touch", "a verify", "b verify", "a connect 1", "b connect 2", "a drive at 77", "b drive at 77"],
      ...["a disconnect", "b disconnect", "a ended", "b ended"],
    ]);
  });

  it("leaves generators idle that a small load has no share for", async () => {
    const log: string[] = [];
    const load: Load = { model: "closed", users: 1, sessions: 1, until: { durationMs: 1 } };
    const both = together([fake(log, "a"), fake(log, "b")]);
    await both.connect({ ...task, load });
    await both.drive(0, 0n).report;
    expect(log).toEqual(["a connect 1", "a drive at 0"]);
  });
});

describe("a drive that fails before its window opens", () => {
  it("is heard by whoever waits, and by nobody else", async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on("unhandledRejection", hear);
    const lost = (): Promise<never> => Promise.reject(new Error("the generator ended"));
    const [opened, closed, report] = [lost(), lost(), lost()];
    for (const promise of [opened, closed, report]) promise.catch(() => undefined);
    const both = together([{ ...fake([], "a"), drive: () => ({ opened, closed, report }) }]);
    await both.connect(task);
    const driving = both.drive(0, 0n);
    await expect(driving.opened).rejects.toThrow("the generator ended");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
  });
});

describe("mergeDriven", () => {
  it("adds counts, merges histograms, and keeps the worst of what is everybody's", () => {
    const other: Driven = {
      ...driven,
      steps: { total: step([10], 2), extra: step([5]) },
      completed: 1,
      windowMs: 1010,
      lateStartP99Ms: 0.7,
      eventLoopUtilization: 0.9,
      silence: { fromMs: 300, untilMs: 600 },
    };
    const merged = mergeDriven([driven, other]);
    expect(merged).toMatchObject({
      completed: 4,
      windowMs: 1010,
      iterations: 8,
      users: 4,
      reconnects: 0,
      cpuMs: 200,
      sentBytes: 20,
      lateStartP99Ms: 0.7,
      eventLoopUtilization: 0.9,
      slices: [{ completed: 6, totalMs: 12 }],
      silence: { fromMs: 300, untilMs: 500 },
    });
    expect(merged.steps.total).toMatchObject({
      count: 4,
      failures: { rejected: 2 },
      responseMs: { min: 1, mean: 4, max: 10 },
      failedMs: { mean: 1 },
    });
    expect(merged.steps.total?.histogram).toBe(step([1, 2, 3, 10]).histogram);
    expect(merged.steps.extra?.count).toBe(1);
  });

  it("knows of no silence when the parts were silent at different times", () => {
    const { silence } = mergeDriven([driven, { ...driven, silence: { fromMs: 600, untilMs: 900 } }]);
    expect(silence.untilMs - silence.fromMs).toBe(0);
  });
});
