import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CpuCounter } from "./cpu-counter.ts";

type Parts = Readonly<Record<string, number>>;

function totals(looks: readonly (readonly [parts: Parts, atLeastNs: number])[]): number[] {
  const counter = new CpuCounter();
  return looks.map(([parts, atLeastNs]) => counter.total(new Map(Object.entries(parts)), atLeastNs));
}

describe("CpuCounter", () => {
  it.each<[string, readonly (readonly [Parts, number])[], number[]]>([
    ["nothing", [[{}, 0]], [0]],
    [
      "parts that run on",
      [
        [{ a: 1, b: 2 }, 0],
        [{ a: 4, b: 2 }, 0],
      ],
      [3, 6],
    ],
    [
      "one that began",
      [
        [{ a: 1 }, 0],
        [{ a: 1, b: 5 }, 0],
      ],
      [1, 6],
    ],
    [
      "one that ended",
      [
        [{ a: 1, b: 5 }, 0],
        [{ a: 2 }, 0],
        [{ a: 3 }, 0],
      ],
      [6, 7, 8],
    ],
    [
      "a number that was given again",
      [
        [{ a: 9 }, 0],
        [{ a: 2 }, 0],
        [{ a: 3 }, 0],
      ],
      [9, 11, 12],
    ],
    [
      "one that began and ended unseen, of which the whole knows",
      [
        [{ a: 10 }, 10],
        [{ a: 12 }, 30],
        [{ a: 15 }, 30],
      ],
      [10, 30, 33],
    ],
    [
      "one that ended after it was last seen",
      [
        [{ a: 10, b: 10 }, 20],
        [{ a: 10 }, 30],
        [{ a: 11 }, 30],
      ],
      [20, 30, 31],
    ],
    [
      "a whole that is coarser and behind",
      [
        [{ a: 19 }, 10],
        [{ a: 25 }, 20],
      ],
      [19, 25],
    ],
  ])("adds up %s", (_, looks, expected) => {
    expect(totals(looks)).toEqual(expected);
  });

  it("never falls and is never below what it was told", () => {
    const parts = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.nat(1e12));
    fc.assert(
      fc.property(fc.array(fc.tuple(parts, fc.nat(1e12)), { minLength: 1 }), (looks) => {
        let before = 0;
        totals(looks).forEach((total, n) => {
          const [seen, atLeastNs] = looks[n] as (typeof looks)[number];
          expect(total).toBeGreaterThanOrEqual(before);
          expect(total).toBeGreaterThanOrEqual(atLeastNs);
          expect(total).toBeGreaterThanOrEqual(Object.values(seen).reduce((sum, ns) => sum + ns, 0));
          before = total;
        });
      }),
    );
  });

  it("counts threads that come and go to the last nanosecond when the whole is known", () => {
    // Each thread begins at one look, ends after another, and runs for some time between looks.
    const thread = fc.record({
      from: fc.nat(9),
      looks: fc.integer({ min: 0, max: 9 }),
      stepNs: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(fc.array(thread, { maxLength: 12 }), (threads) => {
        const looks = Array.from({ length: 20 }, (_, look) => {
          const begun = threads.map(({ from, looks: many, stepNs }) => ({
            living: look >= from && look < from + many,
            ns: stepNs * Math.max(0, Math.min(look - from + 1, many + 1)),
          }));
          const living = begun.flatMap(({ living, ns }, id) => (living ? [[String(id), ns] as const] : []));
          return [Object.fromEntries(living), begun.reduce((sum, { ns }) => sum + ns, 0)] as const;
        });
        expect(totals(looks)).toEqual(looks.map(([, whole]) => whole));
      }),
    );
  });
});
