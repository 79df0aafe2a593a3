import type { Run } from "@apb/core/run";
import { counted } from "./format.ts";
import { type Layered, type LayerMeasure, layers, layersOf } from "./layers.ts";
import { barOf, looks, muted, panelHeight, panelSvg } from "./layers-bars.ts";
import { layersCaption, layersTitle } from "./layers-section.ts";
import { fewRounds } from "./rounds.ts";
import { element, svgText } from "./svg.ts";

const panels: readonly { readonly title: string; readonly measure: LayerMeasure }[] = [
  { title: "CPU time, client and server together", measure: "cpu" },
  { title: "Latency of one request and its reply, p50", measure: "p50" },
];

/** Pixels. */
const [width, margin, left, right] = [960, 24, 150, 770];
const [legendTop, panelsTop, headHeight, noteHeight] = [84, 116, 30, 18];

/** What each layer of a run costs as an SVG that needs nothing beside itself; null where {@link layersOf} has nothing. */
export function layersPicture(run: Run): string | null {
  const layered = layersOf(run);
  if (layered === null) return null;
  const each = headHeight + panelHeight(layered.towers.length);
  const notesTop = panelsTop + panels.length * each + noteHeight;
  const notes = [...notesOf(layered), ...fewRounds(run.info)];
  const height = notesTop + notes.length * noteHeight;
  const { cpuModel, cpuCount, node } = run.info.environment;
  const subtitle = `${layersCaption(layered, run)}; ${cpuModel}, ${counted(cpuCount, "core")}, Node ${node}`;
  const content = [
    element("rect", { width, height, fill: "#ffffff" }),
    svgText(layersTitle, { x: margin, y: 36, "font-size": 20, "font-weight": 600 }),
    svgText(subtitle, { x: margin, y: 58, fill: muted, "font-size": 12 }),
    ...legend(),
    ...panels.flatMap(({ title, measure }, n) => {
      const top = panelsTop + n * each;
      const bars = layered.towers.map((tower) => barOf(tower, measure));
      return [
        svgText(title, { x: margin, y: top + 14, "font-size": 14, "font-weight": 600 }),
        ...panelSvg(bars, { left, right, top: top + headHeight }),
      ];
    }),
    ...notes.map((note, n) =>
      svgText(note, { x: margin, y: notesTop + n * noteHeight - 8, fill: muted, "font-size": 12 }),
    ),
  ];
  const font = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";
  const attributes = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": layersTitle };
  const look = { "font-family": font, "font-size": 13, fill: "#1a1a1a" };
  return element("svg", { xmlns: "http://www.w3.org/2000/svg", ...attributes, ...look }, `\n${content.join("\n")}\n`);
}

/** Pixels of a character of the legend, on average, and of what is around one of its texts. */
const [capital, character, legendRoom] = [9.5, 6.8, 40];

function legend(): readonly string[] {
  let x = margin;
  return layers.flatMap((layer, n) => {
    const { fill, title } = looks[layer];
    const text = n === 0 ? title : `+ ${title}`;
    const start = x;
    const capitals = text.replaceAll(/[^A-Z]/g, "").length;
    x += capitals * capital + (text.length - capitals) * character + legendRoom;
    return [
      element("rect", { x: start, y: legendTop - 11, width: 13, height: 13, fill }),
      svgText(text, { x: start + 19, y: legendTop }),
    ];
  });
}

function notesOf({ towers }: Layered): readonly string[] {
  const doubted = panels.some(({ measure }) => towers.some((tower) => barOf(tower, measure).doubted));
  return [
    "A part is what a layer adds: its difference to the layer below, worked out in each round; the median of the rounds.",
    "Where the rounds do not agree that a layer adds anything, it has no part.",
    "The number and the black line are what was measured with all layers (the whisker: lowest and highest round), not the sum of the parts.",
    ...(doubted ? ["* the tool doubts a number of this bar: the marks in the table say why"] : []),
  ];
}
