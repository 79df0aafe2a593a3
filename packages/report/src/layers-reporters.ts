import type { Reporter } from "@apb/core/run";
import { schemaVersion } from "./cell-schema.ts";
import { csvText } from "./csv.ts";
import { type LayerMeasure, layersOf } from "./layers.ts";
import { layersReport, layersTitle } from "./layers-section.ts";
import { reportMarkdown } from "./markdown.ts";
import { standardOutput } from "./reporters.ts";
import { reportText } from "./table.ts";

/** The files beside a run's others that its layers are drawn and written in. */
export const layersFiles = { picture: "layers.svg", text: "layers.md" } as const;

/** What each layer of a run costs, in every format by its name. None of the texts ends with a line end. */
export const layersReporters = {
  table: (run) => reportText(layersReport(run), standardOutput()),
  markdown: (run) => `![${layersTitle}](${layersFiles.picture})\n\n${reportMarkdown(layersReport(run))}`,
  csv: layersCsv,
  json: layersJson,
} as const satisfies Readonly<Record<string, Reporter>>;

const measures: readonly LayerMeasure[] = ["clientCpu", "serverCpu", "cpu", "p50"];

/** A line for each layer of each binding: microseconds per operation; nothing where nothing was measured. */
function layersCsv(run: Parameters<Reporter>[0]): string {
  const lines = (layersOf(run)?.towers ?? []).flatMap(({ binding, rungs }) =>
    rungs.map(({ layer, figures }) => [
      binding,
      layer,
      ...measures.flatMap((measure) => [figures[measure].total.value, figures[measure].added?.value ?? null]),
    ]),
  );
  return csvText([["binding", "layer", ...measures.flatMap((name) => [`${name}Us`, `${name}AddedUs`])], ...lines]);
}

function layersJson(run: Parameters<Reporter>[0]): string {
  const layered = layersOf(run);
  const towers = layered?.towers.map(({ binding, transport, rungs }) => ({
    binding,
    transport,
    rungs: rungs.map(({ layer, rows, missing, figures }) => ({
      layer,
      cells: rows.map(({ cell }) => cell),
      missing,
      figures,
    })),
  }));
  const report = {
    schemaVersion,
    id: run.info.id,
    at: layered?.at ?? null,
    unit: "µs per operation",
    towers: towers ?? [],
  };
  return JSON.stringify(report, null, 2);
}
