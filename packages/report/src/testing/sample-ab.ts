import type { AB, ABInfo, ABMetric } from "@apb/core/ab";
import { outcomeOf } from "../ab.ts";
import { sampleInfo } from "./sample-run.ts";

/** A judged metric: B needs 5% more CPU per call. */
export function sampleMetric(parts: Partial<ABMetric> = {}): ABMetric {
  return {
    ...{ binding: "one/rest", scenario: "message-size", case: { sizeBytes: 1024 }, load: "10 VUs" },
    ...{ metric: "cpuMsPerOperation", unit: "ms/op", better: "less", judged: true, a: 0.16, b: 0.168 },
    ...{
      restarts: 10,
      setAside: {},
      ratio: 1.05,
      low: 1.03,
      high: 1.07,
      p: 0.008,
      control: null,
      floor: 0.01,
      detectable: 0.02,
    },
    ...{ verdict: "worse", reason: null, sentence: "B needs 5.00% more CPU per call than A (95%: 3.00 to 7.00%)" },
    ...parts,
  };
}

/** A metric of which no difference is shown, and one that could not be judged. */
export const sampleEqual = sampleMetric({
  ...{ metric: "operationsPerSecond", unit: "1/s", better: "more", a: 5000, b: 4990 },
  ...{ ratio: 0.998, low: 0.98, high: 1.02, p: 0.6, verdict: "no difference shown" },
  sentence: "RPS: no difference shown; one of more than ±2.20% would have been",
});
export const sampleUnjudged = sampleMetric({
  ...{ load: "1 VU", metric: "p50Ms", unit: "ms", a: null, b: null, restarts: 0 },
  ...{ ratio: null, low: null, high: null, p: null, verdict: "not judged", reason: "impossible" },
  sentence: "median latency: not judged (impossible)",
});

/** An A/B of two commits that came to its end. */
export function sampleAB(metrics: readonly ABMetric[], parts: Partial<ABInfo> = {}): AB {
  const { profile, seed, environment, bindings, startedAt, endedAt } = sampleInfo();
  const side = (label: string, commit: string): ABInfo["a"] => ({ label, commit, server: "reference", client: "wire" });
  const info: ABInfo = {
    ...{ schemaVersion: 1, id: "2026-08-01T03-00-00-ab", a: side("ref=main", "a".repeat(40)) },
    ...{ b: side("ref=HEAD", "b".repeat(40)), control: true, bindings, profile, seed, sliceMs: 50, restarted: true },
    ...{ until: 0.03, budgetMs: 90_000, environment, startedAt, endedAt, exit: "completed" },
    ...{ spent: { "one/rest": { restarts: 10, ms: 61_000, from: 1 } }, metrics, failures: [] },
    ...{ outcome: outcomeOf(metrics, parts.failures ?? []), ...parts },
  };
  return { info, cells: [], notes: [] };
}
