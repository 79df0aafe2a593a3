import { caseLabel } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { caseText } from "./format.ts";
import type { Placed, RowCell } from "./row.ts";

/** What rows are called among others: no more than it takes to tell them apart. */
export interface Names {
  /** Scenario and case, and the load where a case has several: `message-size 1 KiB, 10 VUs`. */
  place(cell: RowCell): string;
  /** The same without the scenario. */
  point(cell: RowCell): string;
  /** The binding, and server and client where there are several: `a/b (sdk, wire)`. */
  who(cell: Pick<RowCell, "binding" | "server" | "client">): string;
}

/** The kinds of server and client that rows are to be told apart among. */
export type Kinds = Pick<RunInfo["selection"], "servers" | "clients">;

/** Names for these rows. */
export function namesOf(rows: readonly Placed[], { servers, clients }: Kinds): Names {
  const ambiguous = casesOfSeveralLoads(rows);
  const point = (cell: RowCell): string =>
    [caseText(cell.case), ambiguous.has(caseKey(cell)) ? cell.load : ""].filter((part) => part !== "").join(", ");
  return {
    point,
    place: (cell) => `${cell.scenario} ${point(cell)}`.trimEnd(),
    who: ({ binding, server, client }) => {
      const parts = [...(servers.length > 1 ? [server] : []), ...(clients.length > 1 ? [client] : [])];
      return parts.length === 0 ? binding : `${binding} (${parts.join(", ")})`;
    },
  };
}

/** Names for these rows, with as much of server and client as they have several of. */
export function namesAmong(rows: readonly Placed[]): Names {
  return namesOf(rows, {
    servers: [...new Set(rows.map(({ cell }) => cell.server))],
    clients: [...new Set(rows.map(({ cell }) => cell.client))],
  });
}

/** Whether it takes the load to tell some of the rows apart. */
export function needLoad(rows: readonly Placed[]): boolean {
  return casesOfSeveralLoads(rows).size > 0;
}

function casesOfSeveralLoads(rows: readonly Placed[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  const several = new Set<string>();
  for (const { cell } of rows) {
    const key = caseKey(cell);
    const known = first.get(key) ?? cell.load;
    first.set(key, known);
    if (known !== cell.load) several.add(key);
  }
  return several;
}

function caseKey({ scenario, case: params }: RowCell): string {
  return `${scenario} ${caseLabel(params)}`;
}
