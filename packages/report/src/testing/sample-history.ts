import type { History } from "../history.ts";
import { type HistoryPoint, machineOf } from "../history-point.ts";
import { sampleId, sampleInfo } from "./sample-run.ts";

/** The day so many days after 2026-08-01. */
export function nightOf(n: number): string {
  return new Date(Date.UTC(2026, 7, 1 + n)).toISOString().slice(0, 10);
}

/** The point of one night: CPU per call of 0.2 ms. */
export function samplePoint(n = 0, parts: Partial<HistoryPoint> = {}): HistoryPoint {
  const { round: _, ...cell } = sampleId();
  return {
    ...{ schemaVersion: 1, kind: "point", night: nightOf(n), startedAt: `${nightOf(n)}T02:00:00.000Z` },
    ...{ machine: machineOf(sampleInfo().environment), commit: `c${n}`, run: `run-${n}` },
    ...{ method: "standard 01234567", versus: null, cell, metric: "cpuMsPerOperation", unit: "ms/op" },
    ...{ value: 0.2, low: 0.19, high: 0.21, rounds: 6, setAside: {}, verdict: "valid", ratio: null },
    ...parts,
  };
}

/** One series of these values, a night each. */
export function sampleHistory(values: readonly number[], parts: Partial<HistoryPoint> = {}): History {
  const points = values.map((value, n) => samplePoint(n, { value, low: value, high: value, ...parts }));
  return { points, accepted: [], notes: [] };
}
