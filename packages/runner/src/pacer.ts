/** Intended start of arrival `n` (from 0), in milliseconds after the schedule began. Pure. */
export type Pacer = (n: number) => number;

/** Arrivals at even distances: 500 a second is one every 2 ms, 0.5 a second one every 2 s. The first is due at `offsetMs`. */
export function evenly(perSecond: number, offsetMs = 0): Pacer {
  return (n) => offsetMs + (n * 1000) / perSecond;
}
