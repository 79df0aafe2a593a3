import { scaleBand, scaleLinear } from "d3-scale";
import { number, whole } from "./format.ts";
import { isShown, type Layer, type LayerMeasure, type Rung, type Tower } from "./layers.ts";
import { range } from "./quantity.ts";
import { element, svgText } from "./svg.ts";

/** How layers look and what they are called; the colours are Okabe and Ito's, which the colour-blind can tell apart. */
export const looks: Readonly<Record<Layer, Look>> = {
  socket: { fill: "#bdbdbd", ink: "#1a1a1a", title: "plain socket, agent, load generator", absent: "plain socket" },
  transport: { fill: "#56b4e9", ink: "#1a1a1a", title: "HTTP, gRPC or WebSocket", absent: "bare transport" },
  protocol: { fill: "#0072b2", ink: "#ffffff", title: "protocol", absent: "reference server" },
  sdk: { fill: "#e69f00", ink: "#1a1a1a", title: "SDK server", absent: "SDK server" },
  library: { fill: "#d55e00", ink: "#ffffff", title: "client library", absent: "client library" },
};

interface Look {
  readonly fill: string;
  /** Colour of the text that is written on it. */
  readonly ink: string;
  readonly title: string;
  /** What a bar says it has no part of. */
  readonly absent: string;
}

/** What of a tower is drawn: what the layers add, upon each other, beside what was measured in all. Microseconds. */
export interface Bar {
  readonly binding: string;
  readonly parts: readonly { readonly layer: Layer; readonly from: number; readonly to: number }[];
  /** Of the highest layer that was measured; null where none was. */
  readonly total: { readonly value: number; readonly min: number; readonly max: number } | null;
  readonly lacks: readonly Layer[];
  /** Whether the verdict on any of it is not valid. */
  readonly doubted: boolean;
}

/** A tower as a bar. Differences that are not shown, or below zero, take no room in it. */
export function barOf({ binding, rungs }: Tower, measure: LayerMeasure): Bar {
  const measured = rungs.filter(({ figures }) => figures[measure].total.value !== null);
  let end = 0;
  const parts = measured.flatMap(({ layer, figures }) => {
    const { total, added } = figures[measure];
    const size = added === null ? total.value : isShown(added) ? added.value : null;
    if (size === null || size <= 0) return [];
    const from = end;
    end += size;
    return [{ layer, from, to: end }];
  });
  return {
    binding,
    parts,
    total: totalOf(measured.at(-1), measure),
    lacks: rungs.filter((rung) => !measured.includes(rung)).map(({ layer }) => layer),
    doubted: measured.some(({ rows }) => rows.some(({ findings }) => findings.length > 0)),
  };
}

function totalOf(rung: Rung | undefined, measure: LayerMeasure): Bar["total"] {
  const total = rung?.figures[measure].total;
  const ends = total === undefined ? null : range(total);
  return total?.value == null || ends === null ? null : { value: total.value, ...ends };
}

/** Where a panel of bars stands, in pixels. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

const rowHeight = 34;
const axisHeight = 46;
const barShare = 0.3;

/** Height of a panel with so many bars, in pixels. */
export function panelHeight(bars: number): number {
  return bars * rowHeight + axisHeight;
}

/** Bars over one axis of microseconds, in the lines of an SVG. */
export function panelSvg(bars: readonly Bar[], frame: Frame): readonly string[] {
  const bottom = frame.top + bars.length * rowHeight;
  const most = Math.max(1, ...bars.flatMap(({ parts, total }) => [parts.at(-1)?.to ?? 0, total?.max ?? 0]));
  const x = scaleLinear().domain([0, most]).nice().range([frame.left, frame.right]);
  const y = scaleBand<number>()
    .domain(bars.map((_, n) => n))
    .range([frame.top, bottom])
    .padding(barShare);
  const axis = x
    .ticks(8)
    .flatMap((tick) => [
      element("line", { x1: x(tick), x2: x(tick), y1: frame.top, y2: bottom, stroke: "#e3e3e3" }),
      svgText(tick.toLocaleString("en-US"), { x: x(tick), y: bottom + 16, "text-anchor": "middle", fill: muted }),
    ]);
  const unit = svgText("µs per operation", { x: frame.right, y: bottom + 33, "text-anchor": "end", fill: muted });
  return [...axis, unit, ...bars.flatMap((bar, n) => barSvg(bar, x, { top: y(n) ?? 0, height: y.bandwidth() }))];
}

/** Colour of axes, units and notes. */
export const muted = "#555555";

/** Pixels of a character, on average, and around the text of a part. */
const characterWidth = 7;
const textRoom = 6;

function barSvg(bar: Bar, x: (us: number) => number, { top, height }: { top: number; height: number }): string[] {
  const middle = top + height / 2 + 4.5;
  const parts = bar.parts.flatMap(({ layer, from, to }) => {
    const { fill, ink } = looks[layer];
    const [start, wide] = [x(from), x(to) - x(from)];
    const label = figureText(to - from);
    const box = element("rect", { x: start, y: top, width: wide, height, fill, stroke: "#ffffff" });
    if (label.length * characterWidth + textRoom > wide) return [box];
    return [box, svgText(label, { x: start + wide / 2, y: middle, "text-anchor": "middle", fill: ink })];
  });
  const name = svgText(`${bar.binding}${bar.doubted ? " *" : ""}`, { x: x(0) - 10, y: middle, "text-anchor": "end" });
  const lacks = bar.lacks.length === 0 ? "" : `no ${bar.lacks.map((layer) => looks[layer].absent).join(", ")}`;
  if (bar.total === null) return [name, svgText(lacks, { x: x(0) + 10, y: middle, fill: muted })];
  const { value, min, max } = bar.total;
  const [low, at, high] = [x(min), x(value), x(max)];
  const end = Math.max(high, x(bar.parts.at(-1)?.to ?? 0)) + 10;
  const text = figureText(value);
  return [
    ...[name, ...parts],
    ...whisker(low, high, top + height - 2),
    element("line", { x1: at, x2: at, y1: top - 3, y2: top + height + 3, stroke: black, "stroke-width": 2 }),
    svgText(text, { x: end, y: middle, "font-weight": 600 }),
    ...(lacks === "" ? [] : [svgText(lacks, { x: end + 10 + text.length * characterWidth, y: middle, fill: muted })]),
  ];
}

const black = "#000000";
const capHeight = 3;

function whisker(low: number, high: number, y: number): readonly string[] {
  const caps = [low, high].map((x) =>
    element("line", { x1: x, x2: x, y1: y - capHeight, y2: y + capHeight, stroke: black }),
  );
  return [element("line", { x1: low, x2: high, y1: y, y2: y, stroke: black }), ...caps];
}

/** Whole microseconds from ten on, for which a part of a bar has room; the table has three digits. */
function figureText(us: number): string {
  return us >= wholeFrom ? whole(us) : number(us);
}

const wholeFrom = 10;
