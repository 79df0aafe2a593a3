import fc from "fast-check";
import { Histogram, type Times } from "../histogram.ts";

/** From below a microsecond to a minute, all magnitudes alike. */
export const timeMs: fc.Arbitrary<number> = fc
  .double({ min: -4, max: 4.7, noNaN: true })
  .map((exponent) => 10 ** exponent);

/** These milliseconds as recorded times. */
export function timesOf(...timesMs: readonly number[]): Times {
  const histogram = new Histogram();
  for (const ms of timesMs) histogram.record(ms);
  return histogram.times();
}
