import { type FindingKind, findingKinds, type Verdict } from "@apb/core/cell";
import { errors, impossible, lossy, partial, unequal } from "./doubts-of-counts.ts";
import { clientLimited, growing, lateStarts, nearCeiling, stalled, unsteady } from "./doubts-of-time.ts";
import type { Doubt, Evidence } from "./evidence.ts";
import { nagle } from "./nagle.ts";

/** Every doubt by the kind of its finding; what a server is known to do otherwise is found before it is measured. */
const doubts: Readonly<Record<FindingKind, Doubt>> = {
  errors,
  partial,
  lossy,
  unequal,
  impossible,
  "client-limited": clientLimited,
  "late-starts": lateStarts,
  stalled,
  unsteady,
  growing,
  nagle,
  "near-ceiling": nearCeiling,
  deviates: () => null,
};

/** What the tool thinks of its own number: its doubts in their order of gravity, the first of which names the verdict. Pure. */
export function judge(evidence: Evidence): Verdict {
  const doubted = findingKinds.flatMap((kind) => {
    const reason = doubts[kind](evidence);
    return reason === null ? [] : [{ kind, ...reason }];
  });
  const findings = [...doubted, ...evidence.deviations].sort(
    (a, b) => findingKinds.indexOf(a.kind) - findingKinds.indexOf(b.kind),
  );
  return { kind: findings[0]?.kind ?? "valid", findings };
}
