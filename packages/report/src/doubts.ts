import type { FindingKind } from "@apb/core/cell";
import type { Aspect } from "@apb/core/metrics";
import type { MeasuredRow } from "./row.ts";

const everything: readonly Aspect[] = ["speed", "cost", "failures"];

/**
 * What a finding spoils of the round it was made in, so that no two runs, or sides, are compared by it.
 *
 * - `partial`, `lossy` and `unequal` say that counts are wrong, or not whole.
 * - `impossible`, `client-limited` and `late-starts` doubt clocks, or tell whose limit they show. Memory, bytes, CPU time per
 *   operation and failures are counted in the server or by the reply, however late it is.
 * - `errors` means that fewer operations or connections asked than were meant to, which the others then had it easier by.
 * - `stalled` and `unsteady` are what the clocks truly saw: a machine's, and then in the spread of the rounds, or a loss
 *   that set aside would not be found.
 * - `growing` and `nagle` explain a number and do not doubt it: a leak or a delay that appears is a loss like any other.
 * - `near-ceiling` says whose limit is near. The number is what this client and that server do together, before and after.
 * - `deviates` is about calls that are not measured.
 */
const spoilt: Readonly<Record<FindingKind, readonly Aspect[]>> = {
  partial: everything,
  lossy: everything,
  unequal: everything,
  errors: ["speed"],
  impossible: ["speed"],
  "client-limited": ["speed"],
  "late-starts": ["speed"],
  stalled: [],
  unsteady: [],
  growing: [],
  nagle: [],
  "near-ceiling": [],
  deviates: [],
};

/** The kinds of a row's findings that forbid to judge a metric of this aspect. */
export function doubtsAbout({ aspect }: { readonly aspect: Aspect }, row: MeasuredRow): readonly FindingKind[] {
  return row.findings.map(({ kind }) => kind).filter((kind) => spoilt[kind].includes(aspect));
}
