import {
  type CellResult,
  errorRate,
  type GeneratorUsage,
  type Latency,
  type Measured,
  type ServerUsage,
  type StepResult,
  type Unmeasured,
} from "@apb/core/cell";
import { type FailureKind, failureKinds } from "@apb/core/failure";
import { Histogram } from "@apb/core/histogram";
import { absent, type Combine, greatest, median, pooled, type Quantity, quantity, ratio, sum } from "./quantity.ts";
import type { MeasuredRow, Row, RowFinding, StepRow, UnmeasuredRow } from "./rows.ts";

const noReason = "no reason was stored";

/** One row from the rounds of one cell, in their order. Throws `protocol` when a stored histogram cannot be read. */
export function fold(results: readonly CellResult[]): Row {
  const rounds = results.filter((result) => result.status === "measured");
  const unmeasured = results.filter((result) => result.status !== "measured");
  const [first] = rounds;
  if (first === undefined) return withoutNumbers(unmeasured);
  const { round: _, ...cell } = first.cell;
  return {
    status: "measured",
    cell,
    rounds: rounds.length,
    unmeasured: unmeasured.map(({ cell: { round }, status, reason }) => ({ round, status, reason })),
    load: first.load,
    connections: {
      asked: Math.max(...rounds.map(({ connections }) => connections.asked)),
      held: Math.min(...rounds.map(({ connections }) => connections.held)),
      failures: addFailures(rounds.map(({ connections }) => connections.failures)),
    },
    steps: stepsOf(rounds),
    iterationsPerSecond: quantity(
      rounds.map((round) => round.iterationsPerSecond),
      median,
      noReason,
    ),
    operationsPerSecond: quantity(
      rounds.map((round) => round.operationsPerSecond),
      median,
      noReason,
    ),
    dropped: sum(rounds.map(({ dropped }) => dropped)),
    ...wireOf(rounds),
    server: serverOf(rounds),
    generator: generatorOf(rounds),
    findings: findingsOf(rounds),
  };
}

function withoutNumbers(results: readonly Unmeasured[]): UnmeasuredRow {
  const failed = results.filter(({ status }) => status === "failed");
  const telling = failed.length > 0 ? failed : results;
  const [first] = telling;
  if (first === undefined) throw new RangeError("expected at least one cell");
  const { round: _, ...cell } = first.cell;
  const reasons = new Set(telling.map(({ reason }) => reason));
  return { status: first.status, cell, reason: [...reasons].join("; ") };
}

function stepsOf(rounds: readonly Measured[]): Readonly<Record<string, StepRow>> {
  const names = new Set(rounds.flatMap(({ steps }) => Object.keys(steps)));
  return Object.fromEntries(
    [...names].map((name) => {
      const reasons = rounds.map(({ missing }) => missing[`steps.${name}.responseMs`]);
      const missing = reasons.find((reason) => reason !== undefined) ?? `no ${name} succeeded`;
      return [
        name,
        stepOf(
          rounds.flatMap(({ steps }) => steps[name] ?? []),
          missing,
        ),
      ];
    }),
  );
}

function stepOf(rounds: readonly StepResult[], missing: string): StepRow {
  const parts = rounds.map(({ histogram, responseMs }) => ({ histogram, latency: responseMs }));
  const latency = Histogram.merge(parts).latency();
  const at = (key: keyof Latency): Quantity =>
    pooled(
      latency?.[key] ?? null,
      rounds.map(({ responseMs }) => responseMs?.[key] ?? null),
      missing,
    );
  const failures = addFailures(rounds.map((round) => round.failures));
  const count = sum(rounds.map((round) => round.count));
  const failed = sum(Object.values(failures));
  return {
    count,
    failures,
    errorRate: pooled(ratio(failed, count + failed), rounds.map(errorRate), "no sample ended in the window"),
    latencyMs: {
      min: at("min"),
      mean: at("mean"),
      p50: at("p50"),
      p90: at("p90"),
      p95: at("p95"),
      p99: at("p99"),
      p999: at("p999"),
      max: at("max"),
    },
  };
}

function addFailures(parts: readonly Measured["connections"]["failures"][]): Measured["connections"]["failures"] {
  const total: Partial<Record<FailureKind, number>> = {};
  for (const kind of failureKinds) {
    const count = sum(parts.map((part) => part[kind] ?? 0));
    if (count > 0) total[kind] = count;
  }
  return total;
}

type WireKey = "wireBytesPerOperation" | "wireAddedBytesPerOperation" | "wireOverhead";

function wireOf(rounds: readonly Measured[]): Pick<MeasuredRow, WireKey> {
  const carried = rounds.map(({ wire }) => wire.sentBytes + wire.receivedBytes);
  const bodies = rounds.map(({ wire }) => wire.bodyBytes);
  const operations = rounds.map(({ wire }) => wire.operations);
  const added = carried.map((bytes, n) => bytes - (bodies[n] ?? 0));
  const over = (parts: readonly number[], wholes: readonly number[], missing: string): Quantity =>
    pooled(
      ratio(sum(parts), sum(wholes)),
      parts.map((part, n) => ratio(part, wholes[n] ?? 0)),
      missing,
    );
  return {
    wireBytesPerOperation: over(carried, operations, "no operation was completed"),
    wireAddedBytesPerOperation: over(added, operations, "no operation was completed"),
    wireOverhead: over(added, bodies, "no body was carried"),
  };
}

function serverOf(rounds: readonly Measured[]): MeasuredRow["server"] {
  const missing = reasonIn(rounds, "server") ?? noReason;
  const cpuMissing = reasonIn(rounds, "server.cpu") ?? missing;
  const of = (key: keyof ServerUsage, combine: Combine = median, reason = missing): Quantity =>
    quantity(
      rounds.map(({ server }) => server?.[key] ?? null),
      combine,
      reason,
    );
  return {
    rssIdleBytes: of("rssIdleBytes"),
    rssConnectedBytes: of("rssConnectedBytes"),
    rssPeakBytes: of("rssPeakBytes", greatest),
    rssMeanBytes: of("rssMeanBytes"),
    cpuPercentMean: of("cpuPercentMean", median, cpuMissing),
    cpuMsPerOperation: of("cpuMsPerOperation", median, cpuMissing),
    rssPerConnectionBytes: perConnection(rounds, missing),
  };
}

function reasonIn(rounds: readonly Measured[], field: string): string | undefined {
  return rounds.map(({ missing }) => missing[field]).find((reason) => reason !== undefined);
}

/** A server's memory moves in steps of its own: growth below this is not the connections' doing. */
const leastGrowthBytes = 1024 * 1024;

/** Judged by the median growth of all rounds: leaving out the rounds that grew little would leave the chance ones that grew much. */
function perConnection(rounds: readonly Measured[], missing: string): Quantity {
  const known = rounds.flatMap(({ server, connections: { held } }) =>
    server === null ? [] : [{ growth: server.rssConnectedBytes - server.rssIdleBytes, held }],
  );
  if (known.length === 0) return absent(missing);
  if (median(known.map(({ growth }) => growth)) < leastGrowthBytes)
    return absent("memory per connection: the growth is below what a server's memory changes by itself (1 MiB)");
  return quantity(
    known.map(({ growth, held }) => ratio(growth, held)),
    median,
    "no connection was held",
  );
}

function generatorOf(rounds: readonly Measured[]): MeasuredRow["generator"] {
  const of = (key: keyof GeneratorUsage, combine: Combine = median): Quantity =>
    quantity(
      rounds.map(({ generator }) => generator[key]),
      combine,
      noReason,
    );
  return {
    processes: of("processes", greatest),
    cpuPercentMean: of("cpuPercentMean"),
    cpuMsPerOperation: of("cpuMsPerOperation"),
    eventLoopUtilization: of("eventLoopUtilization"),
    lateStartP99Ms: of("lateStartP99Ms"),
    rssPeakBytes: of("rssPeakBytes", greatest),
  };
}

/** Findings by kind. A verdict that is not valid yet gives no finding is kept as one, so that no doubt is lost. */
function findingsOf(rounds: readonly Measured[]): readonly RowFinding[] {
  const byKind = new Map<string, RowFinding>();
  for (const { verdict } of rounds) {
    const doubts =
      verdict.findings.length > 0 || verdict.kind === "valid"
        ? verdict.findings
        : [{ kind: verdict.kind, message: "the verdict gives no reason", hint: "" }];
    for (const { kind, message, hint } of new Map(doubts.map((doubt) => [doubt.kind, doubt])).values()) {
      const known = byKind.get(kind);
      byKind.set(
        kind,
        known === undefined ? { kind, message, hint, rounds: 1 } : { ...known, rounds: known.rounds + 1 },
      );
    }
  }
  return [...byKind.values()];
}
