import { defaultMaxInFlight, isOpen, type Load, type Stage } from "./load.ts";
import { mostVUs } from "./vus.ts";

/**
 * A load in a few words that tell it from others, fit for a key: `10 VUs`, `500/s on 10 connections`. Left out is what does not
 * decide how hard it is: how long a constant load or a number of iterations may take, and how an end is graceful.
 */
export function loadLabel(load: Load): string {
  return [shapeOf(load), connectionsOf(load), inFlightOf(load), startOf(load)].join("");
}

function shapeOf(load: Load): string {
  switch (load.executor) {
    case "constant-vus":
      return counted(load.vus, "VU");
    case "ramping-vus":
      return rampOf(load.startVUs, load.stages, " VUs");
    case "per-vu-iterations":
      return `${counted(load.vus, "VU")} × ${counted(load.iterations, "iteration")}`;
    case "shared-iterations":
      return `${counted(load.iterations, "iteration")} by ${counted(load.vus, "VU")}`;
    case "constant-arrival-rate":
      return `${load.perSecond}/s`;
    case "ramping-arrival-rate":
      return rampOf(load.startPerSecond, load.stages, "/s");
  }
}

/** `0→40→0 VUs in 4s+2s`. */
function rampOf(start: number, stages: readonly Stage[], unit: string): string {
  const values = [start, ...stages.map(({ target }) => target)].join("→");
  return `${values}${unit} in ${stages.map(({ durationMs }) => seconds(durationMs)).join("+")}`;
}

/** Nothing where each VU has one. */
function connectionsOf(load: Load): string {
  return !isOpen(load) && load.sessions === mostVUs(load) ? "" : ` on ${counted(load.sessions, "connection")}`;
}

function inFlightOf(load: Load): string {
  return !isOpen(load) || load.maxInFlight === defaultMaxInFlight ? "" : `, at most ${load.maxInFlight} in flight`;
}

function startOf({ startTimeMs }: Load): string {
  return startTimeMs === 0 ? "" : `, after ${seconds(startTimeMs)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** To the nanosecond, so that what a factor left behind the point does not show. */
function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(9))}s`;
}
