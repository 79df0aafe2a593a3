import type { Ceiling } from "@apb/core/ceiling";
import type { RunInfo } from "@apb/core/run";
import { counted, size, whole } from "./format.ts";

/** What the clients of a run could do at most where it was measured, as one sentence; none where the run did not find out. */
export function ceilingRemarks({ ceilings = [], selection: { clients } }: RunInfo): readonly string[] {
  const [first] = ceilings;
  if (first === undefined) return [];
  const each = ceilings.map((ceiling) => ceilingText(ceiling, clients.length > 1));
  const how = `one process on a core of its own, ${counted(first.users, "user")}, ${size(first.sizeBytes)} bodies, a server that does nothing`;
  return [`This client's ceiling on this machine (${how}): ${each.join(", ")}`];
}

function ceilingText({ transport, client, operationsPerSecond, missing }: Ceiling, several: boolean): string {
  const who = several ? `${transport} by ${client}` : transport;
  return operationsPerSecond === null
    ? `${who} not measured (${missing})`
    : `${who} ${whole(operationsPerSecond)} ops/s`;
}
