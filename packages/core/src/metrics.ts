import { attemptsOf } from "./cell.ts";
import type { Histogram } from "./histogram.ts";
import { phaseSteps } from "./phases.ts";
import type { OwnMetric } from "./scenario.ts";
import { type ServerSeen, serverFigures } from "./server-figures.ts";
import { streamMetrics } from "./stream-metrics.ts";
import type { Gathered, MetricType } from "./threshold.ts";
import type { Vocabulary } from "./threshold-grammar.ts";
import type { StepTotals, Totals } from "./totals.ts";
import { trend } from "./trend.ts";

/** What a metric says something about; a finding spoils metrics by these. */
export type Aspect = "speed" | "cost" | "failures";

/** What is known of a cell: while its load runs, and at its end. */
export interface Observed {
  readonly totals: Totals;
  /** The opening of its connections. */
  readonly connect: StepTotals | null;
  /** Null where nobody watches the server. */
  readonly server: ServerSeen | null;
}

/** Which part of a cell is meant: a step, or one of its workloads; absent means the whole iteration, and all of them. */
export interface Part {
  readonly step?: string;
  readonly workload?: string;
}

/** A named number of a cell, gathered while it is measured. */
export interface Metric {
  readonly key: string;
  readonly type: MetricType;
  /** Of its values: `ms`, `B`, `%`, or nothing for counts and shares. */
  readonly unit: "ms" | "B" | "%" | "";
  readonly better: "less" | "more" | null;
  readonly aspect: Aspect;
  /** k6's names for the same. */
  readonly aliases: readonly string[];
  /** Of which parts of a cell it can be had. */
  readonly tags: readonly (keyof Part)[];
  gather(observed: Observed, part: Part): Gathered;
}

/** Every metric there is: what thresholds may name, and what exports carry. */
export const metrics: readonly Metric[] = [
  times("response", ["http_req_duration", "iteration_duration", "grpc_req_duration"], (step) => step.response),
  times("service", [], (step) => step.service),
  {
    ...{ key: "failed", type: "rate", unit: "", better: "less", aspect: "failures", aliases: ["http_req_failed"] },
    tags: ["step", "workload"],
    gather: (observed, part) => {
      const step = stepOf(observed, part);
      const whole = (part.step ?? "total") === "total";
      const { failed, due } = attemptsOf(step?.counts(), whole ? observed.totals.counts(part.workload).dropped : 0);
      return { type: "rate", hits: failed, of: due };
    },
  },
  {
    ...{ key: "checks", type: "rate", unit: "", better: "more", aspect: "failures", aliases: [], tags: ["workload"] },
    gather: ({ totals }, { workload }) => {
      const counts = Object.values(totals.counts(workload).checks);
      const hits = counts.reduce((sum, { passes }) => sum + passes, 0);
      return { type: "rate", hits, of: counts.reduce((sum, { fails }) => sum + fails, hits) };
    },
  },
  ...phaseSteps.map((name) => phase(name)),
  ...streamMetrics,
  count("iterations", [], "more", "speed", ({ completed }) => completed),
  count("operations", ["http_reqs"], "more", "speed", ({ operations }) => operations),
  count("dropped", ["dropped_iterations"], "less", "failures", ({ dropped }) => dropped),
  count("interrupted", [], "less", "failures", ({ interrupted }) => interrupted),
  {
    ...{ key: "late", type: "trend", unit: "ms", better: "less", aspect: "speed", aliases: [], tags: [] },
    gather: ({ totals }) => trend(totals.late),
  },
  gauge("vus", "", null, "speed", ["workload"], ({ totals }, { workload }) => totals.counts(workload).vus),
  gauge("rss", "B", "less", "cost", [], (observed) => figuresOf(observed)?.rssPeakBytes ?? null),
  gauge("cpu", "%", "less", "cost", [], (observed) => figuresOf(observed)?.cpuPercentMean ?? null),
  gauge("cpu_per_op", "ms", "less", "cost", [], (observed) => figuresOf(observed)?.cpuMsPerOperation ?? null),
];

/** The metric of this key; throws nothing, undefined where there is none. */
export function findMetric(key: string): Metric | undefined {
  return metrics.find((metric) => metric.key === key);
}

/** What thresholds may say of a run with these values of tags, whose scenarios have these metrics of their own. */
export function vocabulary(tags: Vocabulary["tags"], own: readonly OwnMetric[] = []): Vocabulary {
  const owned = own.map(({ name, type }) => ({ key: name, type, aliases: [], tags: ["workload"] }));
  return { metrics: [...metrics, ...owned], tags };
}

function times(key: string, aliases: readonly string[], of: (step: StepTotals) => Histogram): Metric {
  return {
    ...{ key, type: "trend", unit: "ms", better: "less", aspect: "speed", aliases, tags: ["step", "workload"] },
    gather: (observed, part) => {
      const step = stepOf(observed, part);
      return trend(step === null ? null : of(step));
    },
  };
}

/** Kept as a step of its own, of all calls together. */
function phase(name: (typeof phaseSteps)[number]): Metric {
  return {
    ...{
      key: name,
      type: "trend",
      unit: "ms",
      better: "less",
      aspect: "speed",
      aliases: [`http_req_${name}`],
      tags: [],
    },
    gather: ({ totals }) => trend(totals.step(name)?.response ?? null),
  };
}

function figuresOf({ server, totals }: Observed): ReturnType<typeof serverFigures> | null {
  return server === null ? null : serverFigures(server, totals.windowMs, totals.counts().operations);
}

function stepOf({ totals, connect }: Observed, { step = "total", workload }: Part): StepTotals | null {
  return step === "connect" ? connect : totals.step(step, workload);
}

function count(
  key: string,
  aliases: readonly string[],
  better: Metric["better"],
  aspect: Aspect,
  of: (counts: ReturnType<Totals["counts"]>) => number,
): Metric {
  return {
    ...{ key, type: "counter", unit: "", better, aspect, aliases, tags: ["workload"] },
    gather: ({ totals }, { workload }) => ({
      type: "counter",
      count: of(totals.counts(workload)),
      seconds: totals.windowMs / 1000,
    }),
  };
}

function gauge(
  key: string,
  unit: Metric["unit"],
  better: Metric["better"],
  aspect: Aspect,
  tags: Metric["tags"],
  of: (observed: Observed, part: Part) => number | null,
): Metric {
  return {
    ...{ key, type: "gauge", unit, better, aspect, aliases: [], tags },
    gather: (observed, part) => ({ type: "gauge", value: of(observed, part) }),
  };
}
