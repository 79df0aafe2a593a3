import { attemptsOf, type CellId, caseLabel, type Measured, type StepResult } from "@apb/core/cell";
import type { FailureKind } from "@apb/core/failure";
import { Histogram } from "@apb/core/histogram";
import type { Run } from "@apb/core/run";
import type { SaidByKind } from "@apb/core/said";
import { namesOf } from "./names.ts";
import { groupedBy, inOrderOf } from "./order.ts";
import { ratio, sum } from "./quantity.ts";
import { rowKey } from "./row.ts";

/** What Locust counts of one name: all rounds of a row, or of one of its tasks. Its requests are our iterations, failed ones too. */
export interface LocustEntry {
  readonly type: string;
  readonly name: string;
  readonly requests: number;
  readonly failures: number;
  readonly times: Histogram;
  /** Bytes received for a request, framing included; null where nobody knows. */
  readonly contentBytes: number | null;
  readonly windowMs: number;
  readonly rounds: readonly LocustRound[];
}

/** The failures of one round. */
export interface LocustRound {
  readonly cell: CellId;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  readonly said: SaidByKind;
}

/** An entry for every row with numbers, or for each of its tasks where it has several, in the order of the tables. Throws `protocol` when a stored histogram cannot be read. */
export function locustEntries(run: Run): readonly LocustEntry[] {
  const measured = run.results.filter((result) => result.status === "measured");
  const rows = groupedBy(measured, ({ cell }) => rowKey(cell)).map((rounds) => [...rounds]);
  const inOrder = inOrderOf(run.info);
  rows.sort(([a], [b]) => (a === undefined || b === undefined ? 0 : inOrder(a, b)));
  return rows.flatMap((rounds) => entriesOf(rounds, typeIn(run)));
}

/** How Locust's column Type names a binding: with server and client where the run has several. */
export function typeIn({ info, results }: Run): (cell: CellId) => string {
  return namesOf(results, info.selection).who;
}

/** `scenario/case/load`, without what is empty. */
export function locustName({ scenario, case: params, load }: CellId): string {
  return [scenario, caseLabel(params), load].filter((part) => part !== "").join("/");
}

/** All entries as one: what was requested in all windows, which lie one behind the other. */
export function aggregated(entries: readonly LocustEntry[], windowMs: number): LocustEntry {
  const times = new Histogram();
  for (const entry of entries) times.add(entry.times.times());
  const known = entries.filter(({ contentBytes }) => contentBytes !== null);
  const bytes = sum(known.map(({ contentBytes, requests }) => (contentBytes ?? 0) * requests));
  return {
    ...{ type: "", name: "Aggregated", times, windowMs, rounds: [] },
    requests: sum(entries.map(({ requests }) => requests)),
    failures: sum(entries.map(({ failures }) => failures)),
    contentBytes: ratio(bytes, sum(known.map(({ requests }) => requests))),
  };
}

function entriesOf(rounds: readonly Measured[], typeOf: (cell: CellId) => string): readonly LocustEntry[] {
  const tasks = new Set(rounds.flatMap((round) => tasksIn(round).map(([name]) => name)));
  const names = tasks.size === 0 ? [null] : [...tasks];
  return names.map((task) => {
    const parts = rounds.flatMap((round) => {
      const steps =
        task === null ? [round.steps.total] : tasksIn(round).flatMap(([name, own]) => (name === task ? [own] : []));
      return steps.flatMap((step) => (step === undefined ? [] : [{ cell: round.cell, step }]));
    });
    const attempts = parts.map(({ step }) => attemptsOf(step));
    const [{ cell }] = rounds as readonly [Measured];
    return {
      type: typeOf(cell),
      name: task === null ? locustName(cell) : `${locustName(cell)}/${task}`,
      requests: sum(attempts.map(({ due }) => due)),
      failures: sum(attempts.map(({ failed }) => failed)),
      times: Histogram.merge(parts.flatMap(({ step }) => recorded(step))),
      contentBytes: task === null ? contentOf(rounds) : null,
      windowMs: sum(rounds.map(({ load }) => load.durationMs)),
      rounds: parts.map(({ cell: of, step: { failures, said = {} } }) => ({ cell: of, failures, said })),
    };
  });
}

/** The tasks of all workloads that have several; two workloads' tasks of one name are one request to Locust. */
function tasksIn({ workloads }: Measured): readonly (readonly [name: string, task: StepResult])[] {
  return Object.values(workloads).flatMap(({ tasks = {} }) => Object.entries(tasks));
}

/** Locust's times are of failed requests, too. */
function recorded({ histogram, responseMs, failedHistogram, failedMs }: StepResult) {
  return [
    { histogram, latency: responseMs },
    { histogram: failedHistogram, latency: failedMs },
  ];
}

/** The wire is counted for warm-up and window together, by operation, of which an iteration may have several. */
function contentOf(rounds: readonly Measured[]): number | null {
  const known = rounds.flatMap(({ wire }) => (wire === null ? [] : [wire]));
  const perOperation = ratio(sum(known.map((one) => one.receivedBytes)), sum(known.map((one) => one.operations)));
  const operations = ratio(
    sum(rounds.map((one) => one.operationsPerSecond)),
    sum(rounds.map((one) => one.iterationsPerSecond)),
  );
  return perOperation === null || operations === null ? null : perOperation * operations;
}
