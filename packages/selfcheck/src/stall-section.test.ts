import type { Finding } from "@apb/core/cell";
import { StepTotals } from "@apb/core/totals";
import { noValue } from "@apb/report/format";
import { describe, expect, it } from "vitest";
import { agrees, closedStallSection, openStallSection, stallLines } from "./stall-section.ts";
import { expectationOf, type Stall } from "./stall-theory.ts";

const stall: Stall = {
  ...{ perSecond: 100, windowMs: 3000, stallMs: 1000, capacityPerSecond: 1100, connections: 1 },
  calm: { responseMs: 1, serviceMs: 1 },
};
const expectation = expectationOf(stall);

/** As many requests as there should be, of which one was sent before the stall and as many as this have waited for its end. */
function measured(waited: number): ReturnType<typeof stallLines> {
  const total = new StepTotals();
  for (let n = 0; n < 300; n++) {
    const waitedMs = n < waited ? 1000 * (1 - n / waited) : 0;
    const servedMs = n === 0 ? 986 : 1;
    total.response.record(waitedMs + servedMs);
    total.service.record(servedMs);
  }
  return stallLines(expectation, total);
}

describe("an open load", () => {
  it("that has seen the stall agrees with the theory in every line", () => {
    expect(measured(110).map(agrees)).toEqual([true, true, true, true, true]);
  });

  it("that left it out does not", () => {
    expect(measured(0).map(agrees)).toEqual([true, false, false, true, true]);
  });

  it("without a success agrees in nothing", () => {
    expect(stallLines(expectation, new StepTotals()).some(agrees)).toBe(false);
  });

  it("is shown line by line, with a ratio to each value and none to a limit", () => {
    const { groups, caption, remarks } = openStallSection(stall, expectation, measured(0), 0.25);
    expect(groups[0]?.[0]).toEqual(["requests", "300", "300", "1.00", "yes"]);
    expect(groups[0]?.[2]).toEqual(["response time, p99, ms", "974", "1.00", "0.001", "NO"]);
    expect(groups[0]?.[4]).toEqual(["service time, p99, ms", "<10.0", "1.00", noValue, "yes"]);
    expect(caption).toContain("100 arrivals a second on 1 connections for 3 s; the server is stopped for 1 s");
    expect(remarks.at(-1)).toContain("0.250 ms after they were due");
  });
});

it("shows a closed load's percentiles with its verdict, and the verdict's reason", () => {
  const { response } = new StepTotals();
  for (let n = 0; n < 2000; n++) response.record(n === 0 ? 1000 : 1);
  const load = { windowMs: 4000, iterationsPerSecond: 500, responseMs: response.latency() };
  const finding: Finding = { kind: "stalled", message: "nothing came back", hint: "use --rate" };
  const { groups, remarks } = closedStallSection(1, 1000, [
    { what: "closed, calm", ...load, verdict: { kind: "valid", findings: [] } },
    { what: "closed, stopped", ...load, verdict: { kind: "stalled", findings: [finding] } },
  ]);
  expect(groups[0]?.[0]).toEqual(["closed, calm", "4 s", "500", "1.50", "1.00", "1.00", "1.00", "1,000", "valid"]);
  expect(groups[0]?.[1]?.at(-1)).toBe("stalled");
  expect(remarks.at(-1)).toBe("closed, stopped, stalled: nothing came back; use --rate.");
});
