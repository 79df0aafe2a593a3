import type { FailureKind } from "./failure.ts";

/** The most characters of a sentence that are kept. */
const longest = 300;
/** Ends a sentence that was longer. */
export const cutSign = "…";
/** What would move a terminal's cursor, break a line, or turn the direction of what follows. */
const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * The failures of one kind in their own words: when the first and the last was, in milliseconds since the window opened (of
 * connections: since the first was asked for), and the first one's sentence.
 */
export interface Said {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly sentence: string;
}

/** What was said of failures, by their kind. */
export type SaidByKind = Readonly<Partial<Record<FailureKind, Said>>>;

/** A sentence as it is kept: on one line, without control characters, at most 300 characters. */
export function keptSentence(sentence: string): string {
  const plain = sentence.slice(0, 4 * longest).replace(controls, " ");
  const characters = [...plain.trim()];
  return characters.length > longest ? characters.slice(0, longest - 1).join("") + cutSign : characters.join("");
}

/** Both: of each kind the earliest, of two at one time the one whose sentence sorts first. Associative and commutative. */
export function mergeSaid(a: SaidByKind, b: SaidByKind): SaidByKind {
  const merged: Partial<Record<FailureKind, Said>> = { ...a };
  for (const [kind, said] of Object.entries(b) as [FailureKind, Said][]) {
    const known = merged[kind];
    merged[kind] = known === undefined ? said : earlier(known, said);
  }
  return merged;
}

function earlier(a: Said, b: Said): Said {
  const first = a.firstMs < b.firstMs || (a.firstMs === b.firstMs && a.sentence <= b.sentence) ? a : b;
  return { ...first, lastMs: Math.max(a.lastMs, b.lastMs) };
}
