import { bareOn, isBare, socketCarrier } from "@apb/core/bare";
import type { BindingIdentity } from "@apb/core/binding";
import type { CellResult } from "@apb/core/cell";
import type { Run } from "@apb/core/run";
import { carriers } from "@apb/core/transport";
import { type ReferencePoint, referencePoint } from "./headline.ts";
import { absent, median, type Quantity, quantity, range } from "./quantity.ts";
import { measuredRounds, pairedRounds } from "./rounds.ts";
import { latencyOf, type MeasuredRow, type Row, type RowCell, rowKey, rowsOf } from "./rows.ts";

/** What is between a body and an application, from the socket up: each adds one thing to the one before. */
export const layers = ["socket", "transport", "protocol", "sdk", "library"] as const;

/** One of {@link layers}. */
export type Layer = (typeof layers)[number];

/** What is measured of a layer, in microseconds per operation. */
export type LayerMeasure = "clientCpu" | "serverCpu" | "cpu" | "p50";

const usPerMs = 1000;

const measures: Readonly<Record<LayerMeasure, (row: MeasuredRow) => Quantity>> = {
  clientCpu: ({ generator }) => generator.cpuMsPerOperation,
  serverCpu: ({ server }) => server.cpuMsPerOperation,
  cpu: ({ generator, server }) => together(generator.cpuMsPerOperation, server.cpuMsPerOperation),
  p50: (row) => latencyOf(row, "total", "p50"),
};

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
  /** Null where it was not measured; `missing` says why. */
  readonly row: MeasuredRow | null;
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
  const at = referencePoint(rows);
  const { selection, bindings: known } = run.info;
  const bindings = selection.bindings.flatMap((id) => (known[id] === undefined ? [] : [{ ...known[id], id }]));
  const upper = bindings.filter((binding) => !isBare(binding));
  if (at === null || upper.length === 0) return null;
  const byKey = new Map(rows.map((row) => [rowKey(row.cell), row]));
  return { at, towers: upper.map((binding) => towerOf(binding, bindings, at, byKey, run.results)) };
}

/** A binding of a run. */
type RunBinding = BindingIdentity & { readonly id: string };

function towerOf(
  binding: RunBinding,
  bindings: readonly RunBinding[],
  at: ReferencePoint,
  rows: ReadonlyMap<string, Row>,
  results: readonly CellResult[],
): Tower {
  const rungs: Rung[] = [];
  for (const layer of layers) {
    const below = rungs.findLast(({ row }) => row !== null)?.row?.cell ?? null;
    const who = whoOf(layer, binding, bindings, below?.server === "sdk");
    const row = who === null ? undefined : rows.get(rowKey({ ...at, ...who }));
    if (row?.status === "measured")
      rungs.push({ layer, row, missing: null, figures: figuresOf(row.cell, below, results) });
    else rungs.push(unmeasured(layer, row?.reason ?? notInRun(binding.id)));
  }
  return { binding: binding.id, transport: carriers[binding.transport], rungs };
}

/** Who is to be measured for a layer. The library asks the server that is under it. */
function whoOf(
  layer: Layer,
  { id: binding, transport }: RunBinding,
  bindings: readonly RunBinding[],
  onSdk: boolean,
): Pick<RowCell, "binding" | "server" | "client"> | null {
  const bare = bareOn(bindings, layer === "socket" ? socketCarrier : carriers[transport]);
  switch (layer) {
    case "socket":
    case "transport":
      return bare === undefined ? null : { binding: bare.id, server: "reference", client: "wire" };
    case "protocol":
      return { binding, server: "reference", client: "wire" };
    case "sdk":
      return { binding, server: "sdk", client: "wire" };
    case "library":
      return { binding, server: onSdk ? "sdk" : "reference", client: "library" };
  }
}

function notInRun(binding: string): string {
  return `this run has not measured it: pnpm bench run --layers --binding ${binding} does`;
}

function unmeasured(layer: Layer, missing: string): Rung {
  const figure: LayerFigure = { total: absent(missing), added: null };
  return { layer, row: null, missing, figures: { clientCpu: figure, serverCpu: figure, cpu: figure, p50: figure } };
}

function figuresOf(cell: RowCell, below: RowCell | null, results: readonly CellResult[]): Rung["figures"] {
  const key = rowKey(cell);
  const own = [...measuredRounds(key, results).values()];
  const pairs = below === null ? null : pairedRounds(rowKey(below), key, results);
  const figure = (measure: LayerMeasure): LayerFigure => {
    const of = measures[measure];
    const us = (row: MeasuredRow): number | null => scaled(of(row).value);
    const missing = own.map((row) => of(row).missing).find((reason) => reason !== null) ?? "no round has it";
    const differences = pairs?.map(({ base, other }) => difference(us(other), us(base))) ?? [];
    return {
      total: quantity(own.map(us), median, missing),
      added: pairs === null ? null : quantity(differences, median, "no round has it of this layer and the one below"),
    };
  };
  return { clientCpu: figure("clientCpu"), serverCpu: figure("serverCpu"), cpu: figure("cpu"), p50: figure("p50") };
}

/** Whether all rounds agree that there is a difference; where they do not, none is shown. */
export function isShown(added: Quantity): boolean {
  const ends = range(added);
  return ends !== null && (ends.min > 0 || ends.max < 0);
}

function together(a: Quantity, b: Quantity): Quantity {
  if (a.value === null || b.value === null) return absent(a.missing ?? b.missing ?? "one of its parts is missing");
  return { value: a.value + b.value, rounds: [], missing: null };
}

function difference(above: number | null, below: number | null): number | null {
  return above === null || below === null ? null : above - below;
}

function scaled(ms: number | null): number | null {
  return ms === null ? null : ms * usPerMs;
}
