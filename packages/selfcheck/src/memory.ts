import { duration, mib, whole } from "@apb/report/format";
import { keyColumn, plain, type Section, sectionOf, valueColumn } from "@apb/report/section";
import type { ServerProcess } from "@apb/runner/server";
import { bodyBytes, paths } from "./paths.ts";
import { generate } from "./processes.ts";
import { say } from "./program.ts";
import { strain } from "./strain.ts";

/** What one generator process has held at most, early in a load at full speed and late in it. */
export interface PeakGrowth {
  readonly path: string;
  readonly earlyMs: number;
  readonly earlyBytes: number;
  readonly lateMs: number;
  readonly lateBytes: number;
  /** Between the two. */
  readonly operations: number;
}

/** One process, loaded until `earlyMs` and then on until `lateMs`. Peaks never fall, so what grows cannot hide. */
export async function measureGrowth(
  server: ServerProcess,
  earlyMs: number,
  lateMs: number,
  signal: AbortSignal,
): Promise<PeakGrowth> {
  const { binding, client, transport } = paths[0] as (typeof paths)[number];
  say(`memory after ${duration(earlyMs)} and after ${duration(lateMs)}`);
  await using generator = generate(signal);
  const full = { server, binding, client, warmUpMs: 0, perSecond: null };
  const { closed: early } = await strain(generator, { ...full, windowMs: earlyMs });
  const { closed: late } = await strain(generator, { ...full, windowMs: lateMs - earlyMs });
  return {
    path: `${transport}, ${client}`,
    ...{ earlyMs, earlyBytes: early.rssPeakBytes, lateMs, lateBytes: late.rssPeakBytes },
    operations: late.iterations,
  };
}

/** The growth as a table of one line. Pure. */
export function growthSection(growth: PeakGrowth): Section {
  const { earlyMs, earlyBytes, lateMs, lateBytes, operations } = growth;
  return sectionOf<PeakGrowth>({
    title: "Memory of the load generator",
    caption:
      "the most that was ever resident, at full speed: histograms have their size from the start, and nothing else may grow",
    columns: [
      keyColumn("path", ({ path }) => path),
      valueColumn(0, `after\n${duration(earlyMs)}`, "MiB", () => plain(mib(earlyBytes))),
      valueColumn(0, `after\n${duration(lateMs)}`, "MiB", () => plain(mib(lateBytes))),
      valueColumn(0, "operations\nbetween", "", () => plain(whole(operations))),
      valueColumn(0, "growth", "MiB", () => plain(mib(lateBytes - earlyBytes))),
      valueColumn(0, "kept replies\nwould be", "MiB", () => plain(mib(operations * bodyBytes))),
    ],
    groups: [[growth]],
    remarks: ["V8 widens its heap in the first seconds whatever it holds; --long compares 5 minutes with the first."],
  });
}
