import { dueAt } from "@apb/core/arrivals";
import { Failure } from "@apb/core/failure";
import { endOf, type Load, type Share, whole } from "@apb/core/load";
import { progressMs, type Snapshot } from "@apb/core/snapshot";
import { splittable } from "@apb/core/split";
import { generators, loads } from "@apb/core/testing/loads";
import { vusAt } from "@apb/core/vus";
import type { Assignment, CheckOutcome, Closed } from "@apb/generator/channel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Driving, Generator } from "./generator.ts";
import { inStep, together } from "./generators.ts";
import { closed, connected } from "./testing/fake-equipment.ts";
import { profile } from "./testing/planned.ts";
import { busySecond, snapshotOf, tallyOf, timesOf, totalsOf } from "./testing/snapshots.ts";

const assignment: Assignment = {
  ...{ binding: "x/y", url: "http://fake", client: "library", scenario: "s", profile, params: {}, timeoutMs: 1 },
  ...{ load: "10 VUs", share: { index: 0, of: 2 } },
};

const start = { startAtMs: 77, warmUpMs: 5, seed: 1 };

async function* telling(...told: readonly (Snapshot | Failure)[]): AsyncIterable<Snapshot> {
  for (const one of told) {
    if (one instanceof Failure) throw one;
    yield one;
  }
}

/** A generator that notes what it is asked. */
function fake(log: string[], name: string, script: Partial<Driving & { outcome: CheckOutcome }> = {}): Generator {
  const passed: CheckOutcome = { check: "echoes", status: "passed", reason: "" };
  return {
    rehearse: async () => void log.push(`${name} rehearse`),
    verify: async () => {
      log.push(`${name} verify`);
      return [script.outcome ?? passed];
    },
    connect: async ({ share: { index, of } }) => {
      log.push(`${name} connect ${index} of ${of}`);
      const failed = { held: 9, failures: { refused: 1 }, firstFailure: "not there", pids: [2] };
      return name === "a" ? { ...connected, pids: [1] } : { ...connected, ...failed };
    },
    setup: async () => {
      log.push(`${name} setup`);
      return { from: name };
    },
    begin: async (vars) => {
      log.push(`${name} begin with ${JSON.stringify(vars)}`);
      return { asked: 5, begun: name === "a" ? 5 : 4, firstFailure: name === "a" ? null : "no login" };
    },
    teardown: async (vars) => void log.push(`${name} teardown with ${JSON.stringify(vars)}`),
    drive: ({ startAtMs }) => {
      log.push(`${name} drive at ${startAtMs}`);
      const stop = async (graceMs: number): Promise<void> => void log.push(`${name} stop within ${graceMs}`);
      return { seconds: telling(), closed: Promise.resolve(closed), stop, ...script };
    },
    disconnect: async () => void log.push(`${name} disconnect`),
    [Symbol.asyncDispose]: async () => void log.push(`${name} ended`),
  };
}

async function all<T>(some: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of some) list.push(one);
  return list;
}

describe("together", () => {
  it("is set up by the first, begun by all with what that left, and torn down by the first", async () => {
    const log: string[] = [];
    const both = together([fake(log, "a"), fake(log, "b")]);
    await both.connect(assignment);
    log.length = 0;
    const vars = await both.setup();
    expect(await both.begin(vars)).toEqual({ asked: 10, begun: 9, firstFailure: "no login" });
    await both.teardown(vars);
    const own = '{"from":"a"}';
    expect(log).toEqual(["a setup", `a begin with ${own}`, `b begin with ${own}`, `a teardown with ${own}`]);
  });

  it("shares the load, begins at the same time, stops and ends all", async () => {
    const log: string[] = [];
    {
      await using both = together([fake(log, "a"), fake(log, "b")]);
      await both.rehearse(assignment);
      await both.verify(assignment);
      expect(await both.connect(assignment)).toEqual({
        ...{ asked: 20, held: 19, failures: { refused: 1 }, firstFailure: "not there", pids: [1, 2] },
        step: tallyOf(timesOf([20, 2])),
      });
      const driving = both.drive(start);
      await driving.stop(300);
      const sums = { iterations: 8200, operations: 8200, agentCalls: 8200, bodyBytes: 1_640_000, failed: 0 };
      expect(await driving.closed).toEqual({
        ...{
          windowMs: 2000,
          ...sums,
          sentBytes: 1_000_000,
          receivedBytes: 1_200_000,
          reconnects: 0,
          sessionsLeft: 0,
          rssPeakBytes: 18,
        },
      });
      await both.disconnect();
    }
    expect(log).toEqual([
      ...["a rehearse", "b rehearse", "a verify", "b verify", "a connect 0 of 2", "b connect 1 of 2"],
      ...["a drive at 77", "b drive at 77", "a stop within 300", "b stop within 300"],
      ...["a disconnect", "b disconnect", "a ended", "b ended"],
    ]);
  });

  it("adds up everything that was done, of windows that differ a little", async () => {
    const parts: Closed = {
      ...{ windowMs: 2000.25, iterations: 1, operations: 2, agentCalls: 3, bodyBytes: 4, failed: 5 },
      ...{ sentBytes: 6, receivedBytes: 7, reconnects: 8, sessionsLeft: 0, rssPeakBytes: 9 },
    };
    const both = together([
      fake([], "a", { closed: Promise.resolve(parts) }),
      fake([], "a", { closed: Promise.resolve({ ...parts, windowMs: 1 }) }),
    ]);
    await both.connect(assignment);
    expect(await both.drive(start).closed).toEqual({
      ...{ windowMs: 2000.25, iterations: 2, operations: 4, agentCalls: 6, bodyBytes: 8, failed: 10 },
      ...{ sentBytes: 12, receivedBytes: 14, reconnects: 16, sessionsLeft: 0, rssPeakBytes: 18 },
    });
  });

  it("leaves generators idle that a small load has no share for", async () => {
    const log: string[] = [];
    const both = together([fake(log, "a"), fake(log, "b")]);
    await both.connect({ ...assignment, share: whole });
    await both.drive(start).closed;
    await both.disconnect();
    expect(log).toEqual(["a connect 0 of 1", "a drive at 77", "a disconnect"]);
  });

  it("gives each connecting its own share of generators", async () => {
    const log: string[] = [];
    const both = together([fake(log, "a"), fake(log, "b")]);
    await both.connect({ ...assignment, share: whole });
    await both.connect(assignment);
    expect(log).toEqual(["a connect 0 of 1", "a connect 0 of 2", "b connect 1 of 2"]);
  });

  it("tells the checks of one that fails any", async () => {
    const outcome: CheckOutcome = { check: "streams", status: "failed", reason: "got nothing" };
    const both = together([fake([], "a"), fake([], "b", { outcome })]);
    expect(await both.verify({ ...assignment, timeoutMs: 1 })).toEqual([outcome]);
  });
});

describe("a drive that breaks", () => {
  it("is heard by whoever waits, and by nobody else", async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on("unhandledRejection", hear);
    const lost = new Failure("closed", "the generator ended");
    const broken = Promise.reject(lost);
    broken.catch(() => undefined);
    const both = together([
      fake([], "a", { closed: broken, seconds: telling(lost) }),
      fake([], "b", { seconds: telling(lost) }),
    ]);
    await both.connect(assignment);
    const { seconds, closed: done } = both.drive(start);
    await expect(all(seconds)).rejects.toBe(lost);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
    await expect(done).rejects.toBe(lost);
  });
});

describe("inStep", () => {
  const second = (n: number, generator: string, vus = 1): Snapshot => busySecond(n, { vus, eachMs: 10, generator });
  const drain = (after: number, generator: string): Snapshot =>
    snapshotOf({ second: after, draining: true, generator, activity: { completed: 1 } });
  const order = (snapshots: readonly Snapshot[]) =>
    snapshots.map(
      ({ second: n, draining, processes }) => `${draining ? "late" : n} ${Object.keys(processes).join("")}`,
    );

  it("merges each second of all, and what ended late comes last", async () => {
    const told = await all(
      inStep([
        telling(second(0, "a", 1), second(1, "a", 1), drain(2, "a")),
        telling(second(0, "b", 2), second(1, "b", 2), drain(2, "b")),
        telling(second(0, "c", 4), second(1, "c", 4), drain(2, "c")),
      ]),
    );
    expect(order(told)).toEqual(["0 abc", "1 abc", "late abc"]);
    expect(told.map(({ workloads }) => [workloads.main?.vus, workloads.main?.completed])).toEqual([
      [7, 700],
      [7, 700],
      [0, 3],
    ]);
  });

  it("goes on with those that are longer at it", async () => {
    const told = await all(
      inStep([
        telling(second(0, "a"), drain(1, "a")),
        telling(second(0, "b"), second(1, "b"), second(2, "b"), drain(3, "b")),
      ]),
    );
    expect(order(told)).toEqual(["0 ab", "1 b", "2 b", "late ab"]);
  });

  it("passes on what one tells alone, and nothing of none", async () => {
    expect(order(await all(inStep([telling(), telling(second(0, "b"))])))).toEqual(["0 b"]);
    expect(await all(inStep([telling(), telling()]))).toEqual([]);
  });

  it("does not wait for one that is behind to tell more than is due", async () => {
    let asked = 0;
    async function* counting(): AsyncIterable<Snapshot> {
      for (let n = 0; ; n++) {
        asked++;
        yield second(n, "b");
      }
    }
    const merged = inStep([telling(second(0, "a"), second(1, "a")), counting()])[Symbol.asyncIterator]();
    await merged.next();
    expect(asked).toBe(1);
  });

  it("gives out what all had told of a second before one breaks", async () => {
    const lost = new Failure("closed", "the generator ended");
    const told: Snapshot[] = [];
    const merging = async (): Promise<void> => {
      const seconds = inStep([
        telling(second(0, "a"), second(1, "a"), lost),
        telling(second(0, "b"), second(1, "b"), second(2, "b"), drain(3, "b")),
      ]);
      for await (const one of seconds) told.push(one);
    };
    await expect(merging()).rejects.toBe(lost);
    expect(order(told)).toEqual(["0 ab", "1 ab"]);
  });
});

/** A generator on an ideal machine: each arrival begins when it is due and takes some whole milliseconds by its number. */
function ideal(load: Load): Generator {
  let share: Share = whole;
  return {
    ...fake([], "a"),
    connect: async (given) => {
      share = given.share;
      return connected;
    },
    drive: () => ({
      seconds: telling(...idealSeconds(load, share)),
      closed: Promise.resolve(closed),
      stop: async () => undefined,
    }),
  };
}

function idealSeconds(load: Load, share: Share): readonly Snapshot[] {
  const endMs = endOf(load);
  const due = dueAt(load, share);
  const arrivals: { readonly beganMs: number; readonly ms: number }[] = [];
  for (let n = 0; due(n) < Number.POSITIVE_INFINITY; n++)
    arrivals.push({ beganMs: load.startTimeMs + due(n), ms: 1 + ((n * share.of + share.index) % 40) });
  const vus = vusAt(load, share);
  const spans = Array.from(
    { length: Math.ceil(endMs / 1000) },
    (_, n) => [1000 * n, Math.min(1000 * (n + 1), endMs)] as const,
  );
  return [...spans, [endMs, endMs + 40] as const].map(([fromMs, toMs], second) => {
    const draining = second === spans.length;
    const last = draining ? Number.POSITIVE_INFINITY : toMs;
    const ended = arrivals.filter(({ beganMs, ms }) => beganMs + ms >= fromMs && beganMs + ms < last);
    const progress = Array.from({ length: Math.ceil((toMs - fromMs) / progressMs) }, () => 0);
    for (const { beganMs, ms } of ended) {
      const bin = Math.floor((beganMs + ms - fromMs) / progressMs);
      if (progress[bin] !== undefined) progress[bin]++;
    }
    return snapshotOf({
      ...{ second, fromMs, lengthMs: toMs - fromMs, draining, generator: String(share.index), progress },
      progressNs: progress.map((count) => count * 1000),
      activity: {
        ...{ vus: vus(toMs - load.startTimeMs - 1e-6), completed: ended.length },
        begun: arrivals.filter(({ beganMs }) => beganMs >= fromMs && beganMs < last).length,
        steps: { total: tallyOf(timesOf(...ended.map(({ ms }) => [1, ms] as const))) },
      },
    });
  });
}

describe("a load over several generators", () => {
  it("is told as the same seconds as by one, to the last count, whatever load it is", async () => {
    await fc.assert(
      fc.asyncProperty(loads, generators, async (load, many) => {
        const of = Math.min(many, splittable(load, 1));
        const several = together(Array.from({ length: many }, () => ideal(load)));
        await several.connect({ ...assignment, share: { index: 0, of } });
        const seconds = await all(several.drive(start).seconds);
        const expected = idealSeconds(load, whole);
        const counted = ({ processes: _, ...rest }: Snapshot) => rest;
        expect(seconds.map(counted)).toEqual(expected.map(counted));
        expect(seconds.map(({ processes }) => Object.keys(processes).length)).toEqual(expected.map(() => of));
        const [total, wholeTotal] = [totalsOf(...seconds).step("total"), totalsOf(...expected).step("total")];
        expect(total?.result()).toEqual(wholeTotal?.result());
      }),
      { numRuns: 60 },
    );
  });
});
