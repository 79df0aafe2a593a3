import type { OpenedResult } from "@apb/core/cell";
import { kib, mib, number, percent, whole } from "./format.ts";
import { type Facts, gatheredAs } from "./metric.ts";
import { absent, type Quantity } from "./quantity.ts";
import type { MeasuredRow } from "./row.ts";

/** Memory: the young generation of a V8 heap is grown and emptied in steps of this size, whenever its collector sees fit. */
const heapStepBytes = 8 * 1024 * 1024;
/** CPU time: where the kernel counts it in ticks of 10 ms, that is this much for each of a short window's thousand operations. */
const tickMs = 0.01;

/** Bytes: a header that is spelled out in the first calls of a connection only, and the digits of lengths and dates. */
const headerBytes = 16;

const noneOpened = absent("its iterations open no sessions");

const cost = { better: "less", aspect: "cost", from: "busy", floor: null } as const;

/** What it took: bytes, memory, CPU. */
export const costMetrics = {
  wireBytesPerOperation: {
    ...plainly("wire", "B/op", "wire_bytes_per_operation", (row) => row.wireBytesPerOperation, number),
    floor: headerBytes,
  },
  wireAddedBytesPerOperation: plainly(
    "added",
    "B/op",
    "wire_added_bytes_per_operation",
    (row) => row.wireAddedBytesPerOperation,
    number,
  ),
  wireOverhead: plainly("overhead", "%", "wire_overhead_share_of_body", (row) => row.wireOverhead, percent),
  rssIdleBytes: memory("idle\nmemory", "server_rss_idle_bytes", ({ server }) => server.rssIdleBytes),
  rssConnectedBytes: memory(
    "connected\nmemory",
    "server_rss_connected_bytes",
    ({ server }) => server.rssConnectedBytes,
  ),
  rssPeakBytes: {
    ...memory("server\nmemory", "server_rss_peak_bytes", ({ server }) => server.rssPeakBytes),
    ...{ ...gatheredAs("rss"), unit: "MiB", floor: heapStepBytes, spread: true },
  },
  rssMeanBytes: memory("mean\nmemory", "server_rss_mean_bytes", ({ server }) => server.rssMeanBytes),
  rssGrowthBytesPerSecond: {
    ...memory("growth", "server_rss_growth_bytes_per_s", ({ server }) => server.rssGrowthBytesPerSecond),
    ...{ unit: "KiB/s", format: kib },
  },
  rssGrowthBytesPerOperation: {
    ...memory("growth", "server_rss_growth_bytes_per_operation", ({ server }) => server.rssGrowthBytesPerOperation),
    ...{ unit: "B/op", format: number },
  },
  rssPerConnectionBytes: {
    ...memory("per\nconnection", "server_rss_bytes_per_connection", ({ server }) => server.rssPerConnectionBytes),
    ...{ unit: "KiB", format: kib },
  },
  sessionsLeft: {
    ...plainly("left\nopen", "", "sessions_left_open", openedOf("left"), whole),
    better: null,
  },
  heapRoseBytes: memory("heap\nrose", "server_heap_rose_bytes", openedOf("heapRoseBytes")),
  heapPerSession: {
    ...memory("heap kept\na session", "server_heap_bytes_kept_per_session", openedOf("heapBytesPerSession")),
    ...{ unit: "KiB", format: kib },
  },
  rssRoseBytes: memory("memory\nrose", "server_rss_rose_bytes", openedOf("rssRoseBytes")),
  rssPerSession: {
    ...memory("memory kept\na session", "server_rss_bytes_kept_per_session", openedOf("rssBytesPerSession")),
    ...{ unit: "KiB", format: kib },
  },
  cpuPercent: {
    ...gatheredAs("cpu"),
    ...{ title: "server\nCPU", from: "busy", floor: null, csv: "server_cpu_percent", spread: true },
    of: ({ server }) => server.cpuPercentMean,
    format: number,
  },
  cpuMsPerOperation: {
    ...perOperation("server\nCPU", "server_cpu_ms_per_operation", ({ server }) => server.cpuMsPerOperation),
    ...{ ...gatheredAs("cpu_per_op"), unit: "ms/op", floor: tickMs, spread: true },
  },
  clientProcesses: plainly("processes", "", "client_processes", ({ generator }) => generator.processes, whole),
  clientCpuPercent: plainly("client\nCPU", "%", "client_cpu_percent", (row) => row.generator.cpuPercentMean, number),
  clientCpuMsPerOperation: perOperation(
    "client\nCPU",
    "client_cpu_ms_per_operation",
    ({ generator }) => generator.cpuMsPerOperation,
  ),
  bothCpuMsPerOperation: perOperation("CPU of\nboth", "cpu_ms_per_operation", bothCpu),
  eventLoop: plainly(
    "event\nloop",
    "%",
    "client_event_loop_share",
    ({ generator }) => generator.eventLoopUtilization,
    percent,
  ),
  lateStartP99Ms: {
    ...gatheredAs("late"),
    ...{ title: "late\np99", from: "roundTrip", floor: null, csv: "client_late_start_p99_ms", format: number },
    of: ({ generator }) => generator.lateStartP99Ms,
  },
  clientRssPeakBytes: plainly("memory", "MiB", "client_rss_peak_bytes", ({ generator }) => generator.rssPeakBytes, mib),
} as const satisfies Readonly<Record<string, Facts>>;

function plainly(title: string, unit: string, csv: string, of: Facts["of"], format: Facts["format"]): Facts {
  return { ...cost, title, unit, csv, of, format };
}

function memory(title: string, csv: string, of: Facts["of"]): Facts {
  return { ...cost, title, unit: "MiB", csv, of, format: mib };
}

function openedOf(key: keyof OpenedResult): Facts["of"] {
  return ({ opened }) => opened?.[key] ?? noneOpened;
}

function perOperation(title: string, csv: string, of: Facts["of"]): Facts {
  return { ...cost, title, unit: "ms/op", csv, of, format: number };
}

function bothCpu({ generator, server }: MeasuredRow): Quantity {
  const [client, own] = [generator.cpuMsPerOperation, server.cpuMsPerOperation];
  if (client.value === null || own.value === null)
    return absent(client.missing ?? own.missing ?? "one of its parts is missing");
  return { value: client.value + own.value, rounds: [], missing: null };
}
