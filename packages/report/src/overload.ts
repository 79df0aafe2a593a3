import { latencyOf, type MeasuredRow, type Row, serviceOf } from "./row.ts";

/** From this part of a call's own time on, the wait before it is a visible part of its response time. */
const waitingPart = 0.1;

/**
 * The rows of these whose arrivals came faster than they were served: some were dropped, or waited on average for more than
 * a tenth of a call's time. Their latency is of waiting and no round trip.
 */
export function overloadedIn(rows: readonly Row[]): readonly MeasuredRow[] {
  return rows.filter((row) => row.status === "measured").filter(isOverloaded);
}

function isOverloaded(row: MeasuredRow): boolean {
  if (row.load.model === "closed") return false;
  const service = serviceOf(row, "total", "mean").value;
  const wait = waitOf(row);
  return row.dropped > 0 || (wait !== null && service !== null && wait > waitingPart * service);
}

/** The mean wait for a free connection; where it is no step of its own, what response times have beyond service times. */
function waitOf(row: MeasuredRow): number | null {
  const wait = latencyOf(row, "wait", "mean").value;
  if (wait !== null) return wait;
  const [response, service] = [latencyOf(row, "total", "mean").value, serviceOf(row, "total", "mean").value];
  return response === null || service === null ? null : response - service;
}

/** What their tables must not be taken for; nothing where no row is overloaded. */
export function overloadRemarks(rows: readonly Row[]): readonly string[] {
  const overloaded = overloadedIn(rows);
  if (overloaded.length === 0) return [];
  const loads = [...new Set(overloaded.map(({ cell }) => cell.load))].join(", ");
  const bindings = [...new Set(overloaded.map(({ cell }) => cell.binding))].join(", ");
  return [
    `latency under ${loads} is no round trip: at ${bindings} arrivals were dropped, or waited for more than a tenth of a call's time; a lower rate, or a load of one VU, shows what one message takes`,
  ];
}
