import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeActivities, mergeTallies, noActivity, noTally, type Tally } from "./snapshot.ts";
import { mergeStreams, noStreams, type StreamTally, stallMs } from "./stream-tally.ts";
import { StreamTotals } from "./stream-totals.ts";
import { secondOfA } from "./testing/snapshots.ts";
import { timeMs, timesOf } from "./testing/times.ts";
import { StepTotals, Totals, tallyOf } from "./totals.ts";

const times = fc.array(timeMs, { maxLength: 5 }).map((some) => timesOf(...some));
const count = fc.nat(1000);
const streams: fc.Arbitrary<StreamTally> = fc.record({
  ...{ firstEvent: times, secondEvent: times, eventGap: times, meanGap: times, duration: times, endLag: times },
  ...{ events: count, coalesced: count, stalls: count, silent: count },
});
const tallies: fc.Arbitrary<Tally> = fc
  .option(streams, { nil: undefined })
  .map((some) => (some === undefined ? noTally : { ...noTally, streams: some }));

it("is merged exactly, in any order and grouping, with steps that stream or not", () => {
  fc.assert(
    fc.property(tallies, tallies, tallies, (a, b, c) => {
      const all = mergeTallies(mergeTallies(a, b), c);
      expect(mergeTallies(a, mergeTallies(b, c))).toEqual(all);
      expect(mergeTallies(mergeTallies(c, a), b)).toEqual(all);
      const totals = new StepTotals();
      for (const tally of [c, a, b]) totals.add(tally);
      expect(tallyOf(totals)).toEqual(all);
    }),
  );
});

it("is nothing when nothing is added", () => {
  fc.assert(
    fc.property(streams, (some) => {
      expect(mergeStreams(some, noStreams)).toEqual(some);
    }),
  );
  expect(new StreamTotals().tally()).toEqual(noStreams);
});

it("counts no events and no good iterations behind the window, but their times", () => {
  const one = { ...noStreams, firstEvent: timesOf(5), events: 3, stalls: 1 };
  const activity = { ...noActivity, steps: { s: { ...noTally, streams: one } } };
  const goodput = { of: 2, good: 1, inWindow: 1 };
  const totals = new Totals();
  totals.add(secondOfA({ ...activity, goodput }));
  totals.add(secondOfA({ ...activity, goodput }, { draining: true }));
  expect(totals.step("s")?.streams?.tally()).toEqual({ ...one, firstEvent: timesOf(5, 5), stalls: 2 });
  expect(totals.counts().goodput).toEqual({ of: 4, good: 2, inWindow: 1 });
  expect("goodput" in mergeActivities(noActivity, noActivity)).toBe(false);
});

it("takes a gap for a stall above a tenth of a second and five times the pace", () => {
  expect([0, 20, 21, 1000].map(stallMs)).toEqual([100, 100, 105, 5000]);
});
