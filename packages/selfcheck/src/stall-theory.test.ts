import { describe, expect, it } from "vitest";
import { expectationOf, type Stall } from "./stall-theory.ts";

const stall: Stall = {
  ...{ perSecond: 200, windowMs: 30_000, stallMs: 10_000, capacityPerSecond: 2200, connections: 10 },
  calm: { responseMs: 2, serviceMs: 1 },
};

/** The same by playing it through: each connection carries one request, the server answers one after the other. */
function played({ perSecond, windowMs, stallMs, capacityPerSecond, connections }: Stall) {
  const [from, until] = [windowMs / 3, windowMs / 3 + stallMs];
  const eachMs = 1000 / capacityPerSecond;
  const arrivals = (perSecond * windowMs) / 1000;
  const ended: number[] = [];
  const [response, service]: [number[], number[]] = [[], []];
  for (let n = 0; n < arrivals; n++) {
    const due = (n * 1000) / perSecond;
    const sent = Math.max(due, ended[n - connections] ?? 0);
    const begun = Math.max(sent, ended[n - 1] ?? 0);
    const end = (begun >= from && begun < until ? until : begun) + eachMs;
    ended.push(end);
    response.push(end - due);
    service.push(end - sent);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const p99 = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[0.99 * arrivals] as number;
  return {
    responseMeanMs: mean(response),
    responseP99Ms: p99(response),
    serviceMeanMs: mean(service),
    p99Of: p99(service),
  };
}

describe("an open load over a stall", () => {
  it("is expected to see all of it in the response time, and a connection's share in the service time", () => {
    expect(expectationOf(stall)).toEqual({
      arrivals: 6000,
      drainMs: 1000,
      responseMeanMs: 2 + (10 * 11_000) / 60,
      responseP99Ms: 2 + 10_000 * (1 - 300 / 11_000),
      serviceMeanMs: (10 * (11_000 - 25) + 200 * 19 * 1) / 6000,
      serviceP99BelowMs: 100,
    });
  });

  it("is expected to have no 99th percentile but its own when the stall is over before it counts", () => {
    const { responseP99Ms } = expectationOf({ ...stall, stallMs: 200 });
    expect(responseP99Ms).toBe(2);
  });

  it("cannot be foretold for a server that never catches up", () => {
    expect(() => expectationOf({ ...stall, capacityPerSecond: 200 })).toThrow(/more than the 200 .* answers 200/);
  });

  it.each<Partial<Stall>>([
    {},
    { capacityPerSecond: 33_000 },
    { capacityPerSecond: 500 },
    { connections: 1 },
    { perSecond: 400, windowMs: 3000, stallMs: 1000 },
    { perSecond: 1000, stallMs: 3000, connections: 50 },
    { stallMs: 600 },
  ])("is what comes out when it is played through: %j", (change) => {
    const what = { ...stall, ...change };
    const eachMs = 1000 / what.capacityPerSecond;
    const expectation = expectationOf({ ...what, calm: { responseMs: eachMs, serviceMs: eachMs } });
    const { p99Of, ...outcome } = played(what);
    for (const [name, value] of Object.entries(outcome))
      expect(Math.abs(expectation[name as keyof typeof outcome] / value - 1), name).toBeLessThan(0.02);
    expect(p99Of).toBeLessThan(expectation.serviceP99BelowMs);
  });
});
