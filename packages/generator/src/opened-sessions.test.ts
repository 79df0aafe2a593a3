import type { Session } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import type { Load } from "@apb/core/load";
import { describe, expect, it } from "vitest";
import { OpenedSessions } from "./opened-sessions.ts";
import { driven, type Run, taking } from "./testing/simulated-drive.ts";
import type { SimulatedTime } from "./testing/simulated-time.ts";

const { signal } = new AbortController();

/** A server whose sessions carry 100 bytes to it and 10 from it, and how many it has. */
function counting() {
  const server = { has: 0, had: 0, closings: 0 };
  const connect = async (): Promise<Session> => {
    server.has++;
    server.had++;
    return {
      call: async () => ({ kind: "message", body: "pong" }),
      stream: () => {
        throw new Error("not asked for");
      },
      wire: { sentBytes: 100, receivedBytes: 10, connections: 2 },
      async [Symbol.asyncDispose]() {
        server.has--;
        server.closings++;
      },
    };
  };
  return { server, connect };
}

describe("opened sessions", () => {
  it("are counted while they are open, and closed once", async () => {
    const { server, connect } = counting();
    const opened = new OpenedSessions(connect, 2);
    const first = await opened.open(signal);
    await opened.open(signal);
    expect(opened.left).toBe(2);
    await Promise.all([first[Symbol.asyncDispose](), first[Symbol.asyncDispose]()]);
    expect({ left: opened.left, ...server }).toEqual({ left: 1, has: 1, had: 2, closings: 1 });
  });

  it("keep what they have carried when they are closed, and what was opened again", async () => {
    const opened = new OpenedSessions(counting().connect, 2);
    const first = await opened.open(signal);
    await opened.open(signal);
    const before = opened.bytes();
    await first[Symbol.asyncDispose]();
    expect(before).toEqual({ sent: 200, received: 20, reconnects: 2 });
    expect(opened.bytes()).toEqual(before);
  });

  it("are no more at a time than there may be, those that are being opened among them", async () => {
    const opened = new OpenedSessions(counting().connect, 2);
    const opening = [opened.open(signal), opened.open(signal)];
    await expect(opened.open(signal)).rejects.toThrow(
      "[usage] expected at most 2 sessions opened by iterations at a time, as the workload's `opens` says; close some",
    );
    const [first] = await Promise.all(opening);
    await first?.[Symbol.asyncDispose]();
    await opened.open(signal);
    expect(opened.left).toBe(2);
  });

  it("leave the place of one that could not be opened to the next", async () => {
    const { connect } = counting();
    let refuses = true;
    const opened = new OpenedSessions(
      () => (refuses ? Promise.reject(new Failure("refused", "not now")) : connect()),
      1,
    );
    await expect(opened.open(signal)).rejects.toThrow("[refused] not now");
    refuses = false;
    await opened.open(signal);
    expect(opened.left).toBe(1);
  });

  it("are all closed in the end, even where a farewell fails", async () => {
    const { server, connect } = counting();
    const opened = new OpenedSessions(async () => {
      const session = await connect();
      const close = async (): Promise<void> => {
        await session[Symbol.asyncDispose]();
        throw new Failure("closed", "gone already");
      };
      return server.had === 50 ? { ...session, [Symbol.asyncDispose]: close } : session;
    }, 100);
    for (let n = 0; n < 100; n++) await opened.open(signal);
    await opened.closeAll();
    expect({ left: opened.left, ...server }).toEqual({ left: 0, has: 0, had: 100, closings: 100 });
  });
});

const load: Load = {
  ...{ executor: "constant-arrival-rate", perSecond: 10, durationMs: 1000, maxInFlight: 100 },
  ...{ startTimeMs: 0, gracefulStopMs: 1000, sessions: 2 },
};

/** Sessions whose opening takes 5 ms, of which an iteration opens one, calls on it for 3 ms, and closes it within 2 ms or not. */
function churning(closes: boolean, most: number) {
  const { server, connect } = counting();
  let time: SimulatedTime | null = null;
  const opened = new OpenedSessions(async () => {
    await time?.sleep(5);
    return connect();
  }, most);
  const run: Run = async (iteration) => {
    const { io } = iteration;
    time = iteration.time;
    const session = await io.open("open");
    await io.step("first_call", async (ending) => {
      await session.call({ kind: "send", agent: "echo", body: "ping" }, ending);
      await iteration.time.sleep(3);
    });
    if (closes)
      await io.step("close", async () => {
        await iteration.time.sleep(2);
        await session[Symbol.asyncDispose]();
      });
    return () => undefined;
  };
  return { server, opened, churn: { name: "churn", load, run, opened } };
}

describe("iterations that open sessions", () => {
  it("are timed step by step, and counted with what they call and fail by", async () => {
    const { server, churn } = churning(true, 2);
    const { totals, drove } = await driven({ workloads: [churn], warmUpMs: 500 });
    expect(totals.stepNames().toSorted()).toEqual(["close", "first_call", "open", "total", "wait"]);
    for (const [step, ms] of [
      ["open", 5],
      ["first_call", 3],
      ["close", 2],
      ["total", 10],
    ] as const) {
      expect(totals.step(step)?.result(), step).toMatchObject({ count: 10, responseMs: { min: ms, max: ms } });
    }
    // Five of the warm-up, one call each, with four bytes there and four back.
    expect(drove).toMatchObject({ iterations: 15, operations: 15, agentCalls: 15, bodyBytes: 15 * 8, failed: 0 });
    expect(server).toEqual({ has: 0, had: 15, closings: 15 });
  });

  it("leave open what they do not close, but nothing of the warm-up", async () => {
    const { server, opened, churn } = churning(false, 20);
    await driven({ workloads: [churn], warmUpMs: 500 });
    expect(opened.left).toBe(10);
    expect(server).toEqual({ has: 10, had: 15, closings: 5 });
    await opened.closeAll();
    expect(server.has).toBe(0);
  });

  it("fail where there would be more than there may be, as a step and as a whole", async () => {
    const { churn } = churning(false, 7);
    const { totals } = await driven({ workloads: [churn] });
    expect(totals.step("open")?.counts()).toEqual({ count: 7, failures: { usage: 3 } });
    expect(totals.step("total")?.counts()).toEqual({ count: 7, failures: { usage: 3 } });
  });

  it("fail where their workload does not say that they open any", async () => {
    const run: Run = async ({ io }) => {
      await io.open("open");
      return () => undefined;
    };
    const { totals } = await driven({ workloads: [{ name: "churn", load, run }] });
    expect(totals.step("total")?.result().said?.usage?.sentence).toBe(
      "expected io.open in an iteration alone, of a workload that says how many sessions these may have open: give it `opens`",
    );
  });

  it("take nothing from the time that Little's law finds of others who call meanwhile", async () => {
    const { churn } = churning(true, 2);
    const calling: Load = {
      executor: "constant-vus",
      vus: 3,
      durationMs: 1000,
      startTimeMs: 0,
      gracefulStopMs: 0,
      sessions: 3,
    };
    const inUse = { name: "in use", load: calling, run: taking(4), think: { constantMs: 6 } };
    const { totals } = await driven({ workloads: [churn, inUse] });
    const { vuNs, edgeNs, thinkNs } = totals.counts("in use");
    const busyMs = (totals.step("total", "in use")?.service.sumMs ?? 0) + (edgeNs + thinkNs) / 1e6;
    expect(vuNs / 1e6).toBe(3000);
    expect(busyMs).toBeCloseTo(3000, 6);
    expect(totals.step("total", "in use")?.result()).toMatchObject({ count: 300, responseMs: { min: 4, max: 4 } });
    expect(totals.counts("churn")).toMatchObject({ vuNs: 0, completed: 10 });
  });
});
