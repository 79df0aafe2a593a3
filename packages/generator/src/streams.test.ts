import type { Reply } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { type GoodputLimit, parseGoodput } from "@apb/core/goodput";
import type { Load } from "@apb/core/load";
import type { Io } from "@apb/core/scenario";
import { expect, it } from "vitest";
import { driven, type Run } from "./testing/simulated-drive.ts";
import type { SimulatedTime } from "./testing/simulated-time.ts";

/** What a stream brings: an event at each of these times after its start, as its socket read them, and its end or a failure. */
interface Script {
  readonly eventsMs: readonly number[];
  readonly endMs: number;
  readonly failure?: Failure;
  /** Whether times are told, as bindings do. */
  readonly stamped?: boolean;
}

async function* replies(time: SimulatedTime, { eventsMs, endMs, failure, stamped = true }: Script) {
  const from = time.now();
  const until = async (ms: number): Promise<void> => {
    if (from + ms > time.now()) await time.until(from + ms);
  };
  for (const [n, ms] of eventsMs.entries()) {
    await until(ms);
    const reply: Reply = { kind: "message", body: `token-${n}` };
    yield stamped ? { ...reply, atMs: from + ms } : reply;
  }
  await until(endMs);
  if (failure !== undefined) throw failure;
  return stamped ? { atMs: from + endMs, silent: 2 } : undefined;
}

/** An iteration that reads this stream to its end, and does this behind each event. */
function reading(script: Script, behind: (io: Io, n: number) => Promise<void> | void = () => undefined): Run {
  return async ({ time, io }) => {
    let n = 0;
    for await (const _ of io.stream("stream", () => replies(time, script), 20)) await behind(io, n++);
    return () => undefined;
  };
}

const closed = (vus: number, iterations: number): Load => ({
  ...{ executor: "per-vu-iterations", vus, iterations, maxDurationMs: 10_000 },
  ...{ startTimeMs: 0, gracefulStopMs: 30_000, sessions: vus },
});
const once = closed(1, 1);
const paced: Script = { eventsMs: [50, 70, 90, 90, 290], endMs: 300 };

async function streamsOf(load: Load, run: Run, goodput?: readonly GoodputLimit[]) {
  const { totals, drove } = await driven({
    ...{ workloads: [{ load, run }], timeoutMs: 2000 },
    ...(goodput === undefined ? {} : { goodput }),
  });
  const step = totals.step("stream");
  return { totals, drove, step, streams: step?.streams?.result() ?? null };
}

it("times a stream by its events' arrival: to the first, between them, to the end", async () => {
  const { streams, step } = await streamsOf(once, reading(paced));
  expect(streams).toMatchObject({
    firstEventMs: { min: 50, max: 50 },
    secondEventMs: { min: 20, max: 20 },
    eventGapMs: { min: 0, mean: 60, max: 200 },
    meanGapMs: { min: 60, max: 60 },
    durationMs: { min: 300, max: 300 },
    endLagMs: { min: 10, max: 10 },
    ...{ ended: 1, events: 5, gaps: 4, coalesced: 1, stalls: 1, silent: 2 },
  });
  expect(step?.result()).toMatchObject({ count: 1, failures: {}, responseMs: { max: 300 } });
});

it("has the same times, however late they are read", async () => {
  const slow = await streamsOf(
    once,
    reading(paced, (io) => io.think(100)),
  );
  expect(slow.streams).toEqual((await streamsOf(once, reading(paced))).streams);
  expect(slow.step?.result()).toMatchObject({ responseMs: { max: 550 } });
});

it("takes the time at which it reads where a binding does not tell another", async () => {
  const { streams } = await streamsOf(
    once,
    reading({ ...paced, stamped: false }, (io) => io.think(100)),
  );
  expect(streams).toMatchObject({ firstEventMs: { max: 50 }, eventGapMs: { min: 100, mean: 100 } });
});

it("times the first stream of an iteration from when that was due", async () => {
  const open: Load = {
    ...{ executor: "constant-arrival-rate", perSecond: 10, durationMs: 200, maxInFlight: 10 },
    ...{ startTimeMs: 0, gracefulStopMs: 30_000, sessions: 1 },
  };
  const { streams, totals } = await streamsOf(open, reading({ eventsMs: [50, 200], endMs: 200 }));
  // The second arrival was due at 100 ms and waited for the connection until 200 ms.
  expect(streams).toMatchObject({ firstEventMs: { min: 50, max: 150 }, durationMs: { min: 200, max: 300 } });
  expect(totals.step("wait")?.result()).toMatchObject({ responseMs: { max: 100 } });
});

it("keeps a failed stream out of all times, and counts its events", async () => {
  const failure = new Failure("closed", "the server has gone");
  const { streams, step, drove } = await streamsOf(once, reading({ ...paced, failure }));
  expect(step?.counts()).toEqual({ count: 0, failures: { closed: 1 } });
  expect(streams).toMatchObject({ firstEventMs: null, eventGapMs: null, durationMs: null, events: 5, stalls: 0 });
  expect(drove.failed).toBe(1);
});

it("counts a stream that cannot be opened as one that failed", async () => {
  const { step } = await streamsOf(once, async ({ io }) => {
    const refused = (): never => {
      throw new Failure("unsupported", "no streams here");
    };
    for await (const _ of io.stream("stream", refused));
    return () => undefined;
  });
  expect(step?.counts()).toEqual({ count: 0, failures: { unsupported: 1 } });
});

it("has no end of a stream that its reader leaves", async () => {
  const { streams, step } = await streamsOf(once, async ({ time, io }) => {
    for await (const _ of io.stream("stream", () => replies(time, paced))) if (time.now() >= 70) break;
    return () => undefined;
  });
  expect(step?.counts()).toEqual({ count: 1, failures: {} });
  expect(streams).toMatchObject({
    firstEventMs: { max: 50 },
    eventGapMs: { max: 20 },
    durationMs: null,
    endLagMs: null,
  });
});

it("ends a pause of its reader, which is no part of the time-out, when the load has ended", async () => {
  const { totals, drove } = await streamsOf(
    once,
    reading(paced, (io) => io.think(100_000)),
  );
  expect(totals.step("total")).toBeNull();
  expect(totals.counts().interrupted).toBe(1);
  expect(drove.failed).toBe(1);
});

it("counts iterations as good whose streams keep all limits", async () => {
  const turns: Run[] = [
    reading({ eventsMs: [10, 20], endMs: 20 }),
    reading({ eventsMs: [30, 40], endMs: 40 }),
    reading({ eventsMs: [10], endMs: 10, failure: new Failure("agent", "it could not") }),
    async () => () => undefined,
    async (iteration) => {
      await reading({ eventsMs: [10, 20], endMs: 20 })(iteration);
      return () => {
        throw new Failure("mismatch", "something else");
      };
    },
    // Of two streams both must be good.
    async (iteration) => {
      await reading({ eventsMs: [30], endMs: 40 })(iteration);
      return reading({ eventsMs: [10], endMs: 10 })(iteration);
    },
  ];
  let n = 0;
  const run: Run = (iteration) => (turns[n++] as Run)(iteration);
  const { totals } = await streamsOf(closed(1, turns.length), run, parseGoodput("ttft:20,tpot:10"));
  expect(totals.counts().goodput).toEqual({ of: 3, good: 1, inWindow: 1 });
  expect(totals.step("total")?.counts()).toEqual({ count: 4, failures: { agent: 1, mismatch: 1 } });
  const unasked = await streamsOf(once, reading(paced));
  expect(unasked.totals.counts().goodput).toBeUndefined();
});

it("counts events in the second in which they come", async () => {
  const eventsMs = [500, 1500, 1600, 2100];
  const { seconds, snapshots } = await driven({
    workloads: [
      {
        name: "w",
        load: { ...once, executor: "constant-vus", vus: 1, durationMs: 2000 },
        run: reading({ eventsMs, endMs: 2200 }),
      },
    ],
    timeoutMs: 5000,
  });
  expect(seconds.map(({ workloads }) => workloads.w?.steps.stream?.streams?.events)).toEqual([1, 2]);
  expect(snapshots.at(-1)?.workloads.w?.steps.stream?.streams).toMatchObject({ events: 1, firstEvent: { count: 1 } });
});
