import { errorRate, type Finding, type GeneratorUsage, type StepResult, type Verdict } from "@apb/core/cell";

/** What a verdict is made from. */
export interface Evidence {
  readonly total: StepResult;
  readonly generator: GeneratorUsage;
  readonly connections: { readonly asked: number; readonly held: number };
  readonly dropped: number;
}

/** Failures above this share make a cell's latencies those of the lucky ones. */
const errorShare = 0.001;
/** A generator this busy adds its own queueing to every latency it reports. */
const busyShare = 0.9;
/** Late starts above this part of the median are no longer noise. */
const lateShare = 0.1;

/** The findings' order of gravity: the first one found names the verdict. */
const doubts: readonly ((evidence: Evidence) => Finding | null)[] = [errors, clientLimited];

/** What the tool thinks of its own number. Pure. */
export function judge(evidence: Evidence): Verdict {
  const findings = doubts.map((doubt) => doubt(evidence)).filter((finding) => finding !== null);
  return { kind: findings[0]?.kind ?? "valid", findings };
}

function errors({ total, connections, dropped }: Evidence): Finding | null {
  const rate = errorRate(total);
  const lost = connections.asked - connections.held;
  if ((rate === null || rate <= errorShare) && lost === 0 && dropped === 0) return null;
  const parts = [
    rate === null
      ? "no iteration ended"
      : rate > errorShare
        ? `${(rate * 100).toPrecision(2)}% of the iterations failed`
        : null,
    lost > 0 ? `${lost} of ${connections.asked} connections could not be opened` : null,
    dropped > 0 ? `${dropped} arrivals were dropped` : null,
  ];
  return {
    kind: "errors",
    message: parts.filter((part) => part !== null).join("; "),
    hint: "the latencies are of the successes alone; look at the failures by kind in cells.jsonl",
  };
}

function clientLimited({ total, generator }: Evidence): Finding | null {
  const median = total.responseMs?.p50 ?? Number.POSITIVE_INFINITY;
  const late = generator.lateStartP99Ms > lateShare * median;
  const busy = generator.eventLoopUtilization > busyShare || generator.cpuPercentMean > busyShare * 100;
  if (!busy && !late) return null;
  const percent = Math.round(generator.cpuPercentMean);
  return {
    kind: "client-limited",
    message: busy
      ? `the load generator itself was busy (${percent}% of a core, event loop ${Math.round(generator.eventLoopUtilization * 100)}%)`
      : `iterations began up to ${generator.lateStartP99Ms.toPrecision(2)} ms late (p99), against a median of ${median.toPrecision(2)} ms`,
    hint: "latency and RPS are of client and server together: they are limits of this client, not of the protocol; compare CPU per operation, or use fewer users",
  };
}
