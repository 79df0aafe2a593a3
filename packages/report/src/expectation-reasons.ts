import { isOwnServer } from "@apb/core/cell";
import type { Expectation, Selection } from "@apb/core/run";
import { number, whole } from "./format.ts";
import type { MeasuredRow } from "./row.ts";

/** What is known of the run in which a figure was measured. */
export interface Setting {
  readonly selection: Selection;
  readonly row: MeasuredRow;
  readonly vus: number;
}

type Side = "below" | "above";

/** Why less, or more, than expected can be measured: only what is true of this run. */
export function reasonsFor(metric: keyof Expectation, side: Side, setting: Setting): readonly string[] {
  return reasons[metric][side](setting).filter((reason) => reason !== null);
}

type Reasons = (setting: Setting) => readonly (string | null)[];

const reasons: Readonly<Record<keyof Expectation, Readonly<Record<Side, Reasons>>>> = {
  meanMs: {
    below: (setting) => [
      isOurs(setting) ? "client and server share one machine: no network" : null,
      isAtOnce(setting) ? "the agent answers at once: no model" : null,
      ...agentCosts(setting),
    ],
    above: agentCosts,
  },
  requestsPerSecond: {
    below: (setting) => [
      ...agentCeilings(setting),
      isOurs(setting) ? "the load generator takes its share of the same machine's cores" : null,
      isClientLimited(setting) ? "the load generator is a limit itself (see the marks)" : null,
    ],
    above: (setting) => [isAtOnce(setting) ? "the agent does no work of its own" : null],
  },
  memoryMegabytes: {
    below: (setting) => [isOurs(setting) ? "the agents keep nothing" : null],
    above: () => ["this is the peak, and the runtime and its libraries are in it"],
  },
  cpuPercent: {
    below: ({ vus, selection: { delayMs } }) => [
      delayMs > 0 ? `the agent waits ${number(delayMs)} ms, and the server with it` : null,
      delayMs > 0 ? null : `${vus} VUs leave the server idle for a part of the time`,
    ],
    above: ({ vus, selection: { delayMs } }) => [
      delayMs > 0
        ? null
        : `${vus} VUs without pauses drive a server as far as it goes: compare CPU per operation instead`,
    ],
  },
};

/** Nothing is known of what another's server does, and where it is. */
function isOurs({ row: { cell } }: Setting): boolean {
  return isOwnServer(cell.server);
}

function isAtOnce(setting: Setting): boolean {
  const { delayMs, workMs } = setting.selection;
  return isOurs(setting) && delayMs === 0 && workMs === 0;
}

function isClientLimited({ row: { findings } }: Setting): boolean {
  return findings.some(({ kind }) => kind === "client-limited" || kind === "near-ceiling");
}

function agentCosts({ selection: { delayMs, workMs } }: Setting): readonly (string | null)[] {
  return [
    delayMs > 0 ? `the agent waits ${number(delayMs)} ms` : null,
    workMs > 0 ? `the agent burns ${number(workMs)} ms of CPU` : null,
  ];
}

/** By Little's law, and by one core's time. */
function agentCeilings({ vus, selection: { delayMs, workMs } }: Setting): readonly (string | null)[] {
  const second = 1000;
  return [
    delayMs > 0
      ? `the agent waits ${number(delayMs)} ms, so that ${vus} VUs make ${whole((vus * second) / delayMs)} requests per second at most`
      : null,
    workMs > 0
      ? `the agent burns ${number(workMs)} ms of CPU, so that a core makes ${whole(second / workMs)} requests per second at most`
      : null,
  ];
}
