import type { FindingKind } from "@apb/core/cell";
import type { Aspect } from "@apb/core/metrics";
import type { MeasuredRow } from "./row.ts";

const everything: readonly Aspect[] = ["speed", "cost", "failures"];

/**
 * What a finding spoils, so that two runs are not compared by it.
 *
 * - `errors` means that fewer operations or connections did the work than were asked for: only the failures compare.
 * - `partial`, `lossy`, `unequal` and `impossible` say that counts or clocks are wrong, or not whole.
 * - `client-limited`, `late-starts`, `stalled` and `unsteady` are about when replies came. Memory, CPU time per operation and failures are counted
 *   in the server or by the reply, however late it is.
 * - `growing` and `nagle` explain a number and do not doubt it: a leak or a delay that appears is a loss like any other.
 * - `near-ceiling` says whose limit is near. The number is what this client and that server do together, before and after.
 * - `deviates` is about calls that are not measured.
 */
const spoilt: Readonly<Record<FindingKind, readonly Aspect[]>> = {
  errors: ["speed", "cost"],
  partial: everything,
  lossy: everything,
  unequal: everything,
  impossible: everything,
  "client-limited": ["speed"],
  "late-starts": ["speed"],
  stalled: ["speed"],
  unsteady: ["speed"],
  growing: [],
  nagle: [],
  "near-ceiling": [],
  deviates: [],
};

/** The kinds of a row's findings that forbid to judge a metric of this aspect. */
export function doubtsAbout({ aspect }: { readonly aspect: Aspect }, row: MeasuredRow): readonly FindingKind[] {
  return row.findings.map(({ kind }) => kind).filter((kind) => spoilt[kind].includes(aspect));
}
