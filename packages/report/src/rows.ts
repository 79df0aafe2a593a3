import { attemptsOf, type CellResult, type Measured, type Unmeasured } from "@apb/core/cell";
import type { Run, RunInfo } from "@apb/core/run";
import { addCounts } from "@apb/core/snapshot";
import { median } from "@apb/stats/median";
import { findingsOf, noReason, reasonIn } from "./fold-findings.ts";
import { ownMetricsOf } from "./fold-own.ts";
import { stepsOf } from "./fold-steps.ts";
import { goodputOf, streamsOf } from "./fold-streams.ts";
import { tasksOf } from "./fold-tasks.ts";
import { generatorOf, openedOf, serverOf } from "./fold-usage.ts";
import { groupedBy, inOrderOf } from "./order.ts";
import { pooled, type Quantity, quantity, ratio, sum } from "./quantity.ts";
import { type MeasuredRow, type Row, rowKey, type UnmeasuredRow } from "./row.ts";

/** One row for every cell, its rounds folded together: by scenario, case and load, bindings in the order of the selection. */
export function rowsOf(run: Run): readonly Row[] {
  const rows = groupedBy(run.results, ({ cell }) => rowKey(cell)).map((rounds) =>
    fold(
      [...rounds].sort((a, b) => a.cell.round - b.cell.round),
      run.info.loads,
    ),
  );
  return rows.sort(inOrderOf(run.info));
}

/**
 * One row from the rounds of one cell, in their order; `loads` by label, for one without numbers. Throws `protocol` when a
 * stored histogram cannot be read.
 */
export function fold(results: readonly CellResult[], loads: RunInfo["loads"]): Row {
  const rounds = results.filter((result) => result.status === "measured");
  const unmeasured = results.filter((result) => result.status !== "measured");
  const [first] = rounds;
  if (first === undefined) return withoutNumbers(unmeasured, loads);
  const { round: _, ...cell } = first.cell;
  const of = (key: "iterationsPerSecond" | "operationsPerSecond"): Quantity =>
    quantity(
      rounds.map((round) => round[key]),
      median,
      noReason,
    );
  return {
    status: "measured",
    cell,
    rounds: rounds.length,
    unmeasured: unmeasured.map(({ cell: { round }, status, reason }) => ({ round, status, reason })),
    load: first.load,
    connections: connectionsOf(rounds),
    steps: stepsOf(rounds),
    iterationsPerSecond: of("iterationsPerSecond"),
    operationsPerSecond: of("operationsPerSecond"),
    ...errorsOf(rounds),
    dropped: sum(rounds.map(({ dropped }) => dropped)),
    interrupted: sum(rounds.map(({ interrupted }) => interrupted)),
    checks: checksOf(rounds),
    metrics: ownMetricsOf(rounds),
    tasks: tasksOf(rounds),
    streams: streamsOf(rounds),
    goodput: goodputOf(rounds),
    opened: openedOf(rounds),
    ...wireOf(rounds),
    server: serverOf(rounds),
    generator: generatorOf(rounds),
    findings: findingsOf(rounds),
  };
}

function withoutNumbers(results: readonly Unmeasured[], loads: RunInfo["loads"]): UnmeasuredRow {
  const failed = results.filter(({ status }) => status === "failed");
  const telling = failed.length > 0 ? failed : results;
  const [first] = telling;
  if (first === undefined) throw new RangeError("expected at least one cell");
  const { round: _, ...cell } = first.cell;
  const reasons = new Set(telling.map(({ reason }) => reason));
  const load = loads[cell.load] ?? null;
  return { status: first.status, cell, load, reason: [...reasons].join("; ") };
}

function connectionsOf(rounds: readonly Measured[]): MeasuredRow["connections"] {
  const connections = rounds.map((round) => round.connections);
  return {
    asked: Math.max(...connections.map(({ asked }) => asked)),
    held: Math.min(...connections.map(({ held }) => held)),
    failures: connections.map(({ failures }) => failures).reduce(addCounts, {}),
  };
}

function errorsOf(rounds: readonly Measured[]): Pick<MeasuredRow, "attempts" | "errors"> {
  const each = rounds.map(({ steps: { total }, dropped }) => attemptsOf(total, dropped));
  const attempts = { failed: sum(each.map(({ failed }) => failed)), due: sum(each.map(({ due }) => due)) };
  const share = ({ failed, due }: MeasuredRow["attempts"]): number | null => ratio(failed, due);
  return { attempts, errors: pooled(share(attempts), each.map(share), "no iteration ended in the window") };
}

function checksOf(rounds: readonly Measured[]): MeasuredRow["checks"] {
  const total: Record<string, { readonly passes: number; readonly fails: number }> = {};
  for (const [name, { passes, fails }] of rounds.flatMap(({ checks }) => Object.entries(checks))) {
    const known = total[name] ?? { passes: 0, fails: 0 };
    total[name] = { passes: known.passes + passes, fails: known.fails + fails };
  }
  return total;
}

type WireKey = "wireBytesPerOperation" | "wireAddedBytesPerOperation" | "wireOverhead";

function wireOf(rounds: readonly Measured[]): Pick<MeasuredRow, WireKey> {
  const known = rounds.flatMap(({ wire }) => (wire === null ? [] : [wire]));
  const carried = known.map((wire) => wire.sentBytes + wire.receivedBytes);
  const bodies = known.map((wire) => wire.bodyBytes);
  const operations = known.map((wire) => wire.operations);
  const added = carried.map((bytes, n) => bytes - (bodies[n] ?? 0));
  const unknown = known.length === 0 ? (reasonIn(rounds, "wire") ?? noReason) : null;
  const over = (parts: readonly number[], wholes: readonly number[], missing: string): Quantity =>
    pooled(
      ratio(sum(parts), sum(wholes)),
      parts.map((part, n) => ratio(part, wholes[n] ?? 0)),
      unknown ?? missing,
    );
  return {
    wireBytesPerOperation: over(carried, operations, "no operation was completed"),
    wireAddedBytesPerOperation: over(added, operations, "no operation was completed"),
    wireOverhead: over(added, bodies, "no body was carried"),
  };
}
