import type { RunInfo } from "@apb/core/run";
import { duration } from "./format.ts";
import { needLoad } from "./names.ts";
import type { Row } from "./row.ts";

/** Of two loads beside each other, what stands at the heads of their columns. */
export interface PairHeads {
  readonly roundTrip: string;
  readonly busy: string;
  /** Of the busy load's latency. */
  readonly waiting: string;
}

/** Heads for columns of these loads, of each one or several labels. */
export function pairHeads(roundTrip: readonly string[], busy: readonly string[], saturated: boolean): PairHeads {
  const busyHead = headOf(busy) ?? "busy";
  return {
    roundTrip: headOf(roundTrip) ?? "round trip",
    busy: busyHead,
    waiting: saturated ? `${busyHead}\nsaturated` : busyHead,
  };
}

/** Longer than this, a label would make a narrow column wide. */
const headRoom = 12;

/** A label without the part that says on how many connections or for how long; null where it is no short one. */
function headOf([label = "", ...others]: readonly string[]): string | null {
  const [head = label] = label.split(/ on | in |, /, 1);
  return others.length > 0 || head.length > headRoom ? null : head;
}

/** The loads of rows in words: one, or the first and the last of several; nothing where a column tells them. */
export function loadText(rows: readonly Row[]): string {
  if (needLoad(rows)) return "";
  const labels = [...new Set(rows.map(({ cell }) => cell.load))];
  const models = new Set(rows.flatMap((row) => (row.status === "measured" ? [`${row.load.model} load`] : [])));
  const [first = "", last = ""] = [labels[0], labels.at(-1)];
  return [labels.length < 2 ? first : `${first} … ${last}`, ...(models.size === 1 ? models : [])].join(", ");
}

/** Latency of many VUs must not be taken for what a message takes. */
export function waitingRemark(load: string): string {
  return `latency under ${load} holds their waiting for each other: what one message takes alone, a load of one VU shows`;
}

/** What two loads beside each other tell. */
export function pairText(roundTrip: string, busy: string, saturated: boolean): string {
  const waiting = saturated ? ", who saturate the servers, so that their latency is waiting" : ", many at once";
  return `${roundTrip}, the round trip; ${busy}${waiting}`;
}

/** How long a profile's windows are: at most so long, where a load is over when it has done its iterations. */
export function windowText({ profile: { windowMs }, loads }: Pick<RunInfo, "profile" | "loads">): string {
  const counted = Object.values(loads).some(({ executor }) => executor.includes("iterations"));
  return `${counted ? "at most " : ""}${duration(windowMs)}`;
}
