import type { GeneratorUsage, Measured, OpenedResult, ServerUsage } from "@apb/core/cell";
import { median } from "@apb/stats/median";
import { noReason, reasonIn } from "./fold-findings.ts";
import { absent, type Combine, greatest, type Quantity, quantity, ratio } from "./quantity.ts";
import type { MeasuredRow } from "./row.ts";

/** The server's memory and CPU over all rounds. */
export function serverOf(rounds: readonly Measured[]): MeasuredRow["server"] {
  const missing = reasonIn(rounds, "server") ?? noReason;
  const cpuMissing = reasonIn(rounds, "server.cpu") ?? missing;
  const growthMissing = reasonIn(rounds, "server.rssGrowth") ?? missing;
  const of = (value: (server: ServerUsage) => number | null, combine: Combine = median, reason = missing): Quantity =>
    quantity(
      rounds.map(({ server }) => (server === null ? null : value(server))),
      combine,
      reason,
    );
  return {
    rssIdleBytes: of(({ rssIdleBytes }) => rssIdleBytes),
    rssConnectedBytes: of(({ rssConnectedBytes }) => rssConnectedBytes),
    rssPeakBytes: of(({ rssPeakBytes }) => rssPeakBytes, greatest),
    rssMeanBytes: of(({ rssMeanBytes }) => rssMeanBytes),
    rssGrowthBytesPerSecond: of(({ rssGrowth }) => rssGrowth?.bytesPerSecond ?? null, median, growthMissing),
    rssGrowthBytesPerOperation: of(({ rssGrowth }) => rssGrowth?.bytesPerOperation ?? null, median, growthMissing),
    cpuPercentMean: of(({ cpuPercentMean }) => cpuPercentMean, median, cpuMissing),
    cpuMsPerOperation: of(
      ({ cpuMsPerOperation }) => cpuMsPerOperation,
      median,
      reasonIn(rounds, "server.cpuMsPerOperation") ?? cpuMissing,
    ),
    rssPerConnectionBytes: perConnection(rounds, missing),
  };
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

/** What sessions that iterations opened have left behind; null where they opened none. */
export function openedOf(rounds: readonly Measured[]): MeasuredRow["opened"] {
  const opened = rounds.flatMap((round) => round.opened ?? []);
  if (opened.length === 0) return null;
  const of = (key: keyof OpenedResult): Quantity =>
    quantity(
      opened.map((one) => one[key]),
      median,
      reasonIn(rounds, `opened.${key}`) ?? noReason,
    );
  return {
    left: of("left"),
    rssRoseBytes: of("rssRoseBytes"),
    heapRoseBytes: of("heapRoseBytes"),
    rssBytesPerSession: of("rssBytesPerSession"),
    heapBytesPerSession: of("heapBytesPerSession"),
  };
}

/** What the load generator spent, over all rounds. */
export function generatorOf(rounds: readonly Measured[]): MeasuredRow["generator"] {
  const of = (key: keyof GeneratorUsage, combine: Combine = median): Quantity =>
    quantity(
      rounds.map(({ generator }) => generator[key]),
      combine,
      reasonIn(rounds, `generator.${key}`) ?? noReason,
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
