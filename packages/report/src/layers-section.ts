import type { Run } from "@apb/core/run";
import { laidOut, type Report, reportOf } from "./document.ts";
import { createFootnotes, type Footnotes } from "./footnotes.ts";
import { caseText, counted, noValue, number } from "./format.ts";
import { isShown, type Layer, type Layered, type LayerFigure, layersOf, type Rung, type Tower } from "./layers.ts";
import { type Quantity, range } from "./quantity.ts";
import { fewRounds } from "./rounds.ts";
import { loadText } from "./scenario-sections.ts";
import { type ColumnOf, keyColumn, plain, type Section, type Shown, sectionOf, shown, valueColumn } from "./section.ts";

/** A report of nothing but what each layer costs. */
export function layersReport(run: Run): Report {
  const layered = layersOf(run);
  if (layered === null) return reportOf(run);
  const notes = createFootnotes(run.info);
  return laidOut(run, [layersSection(layered, run, notes)], notes);
}

/** The heading of table and picture. */
export const layersTitle = "What each layer costs";

/** Where the numbers are from, in a few words. */
export function layersCaption({ at, towers }: Layered, { info }: Run): string {
  const rows = towers.flatMap(({ rungs }) => rungs.flatMap(({ row }) => row ?? []));
  const place = `${at.scenario} ${caseText(at.case)}`.trim();
  return `${place}, ${loadText(rows)}; per operation, medians of ${counted(info.profile.rounds, "round")}`;
}

/** Said where the rounds do not agree that there is a difference. */
const noDifference = "no difference shown";

interface Line {
  readonly tower: Tower;
  readonly rung: Rung;
}

/** A line for each layer of each binding, from the socket up. */
export function layersSection(layered: Layered, run: Run, notes: Footnotes): Section {
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
    footnotes: { notes, marks: ({ rung }) => (rung.row === null ? [] : notes.of(rung.row)) },
  });
}

const columns: readonly ColumnOf<Line>[] = [
  keyColumn("binding", ({ tower }) => tower.binding),
  keyColumn("layer", ({ tower, rung }) => layerText(rung.layer, tower.transport)),
  total(1, "client\nCPU", ({ figures }) => figures.clientCpu),
  total(1, "server\nCPU", ({ figures }) => figures.serverCpu),
  total(1, "CPU of\nboth", ({ figures }) => figures.cpu),
  added(1, "added\nCPU", ({ figures }) => figures.cpu),
  total(2, "p50", ({ figures }) => figures.p50),
  added(2, "added\np50", ({ figures }) => figures.p50),
];

/** A layer in a word or two, as what it is put upon the one below. */
function layerText(layer: Layer, transport: string): string {
  if (layer === "socket") return "TCP";
  const upon = { transport, protocol: "protocol", sdk: "SDK server", library: "library" };
  return `+ ${upon[layer]}`;
}

function total(part: number, header: string, of: (rung: Rung) => LayerFigure): ColumnOf<Line> {
  return valueColumn(part, header, "µs", ({ rung }) => shown(of(rung).total, number));
}

function added(part: number, header: string, of: (rung: Rung) => LayerFigure): ColumnOf<Line> {
  return valueColumn(part, header, "µs", ({ rung }) => addedText(of(rung).added));
}

function addedText(added: Quantity | null): Shown {
  if (added === null) return plain(noValue);
  if (added.value === null) return shown(added, number);
  if (!isShown(added)) return plain(noDifference);
  const ends = range(added);
  const spread = ends === null || ends.min === ends.max ? "" : ` (${number(ends.min)} … ${number(ends.max)})`;
  return plain(`${added.value > 0 ? "+" : ""}${number(added.value)}${spread}`);
}
