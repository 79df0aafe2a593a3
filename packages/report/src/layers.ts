import { bareCarriers, bareOn, isBare, socketCarrier } from "@apb/core/bare";
import type { BindingIdentity } from "@apb/core/binding";
import type { Run } from "@apb/core/run";
import { carriers } from "@apb/core/transport";
import { median } from "@apb/stats/median";
import { type ReferencePoint, referencePoint } from "./headline.ts";
import type { Role } from "./metric.ts";
import { metricOf, type ShownMetric } from "./metrics.ts";
import { absent, type Quantity, quantity, range } from "./quantity.ts";
import { pairedRounds, type RoundsOf, roundsIn } from "./rounds.ts";
import { type MeasuredRow, type Row, type RowCell, rowKey } from "./row.ts";
import { rowsOf } from "./rows.ts";

/** What is between a body and an application, from the socket up: each adds one thing to the one before. */
export const layers = ["socket", "transport", "protocol", "sdk", "library"] as const;

/** One of {@link layers}. */
export type Layer = (typeof layers)[number];

/** What is measured of a layer, in microseconds per operation. */
export type LayerMeasure = "clientCpu" | "serverCpu" | "cpu" | "p50";

/** Their metrics, which are in milliseconds. */
export const layerMetrics: Readonly<Record<LayerMeasure, ShownMetric>> = {
  clientCpu: metricOf("clientCpuMsPerOperation"),
  serverCpu: metricOf("cpuMsPerOperation"),
  cpu: metricOf("bothCpuMsPerOperation"),
  p50: metricOf("p50Ms"),
};

const usPerMs = 1000;

/** A layer's number, and what it adds to the layer below it. */
export interface LayerFigure {
  /** With everything below it: the median of the rounds. */
  readonly total: Quantity;
  /** The difference in each round that measured both, and its median; null for the lowest layer that was measured. */
  readonly added: Quantity | null;
}

/** A layer of one binding. */
export interface Rung {
  readonly layer: Layer;
  /** The rows its figures are from; none where it was not measured, and `missing` says why. */
  readonly rows: readonly MeasuredRow[];
  readonly missing: string | null;
  readonly figures: Readonly<Record<LayerMeasure, LayerFigure>>;
}

/** A binding with everything under it and above it, from the socket up; a rung for each of {@link layers}. */
export interface Tower {
  readonly binding: string;
  /** `HTTP/1.1`, …: what carries it. */
  readonly transport: string;
  readonly rungs: readonly Rung[];
}

/** The towers of a run and the scenario and case they stand at. */
export interface Layered {
  readonly at: ReferencePoint;
  readonly towers: readonly Tower[];
}

/** What each layer of every protocol's binding costs in a run, in the run's order; null where there is no such binding. Pure. */
export function layersOf(run: Run): Layered | null {
  const rows = rowsOf(run);
  const at = referencePoint(rows, run.info);
  const { selection, bindings: known } = run.info;
  const bindings = selection.bindings.flatMap((id) => (known[id] === undefined ? [] : [{ ...known[id], id }]));
  const upper = bindings.filter((binding) => !isBare(binding));
  if (at === null || upper.length === 0) return null;
  const byKey = new Map(rows.map((row) => [rowKey(row.cell), row]));
  const roundsOf = roundsIn(run.results);
  return { at, towers: upper.map((binding) => towerOf(binding, bindings, at, byKey, roundsOf)) };
}

type Who = Pick<RowCell, "binding" | "server" | "client">;

/** A binding of a run. */
type RunBinding = BindingIdentity & { readonly id: string };

function towerOf(
  binding: RunBinding,
  bindings: readonly RunBinding[],
  at: ReferencePoint,
  rows: ReadonlyMap<string, Row>,
  roundsOf: RoundsOf,
): Tower {
  const rungs: Rung[] = [];
  let below: Who | null = null;
  for (const layer of layers) {
    const who = whoOf(layer, binding, bindings, below?.server === "sdk");
    const found: readonly Row[] =
      who === null ? [] : loadsAt(at).flatMap((load) => rows.get(keyAt(at, load, who)) ?? []);
    const measured = found.filter((row) => row.status === "measured");
    if (who === null || measured.length === 0) {
      const reason = found.find((row) => row.status !== "measured")?.reason;
      rungs.push(unmeasured(layer, reason ?? whyUnmeasured(layer, binding)));
      continue;
    }
    rungs.push({ layer, rows: measured, missing: null, figures: figuresOf(at, who, below, roundsOf) });
    below = who;
  }
  return { binding: binding.id, transport: carriers[binding.transport], rungs };
}

/** The loads that the figures of a layer are from. */
function loadsAt({ roundTrip, busy }: ReferencePoint): readonly string[] {
  return [roundTrip, busy].filter((load) => load !== null);
}

function keyAt({ scenario, case: params }: ReferencePoint, load: string, who: Who): string {
  return rowKey({ scenario, case: params, load, security: "plain", ...who });
}

/** Who is to be measured for a layer. The library asks the server that is under it. */
function whoOf(
  layer: Layer,
  { id: binding, transport }: RunBinding,
  bindings: readonly RunBinding[],
  onSdk: boolean,
): Who | null {
  const bare = bareOn(bindings, layer === "socket" ? socketCarrier : carriers[transport]);
  switch (layer) {
    case "socket":
    case "transport":
      if (!bareCarriers.has(carriers[transport])) return null;
      return bare === undefined ? null : { binding: bare.id, server: "reference", client: "wire" };
    case "protocol":
      return { binding, server: "reference", client: "wire" };
    case "sdk":
      return { binding, server: "sdk", client: "wire" };
    case "library":
      return { binding, server: onSdk ? "sdk" : "reference", client: "library" };
  }
}

function whyUnmeasured(layer: Layer, { id, transport }: RunBinding): string {
  const carrier = carriers[transport];
  if ((layer === "socket" || layer === "transport") && !bareCarriers.has(carrier))
    return `${carrier} is no socket, and is not measured without a protocol`;
  return `this run has not measured it: bench run --layers --binding ${id} does`;
}

function unmeasured(layer: Layer, missing: string): Rung {
  const figure: LayerFigure = { total: absent(missing), added: null };
  const figures = { clientCpu: figure, serverCpu: figure, cpu: figure, p50: figure };
  return { layer, rows: [], missing, figures };
}

function figuresOf(at: ReferencePoint, who: Who, below: Who | null, roundsOf: RoundsOf): Rung["figures"] {
  const figure = (measure: LayerMeasure): LayerFigure => {
    const metric = layerMetrics[measure];
    const load = loadFor(at, metric.from);
    return figureOf(metric, keyAt(at, load, who), below === null ? null : keyAt(at, load, below), roundsOf);
  };
  return { clientCpu: figure("clientCpu"), serverCpu: figure("serverCpu"), cpu: figure("cpu"), p50: figure("p50") };
}

/** The load at the reference point that gives this kind of number, or the only one there is. */
function loadFor({ roundTrip, busy }: ReferencePoint, role: Role): string {
  return (role === "roundTrip" ? (roundTrip ?? busy) : (busy ?? roundTrip)) ?? "";
}

function figureOf(metric: ShownMetric, key: string, belowKey: string | null, roundsOf: RoundsOf): LayerFigure {
  const own = [...roundsOf(key).values()];
  const us = (row: MeasuredRow): number | null => scaled(metric.of(row).value);
  const missing = own.map((row) => metric.of(row).missing).find((reason) => reason !== null) ?? "no round has it";
  const total = quantity(own.map(us), median, missing);
  if (belowKey === null) return { total, added: null };
  const differences = pairedRounds(belowKey, key, roundsOf).map(({ base, other }) => difference(us(other), us(base)));
  return { total, added: quantity(differences, median, "no round has it of this layer and the one below") };
}

/** Whether all rounds agree that there is a difference; where they do not, none is shown. */
export function isShown(added: Quantity): boolean {
  const ends = range(added);
  return ends !== null && (ends.min > 0 || ends.max < 0);
}

function difference(above: number | null, below: number | null): number | null {
  return above === null || below === null ? null : above - below;
}

function scaled(ms: number | null): number | null {
  return ms === null ? null : ms * usPerMs;
}
