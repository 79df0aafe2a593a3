import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { measured, stopTime } from "./testing/playing.ts";
import { totalsOf } from "./testing/snapshots.ts";

beforeEach(stopTime);
afterEach(() => void vi.useRealTimers());

it("a second comes with its whole histograms, so that whoever takes it can add it to others", async () => {
  const { events, results } = await measured({});
  const snapshots = events.flatMap((event) => (event.kind === "second" ? [event.snapshot] : []));
  const [result] = results;
  if (result?.status !== "measured") throw new Error("expected a measured cell");
  expect(snapshots.map(({ second }) => second)).toEqual([0, 1]);
  expect(
    totalsOf(...snapshots)
      .step("total")
      ?.result().histogram,
  ).toBe(result.steps.total?.histogram);
});
