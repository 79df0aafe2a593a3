import { caseLabel, type OwnResult } from "@apb/core/cell";
import type { Latency } from "@apb/core/latency";
import type { Run } from "@apb/core/run";
import { type ShownMetric, shownMetrics } from "./metrics.ts";
import { range, ratio } from "./quantity.ts";
import { latencyOf, type MeasuredRow, type Row, type StepRow, type TaskRow } from "./row.ts";
import { rowsOf } from "./rows.ts";

type Value = string | number | null;
type CsvColumn = readonly [name: string, value: (row: Row) => Value];

/** A run as CSV (RFC 4180, with plain line ends): one line a row, raw numbers, units in the names; nothing where nothing was measured. */
export function csvReport(run: Run): string {
  const rows = rowsOf(run);
  const columns = [
    ...identity,
    ...circumstances,
    ...shownMetrics.flatMap(metricColumns),
    ...stepColumns(rows),
    ...taskColumns(rows),
    ...checkColumns(rows),
    ...ownColumns(rows),
  ];
  return csvText([columns.map(([name]) => name), ...rows.map((row) => columns.map(([, value]) => value(row)))]);
}

/** Lines of fields as CSV. */
export function csvText(lines: readonly (readonly Value[])[]): string {
  return lines.map((line) => line.map(field).join(",")).join("\n");
}

/** A field, quoted where a comma, a quote or a line end would end it too early. */
function field(value: Value): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const identity: readonly CsvColumn[] = [
  ["scenario", (row) => row.cell.scenario],
  ["case", (row) => caseLabel(row.cell.case)],
  ["load", (row) => row.cell.load],
  ["binding", (row) => row.cell.binding],
  ["server", (row) => row.cell.server],
  ["client", (row) => row.cell.client],
  ["security", (row) => row.cell.security],
  ["status", (row) => row.status],
  ["reason", (row) => (row.status === "measured" ? null : row.reason)],
];

/** How it was measured. */
const circumstances: readonly CsvColumn[] = [
  of("findings", (row) => row.findings.map(({ kind, rounds }) => `${kind} ${rounds}/${row.rounds}`).join("; ")),
  of("failures", (row) => failuresText(row.steps.total)),
  of("first_failures", (row) => saidText(row.steps.total)),
  of("rounds", (row) => row.rounds),
  of("rounds_without_numbers", (row) => row.unmeasured.length),
  of("load_model", (row) => row.load.model),
  of("executor", (row) => row.load.executor),
  of("vus", (row) => row.load.vus),
  of("arrivals_per_s", (row) => row.load.perSecond),
  of("connections_asked", (row) => row.connections.asked),
  of("samples", (row) => row.steps.total?.count ?? null),
];

/** `timeout 3; agent 1`. */
function failuresText({ failures }: Pick<StepRow, "failures"> = { failures: {} }): string {
  return Object.entries(failures)
    .map(([kind, times]) => `${kind} ${times}`)
    .join("; ");
}

/** `timeout: what was said; …`. */
function saidText({ said }: Pick<StepRow, "said"> = { said: {} }): string {
  return Object.entries(said)
    .map(([kind, { sentence }]) => `${kind}: ${sentence}`)
    .join("; ");
}

/** A metric over all rounds and, where it has a spread, its lowest and highest round. */
function metricColumns({ csv, spread, of: quantityOf }: ShownMetric): readonly CsvColumn[] {
  const value = of(csv, (row) => quantityOf(row).value);
  if (spread !== true) return [value];
  return [
    value,
    of(`${csv}_lowest_round`, (row) => range(quantityOf(row))?.min ?? null),
    of(`${csv}_highest_round`, (row) => range(quantityOf(row))?.max ?? null),
  ];
}

/** Steps that have metrics of their own. */
const ofMetrics: readonly string[] = ["total", "connect", "wait"];

/** The scenarios' own steps: as many columns as the run has steps, therefore last. */
function stepColumns(rows: readonly Row[]): readonly CsvColumn[] {
  const names = rows.flatMap((row) => (row.status === "measured" ? Object.keys(row.steps) : []));
  const own = [...new Set(names)].filter((name) => !ofMetrics.includes(name)).sort();
  return own.flatMap((step) => (["mean", "p50", "p99"] as const).map((key) => latencyColumn(step, key)));
}

/** What tasks did, as many columns as the run has tasks. */
function taskColumns(rows: readonly Row[]): readonly CsvColumn[] {
  const tasks = rows.flatMap((row) => (row.status === "measured" ? row.tasks : []));
  return [...new Set(tasks.map(nameOf))].sort().flatMap((name) => {
    const column = (key: string, value: (task: TaskRow) => Value): CsvColumn =>
      of(`task_${name}_${key}`, ({ tasks: own }) => {
        const task = own.find((one) => nameOf(one) === name);
        return task === undefined ? null : value(task);
      });
    return [
      column("target_share", ({ targetShare }) => targetShare),
      column("attained_share", ({ attainedShare }) => attainedShare.value),
      column("samples", ({ count }) => count),
      column("requests_per_s", ({ operationsPerSecond }) => operationsPerSecond.value),
      ...(["p50", "p95", "p99"] as const).map((key) => column(`${key}_ms`, ({ latencyMs }) => latencyMs[key].value)),
      column("error_share", ({ failed }) => failed.value),
    ];
  });
}

/** Two workloads may have a task of one name. */
function nameOf({ workload, task }: TaskRow): string {
  return `${workload}_${task}`;
}

/** How often each check said yes and no. */
function checkColumns(rows: readonly Row[]): readonly CsvColumn[] {
  const names = rows.flatMap((row) => (row.status === "measured" ? Object.keys(row.checks) : []));
  return [...new Set(names)]
    .sort()
    .flatMap((name) =>
      (["passes", "fails"] as const).map((key) =>
        of(`check_${name}_${key}`, ({ checks }) => checks[name]?.[key] ?? null),
      ),
    );
}

/** What the scenarios' own metrics have come to, each in its own unit. */
function ownColumns(rows: readonly Row[]): readonly CsvColumn[] {
  const metrics = rows.flatMap((row) => (row.status === "measured" ? Object.entries(row.metrics) : []));
  const types = new Map(metrics.map(([name, { type }]) => [name, type]));
  return [...types]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, type]) =>
      ownKeys[type].map((key) =>
        of(`metric_${name}_${key}`, ({ metrics: own }) => {
          const one = own[name];
          return one?.type === type ? (ownFigures(one)[key] ?? null) : null;
        }),
      ),
    );
}

const ownKeys: Readonly<Record<OwnResult["type"], readonly string[]>> = {
  counter: ["count", "per_s"],
  gauge: ["last", "min", "max"],
  rate: ["share", "samples"],
  trend: ["samples", "mean", "p50", "p95", "p99"],
};

function ownFigures(own: OwnResult): Readonly<Record<string, number | null>> {
  switch (own.type) {
    case "counter":
      return { count: own.count, per_s: own.perSecond };
    case "gauge":
      return { last: own.value, min: own.min, max: own.max };
    case "rate":
      return { share: ratio(own.hits, own.of), samples: own.of };
    case "trend": {
      const { mean, p50, p95, p99 } = own.values;
      return { samples: own.count, mean, p50, p95, p99 };
    }
  }
}

function latencyColumn(step: string, key: keyof Latency): CsvColumn {
  return of(`${step}_${key}_ms`, (row) => latencyOf(row, step, key).value);
}

function of(name: string, value: (row: MeasuredRow) => Value): CsvColumn {
  return [name, (row) => (row.status === "measured" ? value(row) : null)];
}
