import { caseLabel, type Latency } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { type Quantity, range } from "./quantity.ts";
import { errorRateOf, latencyOf, type MeasuredRow, type Row, rowsOf } from "./rows.ts";

type Value = string | number | null;
type CsvColumn = readonly [name: string, value: (row: Row) => Value];

/** A run as CSV (RFC 4180, with plain line ends): one line a row, raw numbers, units in the names; nothing where nothing was measured. */
export function csvReport(run: Run): string {
  const rows = rowsOf(run);
  const columns = [...identity, ...numbers, ...stepColumns(rows)];
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
  ["binding", (row) => row.cell.binding],
  ["server", (row) => row.cell.server],
  ["client", (row) => row.cell.client],
  ["status", (row) => row.status],
  ["reason", (row) => (row.status === "measured" ? null : row.reason)],
];

const numbers: readonly CsvColumn[] = [
  of("findings", (row) => row.findings.map(({ kind, rounds }) => `${kind} ${rounds}/${row.rounds}`).join("; ")),
  of("rounds", (row) => row.rounds),
  of("rounds_without_numbers", (row) => row.unmeasured.length),
  of("load_model", (row) => row.load.model),
  of("users", (row) => row.load.users),
  of("arrivals_per_s", (row) => row.load.perSecond),
  of("connections_asked", (row) => row.connections.asked),
  of("connections_held", (row) => row.connections.held),
  of("connect_p50_ms", (row) => latencyOf(row, "connect", "p50").value),
  of("connect_p99_ms", (row) => latencyOf(row, "connect", "p99").value),
  of("samples", (row) => row.steps.total?.count ?? null),
  of("error_share", (row) => errorRateOf(row).value),
  of("dropped", (row) => row.dropped),
  ...spread("requests_per_s", (row) => row.operationsPerSecond),
  ...spread("iterations_per_s", (row) => row.iterationsPerSecond),
  ...(["min", "mean", "p50", "p90", "p95", "p99", "p999", "max"] as const).map((key) => latencyColumn("total", key)),
  of("wire_bytes_per_operation", (row) => row.wireBytesPerOperation.value),
  of("wire_added_bytes_per_operation", (row) => row.wireAddedBytesPerOperation.value),
  of("wire_overhead_share_of_body", (row) => row.wireOverhead.value),
  of("server_rss_idle_bytes", (row) => row.server.rssIdleBytes.value),
  of("server_rss_connected_bytes", (row) => row.server.rssConnectedBytes.value),
  ...spread("server_rss_peak_bytes", (row) => row.server.rssPeakBytes),
  of("server_rss_mean_bytes", (row) => row.server.rssMeanBytes.value),
  of("server_rss_bytes_per_connection", (row) => row.server.rssPerConnectionBytes.value),
  ...spread("server_cpu_percent", (row) => row.server.cpuPercentMean),
  ...spread("server_cpu_ms_per_operation", (row) => row.server.cpuMsPerOperation),
  of("client_processes", (row) => row.generator.processes.value),
  of("client_cpu_percent", (row) => row.generator.cpuPercentMean.value),
  of("client_cpu_ms_per_operation", (row) => row.generator.cpuMsPerOperation.value),
  of("client_event_loop_share", (row) => row.generator.eventLoopUtilization.value),
  of("client_late_start_p99_ms", (row) => row.generator.lateStartP99Ms.value),
  of("client_rss_peak_bytes", (row) => row.generator.rssPeakBytes.value),
];

/** The scenarios' own steps: as many columns as the run has steps, therefore last. */
function stepColumns(rows: readonly Row[]): readonly CsvColumn[] {
  const names = rows.flatMap((row) => (row.status === "measured" ? Object.keys(row.steps) : []));
  const own = [...new Set(names)].filter((name) => name !== "total" && name !== "connect").sort();
  return own.flatMap((step) => (["mean", "p50", "p99"] as const).map((key) => latencyColumn(step, key)));
}

function latencyColumn(step: string, key: keyof Latency): CsvColumn {
  return of(`${step}_${key}_ms`, (row) => latencyOf(row, step, key).value);
}

/** A value over all rounds, and the lowest and highest round. */
function spread(name: string, quantity: (row: MeasuredRow) => Quantity): readonly CsvColumn[] {
  return [
    of(name, (row) => quantity(row).value),
    of(`${name}_lowest_round`, (row) => range(quantity(row))?.min ?? null),
    of(`${name}_highest_round`, (row) => range(quantity(row))?.max ?? null),
  ];
}

function of(name: string, value: (row: MeasuredRow) => Value): CsvColumn {
  return [name, (row) => (row.status === "measured" ? value(row) : null)];
}
