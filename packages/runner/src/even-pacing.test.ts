import type { Session } from "@apb/core/binding";
import type { Load } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import { drive } from "./drive.ts";
import { evenly } from "./pacer.ts";
import { split } from "./split.ts";
import { simulatedTime } from "./testing/simulated-time.ts";

const session: Session = {
  call: () => Promise.reject(new Error("not asked for")),
  stream: () => {
    throw new Error("not asked for");
  },
  wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
  [Symbol.asyncDispose]: async () => undefined,
};

/** When the iterations of an open load really begin, in a time that is never late. */
async function startsAt(perSecond: number, durationMs: number): Promise<readonly number[]> {
  const time = simulatedTime();
  const starts: number[] = [];
  const load: Load = { model: "open", perSecond, maxInFlight: 10, sessions: 1, until: { durationMs } };
  const iterate = async () => {
    starts.push(time.now());
    return () => undefined;
  };
  const work = { params: {}, load, sessionsPerUser: 1, operations: 1, bodyBytes: 0, iterate };
  const marks = { opened: () => undefined, closed: () => undefined };
  await time.run(drive({ work, sessions: [session], users: 0, warmUpMs: 0, timeoutMs: 1000, time, ...marks }));
  return starts;
}

/** The most there are in any window of this length; sorted in, and begun with each of them in turn. */
function mostWithin(windowMs: number, times: readonly number[]): number {
  let [most, end] = [0, 0];
  times.forEach((from, first) => {
    while (end < times.length && (times[end] as number) < from + windowMs) end++;
    most = Math.max(most, end - first);
  });
  return most;
}

/** How many are due before the end of so many milliseconds. */
function dueWithin(durationMs: number, perSecond: number): number {
  const due = evenly(perSecond);
  let n = 0;
  while (due(n) < durationMs) n++;
  return n;
}

describe("an open load of 500 a second for 30 s", () => {
  it("begins no more than its share in any 10 ms, and all of them", async () => {
    const starts = await startsAt(500, 30_000);
    expect(Math.abs(starts.length - 15_000)).toBeLessThanOrEqual(1);
    expect(mostWithin(10, starts)).toBeLessThanOrEqual(5 + 1);
  });

  it("would be seen to send a burst each second", () => {
    const bursts = Array.from({ length: 15_000 }, (_, n) => 1000 * Math.floor(n / 500));
    expect(mostWithin(10, bursts)).toBe(500);
  });
});

describe("the number of arrivals", () => {
  it.each([0.5, 1, 3, 7.3, 99.9, 500, 12_345.6, 50_000])("at %d a second for 30 s is right to one", (perSecond) => {
    expect(Math.abs(dueWithin(30_000, perSecond) - 30 * perSecond)).toBeLessThanOrEqual(1);
  });

  it.each([
    [0.5, 30_000],
    [7.3, 30_000],
    [500, 1234],
    [50_000, 50],
  ])("that begin at %d a second in %d ms is right to one", async (perSecond, durationMs) => {
    const starts = await startsAt(perSecond, durationMs);
    expect(Math.abs(starts.length - (perSecond * durationMs) / 1000)).toBeLessThanOrEqual(1);
  });
});

describe("generators that share a load", () => {
  it.each([
    [500, 2],
    [500, 3],
    [7.3, 4],
    [50_000, 8],
  ])("at %d a second take turns, all %d of them, at every instant", (perSecond, parts) => {
    const whole: Load = { model: "open", perSecond, maxInFlight: 1000, sessions: 80, until: { durationMs: 1 } };
    const arrivals = split(whole, parts, 1)
      .filter((one) => one.model === "open")
      .flatMap(({ perSecond: rate, offsetMs }, part) =>
        Array.from({ length: 1000 }, (_, n) => ({ part, due: evenly(rate, offsetMs)(n) })),
      )
      .sort((a, b) => a.due - b.due);
    const counts = Array.from({ length: parts }, () => 0);
    for (const { part } of arrivals) {
      counts[part] = (counts[part] ?? 0) + 1;
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    const distancesMs = arrivals.slice(1).map(({ due }, n) => due - (arrivals[n]?.due ?? 0));
    expect(Math.min(...distancesMs)).toBeCloseTo(1000 / perSecond, 6);
    expect(Math.max(...distancesMs)).toBeCloseTo(1000 / perSecond, 6);
  });
});
