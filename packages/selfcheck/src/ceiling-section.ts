import { asFailure } from "@apb/core/failure";
import { mib, number, percent, whole } from "@apb/report/format";
import { type ColumnOf, keyColumn, type Section, sectionOf, valueColumn } from "@apb/report/section";
import type { ServerProcess } from "@apb/runner/server";
import { type CeilingTimes, type Reached, reachCeiling } from "./ceilings.ts";
import { type Path, paths, users } from "./paths.ts";
import { generate } from "./processes.ts";
import { figure, say, sentenceOf } from "./program.ts";

/** A path and its ceiling, or why it has none. */
export interface CeilingLine extends Path {
  readonly ceiling: Reached | { readonly missing: string };
}

/** Every path after the other, each by a generator process of its own. */
export async function reachCeilings(
  server: ServerProcess,
  times: CeilingTimes,
  signal: AbortSignal,
): Promise<readonly CeilingLine[]> {
  const lines: CeilingLine[] = [];
  for (const path of paths) {
    say(`ceiling of ${path.transport} by the ${path.client} client`);
    await using generator = generate(signal);
    const ceiling = await reachCeiling(path, generator, server, times).catch((error: unknown) => {
      if (asFailure(error).kind === "unsupported") return { missing: sentenceOf(error) };
      throw error;
    });
    lines.push({ ...path, ceiling });
  }
  return lines;
}

/** The ceilings as a table. Pure. */
export function ceilingSection(lines: readonly CeilingLine[]): Section {
  const value = (header: string, unit: string, of: (ceiling: Reached) => number, format: (value: number) => string) =>
    valueColumn<CeilingLine>(0, header, unit, ({ ceiling }) =>
      figure("missing" in ceiling ? null : of(ceiling), format),
    );
  const columns: readonly ColumnOf<CeilingLine>[] = [
    keyColumn("transport", ({ transport }) => transport),
    keyColumn("client", ({ client }) => client),
    keyColumn("binding", ({ binding }) => binding),
    value("ceiling", "ops/s", ({ operationsPerSecond }) => operationsPerSecond, whole),
    value("CPU", "µs/op", ({ cpuMsPerOperation }) => cpuMsPerOperation * 1000, number),
    value("ops per\nCPU second", "", ({ cpuMsPerOperation }) => 1000 / cpuMsPerOperation, whole),
    value("p50", "ms", ({ p50Ms }) => p50Ms, number),
    value("p99", "ms", ({ p99Ms }) => p99Ms, number),
    value("generator", "% CPU", ({ generatorCpu }) => generatorCpu, percent),
    value("null server", "% CPU", ({ serverCpu }) => serverCpu, percent),
    value("generator", "MiB", ({ peakBytes }) => peakBytes, mib),
  ];
  const transports = [...new Set(lines.map(({ transport }) => transport))];
  const missing = lines.flatMap(({ transport, client, ceiling }) =>
    "missing" in ceiling ? [`${transport} by the ${client} client is not measured: ${ceiling.missing}.`] : [],
  );
  return sectionOf({
    title: "Ceilings of one load generator process",
    caption: `${users} users on ${users} connections, 1 KiB each way, against servers that answer with bytes made beforehand; binding, client, drive and recorder are those of bench run`,
    columns,
    groups: transports.map((transport) => lines.filter((line) => line.transport === transport)),
    remarks: [
      "By one generator process no cell of bench run can show more than its ceiling; above half of it a cell is marked as near-ceiling.",
      "Where the null server or the machine was as busy as the generator, the true ceiling is higher: operations per CPU second are what one free core would do.",
      ...missing,
    ],
  });
}
