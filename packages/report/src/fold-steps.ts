import type { Measured, StepResult } from "@apb/core/cell";
import { Histogram } from "@apb/core/histogram";
import type { Latency } from "@apb/core/latency";
import type { SaidByKind } from "@apb/core/said";
import { addCounts } from "@apb/core/snapshot";
import { reasonIn } from "./fold-findings.ts";
import { pooled, type Quantity, sum } from "./quantity.ts";
import type { LatencyQuantities, StepRow } from "./row.ts";

/** Every step over all rounds, by its name. Throws `protocol` when a stored histogram cannot be read. */
export function stepsOf(rounds: readonly Measured[]): Readonly<Record<string, StepRow>> {
  const names = new Set(rounds.flatMap(({ steps }) => Object.keys(steps)));
  return Object.fromEntries(
    [...names].map((name) => {
      const reason = reasonIn(rounds, `steps.${name}.responseMs`) ?? `no ${name} succeeded`;
      const results = rounds.flatMap(({ steps }) => steps[name] ?? []);
      return [name, stepOf(results, reason)];
    }),
  );
}

/** One step over all rounds; `missing` says why it has no times, should it have none. */
export function stepOf(rounds: readonly StepResult[], missing: string): StepRow {
  const times = (of: (step: StepResult) => Recorded): LatencyQuantities => timesOf(rounds.map(of), missing);
  const latencyMs = times(({ histogram, responseMs }) => ({ histogram, latency: responseMs }));
  // In a closed load they are the same, and reading a histogram takes 0.2 ms or more.
  const isService = rounds.some(({ histogram, serviceHistogram }) => histogram !== serviceHistogram);
  return {
    count: sum(rounds.map((round) => round.count)),
    failures: rounds.map((round) => round.failures).reduce(addCounts, {}),
    said: Object.assign({}, ...rounds.map(({ said }) => said).reverse()) as SaidByKind,
    latencyMs,
    serviceMs: isService
      ? times(({ serviceHistogram, serviceMs }) => ({ histogram: serviceHistogram, latency: serviceMs }))
      : latencyMs,
  };
}

/** A stored histogram with its exact latency. */
export interface Recorded {
  readonly histogram: string;
  readonly latency: Latency | null;
}

/** The times of several rounds as one. Throws `protocol` when a stored histogram cannot be read. */
export function timesOf(rounds: readonly Recorded[], missing: string): LatencyQuantities {
  const whole = Histogram.merge(rounds).latency();
  const at = (key: keyof Latency): Quantity =>
    pooled(
      whole?.[key] ?? null,
      rounds.map(({ latency }) => latency?.[key] ?? null),
      missing,
    );
  return {
    min: at("min"),
    mean: at("mean"),
    p50: at("p50"),
    p90: at("p90"),
    p95: at("p95"),
    p99: at("p99"),
    p999: at("p999"),
    max: at("max"),
  };
}
