import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptSentence, mergeSaid, type SaidByKind } from "./said.ts";

describe("keptSentence", () => {
  it.each([
    ["a plain one", "no agent of that name", "no agent of that name"],
    ["lines", "first\r\nsecond\tthird\n", "first second third"],
    ["a terminal's commands", "\u001b[31mred\u001b[0m", "[31mred [0m"],
    ["turned text", "a\u202eb", "a b"],
    ["as much as is kept", "a".repeat(300), "a".repeat(300)],
    ["more", "a".repeat(5000), `${"a".repeat(299)}…`],
    ["more in pairs of code units", "😀".repeat(5000), `${"😀".repeat(299)}…`],
  ])("of %s", (_what, sentence, kept) => {
    expect(keptSentence(sentence)).toBe(kept);
  });
});

const said: fc.Arbitrary<SaidByKind> = fc
  .array(
    fc.record({
      kind: fc.constantFrom("timeout", "agent"),
      firstMs: fc.integer({ min: 0, max: 2 }),
      lastMs: fc.integer({ min: 2, max: 5 }),
      sentence: fc.constantFrom("a", "b", "c"),
    }),
    { maxLength: 2 },
  )
  .map((some) => Object.fromEntries(some.map(({ kind, ...one }) => [kind, one])));

describe("mergeSaid", () => {
  it("is associative and commutative, and nothing changes nothing", () => {
    fc.assert(
      fc.property(said, said, said, (a, b, c) => {
        expect(mergeSaid(mergeSaid(a, b), c)).toEqual(mergeSaid(a, mergeSaid(b, c)));
        expect(mergeSaid(a, b)).toEqual(mergeSaid(b, a));
        expect(mergeSaid(a, {})).toEqual(a);
      }),
    );
  });

  it("keeps the first's sentence and the last's time", () => {
    const early = { timeout: { firstMs: 1, lastMs: 2, sentence: "z" } };
    const late = { timeout: { firstMs: 3, lastMs: 9, sentence: "a" } };
    expect(mergeSaid(late, early)).toEqual({ timeout: { firstMs: 1, lastMs: 9, sentence: "z" } });
  });
});
