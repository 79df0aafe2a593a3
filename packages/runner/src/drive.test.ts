import type { Session } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import type { Case, Load, Step, User } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import { type DriveReport, drive } from "./drive.ts";
import { type SimulatedTime, simulatedTime } from "./testing/simulated-time.ts";

const session: Session = {
  call: () => Promise.reject(new Error("not asked for")),
  stream: () => {
    throw new Error("not asked for");
  },
  wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
  [Symbol.asyncDispose]: async () => undefined,
};

const closed = (users: number, durationMs: number, iterations?: number): Load => ({
  model: "closed",
  users,
  sessions: users,
  until: { durationMs, ...(iterations === undefined ? {} : { iterations }) },
});

const open = (perSecond: number, durationMs: number, maxInFlight = 1000): Load => ({
  model: "open",
  perSecond,
  maxInFlight,
  sessions: 1,
  until: { durationMs },
});

interface Setting {
  readonly load: Load;
  readonly sessions?: number;
  readonly warmUpMs?: number;
  readonly timeoutMs?: number;
  readonly iterate: (time: SimulatedTime, user: User, step: Step) => Promise<() => void>;
}

async function driven(setting: Setting): Promise<DriveReport & { marks: number[] }> {
  const time = simulatedTime();
  const work: Case = {
    params: {},
    load: setting.load,
    sessionsPerUser: 1,
    operations: 1,
    bodyBytes: 0,
    iterate: (user, step) => setting.iterate(time, user, step),
  };
  const marks: number[] = [];
  const report = await time.run(
    drive({
      work,
      sessions: Array.from({ length: setting.sessions ?? 1 }, () => session),
      users: setting.load.model === "closed" ? setting.load.users : 0,
      warmUpMs: setting.warmUpMs ?? 0,
      timeoutMs: setting.timeoutMs ?? 1000,
      time,
      opened: () => marks.push(time.now()),
      closed: () => marks.push(time.now()),
    }),
  );
  return { ...report, marks };
}

/** An iteration of one step that takes exactly this long and gives up when its signal aborts. */
const taking =
  (ms: number): Setting["iterate"] =>
  async (time, _user, step) => {
    await step("send", async (signal) => {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
      await Promise.race([time.sleep(ms), aborted]);
    });
    return () => undefined;
  };

/** An iteration of 1 ms by a server that stands still between two times. */
const stallingAt =
  (from: number, until: number): Setting["iterate"] =>
  (time, user, step) => {
    const stalled = time.now() >= from && time.now() < until ? until - time.now() : 0;
    return taking(stalled + 1)(time, user, step);
  };

describe("a closed load", () => {
  it("keeps each user busy: users × window / latency iterations", async () => {
    const report = await driven({ load: closed(3, 1005), iterate: taking(10) });
    expect(report.completed).toBe(300);
    expect(report.windowMs).toBe(1005);
    expect(report.steps.total?.count).toBe(303);
    expect(report.steps.total?.responseMs).toMatchObject({ min: 10, mean: 10, p50: 10, p99: 10, max: 10 });
    expect(report.steps.send?.count).toBe(303);
    expect(report.lateStartP99Ms).toBe(0);
  });

  it("throws the warm-up away but counts its iterations for bytes on the wire", async () => {
    const report = await driven({ load: closed(1, 100), warmUpMs: 50, iterate: taking(10) });
    expect(report.steps.total?.count).toBe(10);
    expect(report.iterations).toBe(15);
    expect(report.marks).toEqual([50, 150]);
  });

  it("keeps a sample that ends after the window, outside of the throughput", async () => {
    const report = await driven({ load: closed(1, 25), iterate: taking(10) });
    expect(report.completed).toBe(2);
    expect(report.steps.total?.count).toBe(3);
  });

  it("ends after its iterations if they come first", async () => {
    const report = await driven({ load: closed(2, 60_000, 7), iterate: taking(10) });
    expect(report.steps.total?.count).toBe(7);
    expect(report.completed).toBe(7);
    expect(report.windowMs).toBe(40);
  });

  it("counts failures by kind, apart from latencies", async () => {
    let n = 0;
    const report = await driven({
      load: closed(1, 1000),
      iterate: async (time, user, step) => {
        if (++n % 2 === 0) throw new Failure("rejected", "every second one");
        return taking(10)(time, user, step);
      },
    });
    expect(report.steps.total?.count).toBe(100);
    expect(report.steps.total?.failures).toEqual({ rejected: 99 });
    expect(report.steps.total?.responseMs?.max).toBe(10);
  });

  it("lets a user rest that fails again and again", async () => {
    const report = await driven({
      load: closed(1, 1000),
      iterate: () => Promise.reject(new Failure("refused", "nobody there")),
    });
    expect(report.steps.total?.failures).toEqual({ refused: 101 });
  });

  it("counts a wrong reply as a failure of kind mismatch", async () => {
    const report = await driven({
      load: closed(1, 100),
      iterate: async (time, user, step) => {
        await taking(10)(time, user, step);
        return () => {
          throw new Failure("mismatch", "wrong");
        };
      },
    });
    expect(report.completed).toBe(0);
    expect(report.steps.total?.count).toBe(0);
    expect(report.steps.total?.failures).toEqual({ mismatch: 6 });
    expect(report.steps.total?.failedMs?.max).toBe(10);
  });

  it("does not show a stall of the server in its percentiles, and keeps how long it was silent", async () => {
    const report = await driven({
      load: closed(2, 3000),
      warmUpMs: 5,
      timeoutMs: 60_000,
      iterate: stallingAt(1000, 2000),
    });
    expect(report.steps.total?.responseMs).toMatchObject({ p99: 1 });
    expect(report.silence).toEqual({ fromMs: 995, untilMs: 1996 });
  });

  it("counts the silence to the window's end", async () => {
    const report = await driven({ load: closed(1, 3000), timeoutMs: 60_000, iterate: stallingAt(1000, 5000) });
    expect(report.silence).toEqual({ fromMs: 1000, untilMs: 3000 });
  });

  it("ends an iteration that takes too long with kind timeout", async () => {
    const report = await driven({ load: closed(1, 400), timeoutMs: 100, iterate: taking(10_000) });
    expect(report.steps.total?.count).toBe(0);
    expect(Object.keys(report.steps.total?.failures ?? {})).toEqual(["timeout"]);
    expect(report.steps.total?.failedMs?.max).toBeLessThanOrEqual(120);
  });
});

describe("an open load", () => {
  it("keeps its schedule while there are free connections", async () => {
    const starts: number[] = [];
    const report = await driven({
      load: open(100, 1000),
      sessions: 4,
      iterate: async (time, user, step) => {
        starts.push(time.now());
        return taking(15)(time, user, step);
      },
    });
    expect(starts.slice(0, 4)).toEqual([0, 10, 20, 30]);
    expect(report.steps.total?.count).toBe(100);
    expect(report.steps.total?.responseMs).toMatchObject({ min: 15, max: 15 });
  });

  it("times a waiting arrival from its intended start: one connection, twice the load it can carry", async () => {
    const report = await driven({ load: open(100, 100), iterate: taking(20) });
    // Arrival n is due at 10n and begins at 20n: it waits 10n and takes 20.
    expect(report.steps.total?.count).toBe(10);
    expect(report.steps.total?.serviceMs).toMatchObject({ min: 20, max: 20 });
    expect(report.steps.total?.responseMs).toMatchObject({ min: 20, mean: 65, max: 110 });
  });

  it("drops and counts what is beyond maxInFlight", async () => {
    const report = await driven({ load: open(100, 100, 3), iterate: taking(1000), timeoutMs: 10_000 });
    expect(report.dropped).toBe(7);
    expect(report.steps.total?.count).toBe(3);
  });

  it("fails what could not be sent within the time-out after the window", async () => {
    const report = await driven({ load: open(100, 100), iterate: taking(60), timeoutMs: 200 });
    const { count = 0, failures = {} } = report.steps.total ?? {};
    expect(count + (failures.timeout ?? 0)).toBe(10);
    expect(failures.timeout).toBeGreaterThan(0);
  });

  it("shows a stall of the server in the response time and not in the service time", async () => {
    // 10/s for 30 s; the server is stopped from second 10 to second 20.
    const report = await driven({ load: open(10, 30_000), timeoutMs: 60_000, iterate: stallingAt(10_000, 20_000) });
    const { responseMs, serviceMs } = report.steps.total ?? {};
    // A third of the arrivals wait 5 s on average.
    expect(responseMs?.mean).toBeGreaterThan(1600);
    expect(responseMs?.mean).toBeLessThan(1720);
    expect(responseMs?.p99).toBeGreaterThan(9500);
    expect(serviceMs?.p99).toBeLessThan(2);
  });

  it("ends after its iterations if they come first", async () => {
    const load: Load = { ...open(100, 60_000), until: { durationMs: 60_000, iterations: 5 } };
    const report = await driven({ load, iterate: taking(1) });
    expect(report.completed).toBe(5);
    expect(report.windowMs).toBeLessThan(200);
  });

  it("works at rates below one a second", async () => {
    const report = await driven({ load: open(0.5, 10_000), iterate: taking(1) });
    expect(report.steps.total?.count).toBe(5);
  });
});
