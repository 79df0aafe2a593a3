import type { Run } from "@apb/core/run";
import { laidOut, type Report, reportOf } from "./document.ts";
import { createFootnotes, type Footnotes } from "./footnotes.ts";
import { counted, noValue, number, placeText } from "./format.ts";
import {
  isShown,
  type Layer,
  type Layered,
  type LayerMeasure,
  layerMetrics,
  layersOf,
  type Rung,
  type Tower,
} from "./layers.ts";
import { type Quantity, range } from "./quantity.ts";
import { fewRounds } from "./rounds.ts";
import { rowsOf } from "./rows.ts";
import { type ColumnOf, keyColumn, plain, type Section, type Shown, sectionOf, shown, valueColumn } from "./section.ts";

/** A report of nothing but what each layer costs. */
export function layersReport(run: Run): Report {
  const layered = layersOf(run);
  if (layered === null) return reportOf(run);
  const rows = rowsOf(run);
  const notes = createFootnotes(run.info, rows);
  return laidOut(run, rows, [layersSection(layered, run, notes)], notes);
}

/** The heading of table and picture. */
export const layersTitle = "What each layer costs";

/** Where the numbers are from, in a few words. */
export function layersCaption({ at }: Layered, { info }: Run): string {
  const { roundTrip, busy } = at;
  const loads =
    roundTrip === null || busy === null ? (roundTrip ?? busy) : `CPU with ${busy}, latency with ${roundTrip}`;
  return `${placeText(at)}, ${loads}; per operation, medians of ${counted(info.profile.rounds, "round")}`;
}

/** Said where the rounds do not agree that there is a difference. */
const noDifference = "no difference shown";

interface Line {
  readonly tower: Tower;
  readonly rung: Rung;
}

/** A line for each layer of each binding, from the socket up. */
function layersSection(layered: Layered, run: Run, notes: Footnotes): Section {
  return sectionOf({
    title: layersTitle,
    caption: layersCaption(layered, run),
    columns,
    groups: layered.towers.map((tower) => tower.rungs.map((rung) => ({ tower, rung }))),
    remarks: [
      "TCP: plain sockets of our own on both ends, the agent, and the load generator; every line below adds one thing, with the same bodies",
      "added: the line less the measured line above it, worked out in each round; median (lowest … highest round)",
      `${noDifference}: the rounds do not agree on which of the two is more`,
      "library: the client library that applications use, asking the SDK's server where there is one",
      ...fewRounds(run.info),
    ],
    footnotes: { notes, marks: ({ rung }) => rung.rows.flatMap((row) => notes.of(row)) },
  });
}

const columns: readonly ColumnOf<Line>[] = [
  keyColumn("binding", ({ tower }) => tower.binding),
  keyColumn("layer", ({ tower, rung }) => layerText(rung.layer, tower.transport)),
  total(1, "clientCpu"),
  total(1, "serverCpu"),
  total(1, "cpu"),
  added(1, "cpu", "added\nCPU"),
  total(2, "p50"),
  added(2, "p50", "added\np50"),
];

/** A layer in a word or two, as what it is put upon the one below. */
function layerText(layer: Layer, transport: string): string {
  if (layer === "socket") return "TCP";
  const upon = { transport, protocol: "protocol", sdk: "SDK server", library: "library" };
  return `+ ${upon[layer]}`;
}

function total(part: number, measure: LayerMeasure): ColumnOf<Line> {
  const { title } = layerMetrics[measure];
  return valueColumn(part, title, "µs", ({ rung }) => shown(rung.figures[measure].total, number));
}

function added(part: number, measure: LayerMeasure, header: string): ColumnOf<Line> {
  return valueColumn(part, header, "µs", ({ rung }) => addedText(rung.figures[measure].added));
}

function addedText(added: Quantity | null): Shown {
  if (added === null) return plain(noValue);
  if (added.value === null) return shown(added, number);
  if (!isShown(added)) return plain(noDifference);
  const ends = range(added);
  const spread = ends === null || ends.min === ends.max ? "" : ` (${number(ends.min)} … ${number(ends.max)})`;
  return plain(`${added.value > 0 ? "+" : ""}${number(added.value)}${spread}`);
}
