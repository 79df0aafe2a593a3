import type { AB, ABCell, ABSide } from "@apb/core/ab";
import { expect, it } from "vitest";
import { abMetrics } from "./ab.ts";
import { selfTestOf, selfTestText, type Trial } from "./selftest.ts";
import { sampleAB } from "./testing/sample-ab.ts";
import { sampleCell } from "./testing/sample-run.ts";

/** An A/B of so many restarts whose sides take these factors of CPU per call, and differ by a little from one to the next. */
function trial(kind: Trial["kind"], factors: Readonly<Record<ABSide, number>>, restarts = 10): Trial {
  const cells: ABCell[] = Array.from({ length: restarts }, (_, n) => n + 1).flatMap((round) =>
    (["a", "b", "control"] as const).map((side, place) => {
      const cell = sampleCell({ round });
      const cpuMsPerOperation = 0.1 * factors[side] * (1 + 0.001 * ((round * (place + 2)) % 7));
      return { ...cell, server: cell.server === null ? null : { ...cell.server, cpuMsPerOperation }, side };
    }),
  );
  const spent = { "one/rest": { restarts, ms: 8000 * restarts, from: 1 } };
  const info = { ...sampleAB([]).info, control: true, spent };
  const ab: AB = { info: { ...info, metrics: abMetrics(cells, info) }, cells, notes: [] };
  return { kind, binding: "one/rest", ab };
}

const even = { a: 1, b: 1, control: 1 };

it("counts false alarms of equal servers, the controls of slower ones among them", () => {
  const test = selfTestOf([
    trial("equal", even),
    trial("equal", { ...even, b: 1.2 }),
    trial("slower", { ...even, b: 1.05 }),
  ]);
  expect(test.falseAlarms).toMatchObject({ of: 3, count: 1 });
  expect(test.byMetric.cpuMsPerOperation).toMatchObject({ of: 3, count: 1 });
  expect(test.byMetric.operationsPerSecond).toMatchObject({ of: 3, count: 0 });
});

it("counts slower servers that were found, and by how many restarts they would have been", () => {
  const test = selfTestOf([trial("slower", { ...even, b: 1.05 }), trial("slower", even)]);
  expect(test.found).toMatchObject({ of: 2, count: 1 });
  expect(test.slowdownSeen).toBeCloseTo(0.025, 2);
  // By six nothing can be shown, whatever it is.
  expect(test.power.map(({ restarts, seconds, found }) => [restarts, seconds, found.count])).toEqual([
    [6, 48, 0],
    [8, 64, 1],
    [10, 80, 1],
  ]);
});

it("counts no A/B in which nothing could be judged", () => {
  const test = selfTestOf([trial("equal", even, 5), trial("equal", even)]);
  expect(test.falseAlarms).toMatchObject({ of: 1, count: 0 });
});

it("says all of that in words, and what was not measured", () => {
  const text = selfTestText(selfTestOf([trial("equal", even)]), 0.05);
  expect(text).toContain("False alarms, equal servers: 0 of 1 (95%: 0 to 97.5%)");
  expect(text).toContain("A server 5.00% slower was found: none measured");
});
