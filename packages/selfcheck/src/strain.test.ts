import { messageSize } from "@apb/benchmarks/message-size";
import { Failure } from "@apb/core/failure";
import { findPoint } from "@apb/core/points";
import { noActivity, noTally, type Snapshot, type Tally } from "@apb/core/snapshot";
import { StepTotals, tallyOf } from "@apb/core/totals";
import type { Assignment, Closed, Start } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import type { Generator } from "@apb/runner/generator";
import { describe, expect, it } from "vitest";
import { generatorCpuMs, type Strain, strain } from "./strain.ts";

const what: Strain = {
  ...{ server: { urls: { "a/b": "http://localhost:9" } }, binding: "a/b", client: "wire" },
  ...{ warmUpMs: 500, windowMs: 2000, perSecond: null },
};
const connected: Connected = { asked: 10, held: 10, failures: {}, firstFailure: null, step: noTally, pids: [] };
const closed: Closed = {
  ...{ windowMs: 2000, iterations: 4, operations: 4, agentCalls: 4, bodyBytes: 0, failed: 0 },
  ...{ sentBytes: 0, receivedBytes: 0, reconnects: 0, sessionsLeft: 0, rssPeakBytes: 7 },
};

/** A second in which this many iterations of 1 ms succeeded. */
function second(n: number, times: number, rest: Partial<Tally> = {}): Snapshot {
  const total = new StepTotals();
  for (let done = 0; done < times; done++) total.response.record(1);
  const steps = { total: { ...tallyOf(total), ...rest } };
  return {
    ...{ second: n, fromMs: 1000 * n, toMs: 1000 * (n + 1), draining: false },
    processes: { 0: { cpuNs: 3e6, busyNs: 0, elapsedNs: 0, rssBytes: 0 } },
    ...{ late: noTally.response, progress: [times], progressNs: [1e6 * times] },
    workloads: { default: { ...noActivity, completed: times, steps } },
  };
}

interface Script {
  readonly connected?: Connected;
  readonly seconds?: readonly Snapshot[];
  readonly broken?: Failure;
  readonly closed?: Closed;
}

/** A generator that does as it is told here, and what was asked of it. */
function scripted(script: Script) {
  const asked: { assignment?: Assignment; start?: Start; calls: string[] } = { calls: [] };
  async function* seconds(): AsyncIterable<Snapshot> {
    yield* script.seconds ?? [second(0, 3), second(1, 1)];
    if (script.broken !== undefined) throw script.broken;
  }
  const generator: Generator = {
    rehearse: async () => undefined,
    verify: async () => [],
    async connect(assignment) {
      asked.assignment = assignment;
      asked.calls.push("connect");
      return script.connected ?? connected;
    },
    setup: async () => ({}),
    begin: async () => ({ asked: 0, begun: 0, firstFailure: null }),
    teardown: async () => undefined,
    drive(start) {
      asked.start = start;
      asked.calls.push("drive");
      return { seconds: seconds(), closed: Promise.resolve(script.closed ?? closed), stop: async () => undefined };
    },
    async disconnect() {
      asked.calls.push("disconnect");
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { generator, asked };
}

describe("a strain", () => {
  it("is the sum of its seconds, in a window that is known before it begins", async () => {
    const { generator, asked } = scripted({});
    const strained = await strain(generator, what, () => asked.calls.push("opening"));
    expect(asked.calls).toEqual(["connect", "opening", "drive", "disconnect"]);
    expect(strained.fromMs).toBe((asked.start?.startAtMs ?? 0) + 500);
    expect(strained.untilMs).toBe(strained.fromMs + 2000);
    expect(strained.total.response.count).toBe(4);
    expect(strained.totals.counts().completed).toBe(4);
    expect(generatorCpuMs(strained)).toBe(6);
  });

  it.each([
    ["as many as there can be", null, "10 VUs"],
    ["a rate", 0.5, "0.5/s on 10 connections"],
  ])("is a point that a generator finds, at %s", async (_, perSecond, load) => {
    const { generator, asked } = scripted({});
    await strain(generator, { ...what, perSecond });
    expect(asked.assignment?.load).toBe(load);
    expect(findPoint(messageSize, asked.assignment as Assignment)).toBeDefined();
  });

  const lost = { ...connected, held: 9, firstFailure: "no route" };
  it.each<[string, Script, string]>([
    ["a connection that is not opened", { connected: lost }, "[refused] no route"],
    [
      "a client that does not exist",
      { connected: { ...lost, failures: { unsupported: 1 } } },
      "[unsupported] no route",
    ],
    [
      "a request that failed",
      { closed: { ...closed, failed: 1 }, seconds: [second(0, 3, { failures: { timeout: 1 } })] },
      "[rejected] 1 of 4 iterations failed: timeout",
    ],
    ["a window without a success", { seconds: [second(0, 0)] }, "[rejected] 0 of 4 iterations failed: none ended"],
    ["a generator that dies", { broken: new Failure("closed", "it has ended") }, "[closed] it has ended"],
  ])("is worth nothing with %s, and leaves no connection", async (_, script, message) => {
    const { generator, asked } = scripted(script);
    await expect(strain(generator, what)).rejects.toThrow(message);
    expect(asked.calls.at(-1)).toBe("disconnect");
  });
});
