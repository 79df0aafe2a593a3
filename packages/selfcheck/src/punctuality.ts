import { arrivalsOf, dueAt } from "@apb/core/arrivals";
import { Histogram } from "@apb/core/histogram";
import type { Latency } from "@apb/core/latency";
import { whole as all } from "@apb/core/load";
import { realTime } from "@apb/generator/time";
import { number, whole } from "@apb/report/format";
import { keyColumn, plain, type Section, sectionOf, valueColumn } from "@apb/report/section";
import type { ServerProcess } from "@apb/runner/server";
import { paths } from "./paths.ts";
import { generate } from "./processes.ts";
import { figure, say } from "./program.ts";
import { strain } from "./strain.ts";

/** How late what is due on a schedule is begun, and what that does to latencies. */
export interface PunctualityLine {
  readonly what: string;
  readonly perSecond: number;
  readonly count: number;
  /** Only its 99th percentile is known of a load. */
  readonly lateMs: Pick<Latency, "p99"> & Partial<Latency>;
  /** Of a load: from when a request was due, and from when it was sent. */
  readonly responseP50Ms: number | null;
  readonly serviceP50Ms: number | null;
}

/** The timer alone, in this process; then a load at each of these rates, by the first path, on a server that does nothing. */
export async function measurePunctuality(
  server: ServerProcess,
  rates: readonly [number, ...number[]],
  windowMs: number,
  signal: AbortSignal,
): Promise<readonly PunctualityLine[]> {
  say(`lateness of the timer at ${rates[0]} a second`);
  const lines = [await timerLine(rates[0], windowMs, signal)];
  const { binding, client, transport } = paths[0] as (typeof paths)[number];
  await using generator = generate(signal);
  for (const perSecond of rates) {
    say(`lateness of a load of ${perSecond} a second`);
    const what = { server, binding, client, warmUpMs: windowMs / 4, windowMs, perSecond };
    const { totals, total } = await strain(generator, what);
    lines.push({
      what: `load, ${transport}`,
      perSecond,
      count: total.response.count,
      lateMs: { p99: totals.late.percentileMs(99) ?? 0 },
      responseP50Ms: total.response.percentileMs(50),
      serviceP50Ms: total.service.percentileMs(50),
    });
  }
  return lines;
}

const threadStartMs = 100;

async function timerLine(perSecond: number, windowMs: number, signal: AbortSignal): Promise<PunctualityLine> {
  const what = { executor: "constant-arrival-rate", perSecond, durationMs: windowMs } as const;
  const load = { ...what, maxInFlight: 1, startTimeMs: 0, gracefulStopMs: 0, sessions: 1 };
  const dueAfter = dueAt(load, all);
  const count = arrivalsOf(load);
  const late = new Histogram();
  // The first wait starts the thread that sleeps for the others; in a load that falls into the warm-up.
  for (const ms of [threadStartMs, 1]) await realTime.until(realTime.now() + ms);
  const origin = realTime.now();
  for (let n = 0; n < count; n++) {
    signal.throwIfAborted();
    const due = origin + dueAfter(n);
    await realTime.until(due);
    late.record(realTime.now() - due);
  }
  const lateMs = late.latency() as Latency;
  return { what: "timer alone", perSecond, count, lateMs, responseP50Ms: null, serviceP50Ms: null };
}

/** The lines as a table. Pure. */
export function punctualitySection(lines: readonly PunctualityLine[]): Section {
  const late = (header: string, of: (lateMs: PunctualityLine["lateMs"]) => number | undefined) =>
    valueColumn<PunctualityLine>(0, header, "ms late", ({ lateMs }) => figure(of(lateMs), number));
  return sectionOf<PunctualityLine>({
    title: "Punctuality",
    caption: "how late after its time on the schedule something begins, in an open load",
    columns: [
      keyColumn("what", ({ what }) => what),
      keyColumn("per second", ({ perSecond }) => whole(perSecond), "right"),
      valueColumn(0, "samples", "", ({ count }) => plain(whole(count))),
      late("p50", ({ p50 }) => p50),
      late("p99", ({ p99 }) => p99),
      late("max", ({ max }) => max),
      valueColumn(0, "p50 from\nwhen due", "ms", (line) => figure(line.responseP50Ms, number)),
      valueColumn(0, "p50 from\nwhen sent", "ms", (line) => figure(line.serviceP50Ms, number)),
    ],
    groups: [lines],
    remarks: [
      "Latencies of an open load count from when a request was due, so that lateness makes them worse, never better; above a tenth of the median it marks the cell.",
    ],
  });
}
