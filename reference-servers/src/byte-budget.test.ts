import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteBudget, smallBytes } from "./byte-budget.ts";

const limits = { totalBytes: 1_000_000, reserveBytes: 200_000 };

it("keeps the last of it for small holds", () => {
  const budget = new ByteBudget(limits);
  expect(budget.hold(800_001)).toBeNull();
  const large = budget.hold(800_000);
  expect(large).not.toBeNull();
  expect(budget.hold(smallBytes + 1)).toBeNull();
  const small = Array.from({ length: 4 }, () => budget.hold(50_000));
  expect(small).not.toContain(null);
  expect(budget.hold(1)).toBeNull();
  large?.release();
  expect(budget.heldBytes).toBe(200_000);
});

it("lets a hold grow as far as there is room, and no small one into a large one in the reserve", () => {
  const budget = new ByteBudget(limits);
  const hold = budget.hold(smallBytes);
  budget.hold(800_000 - smallBytes);
  expect(hold?.grow(1)).toBe(false);
  expect(budget.heldBytes).toBe(800_000);
});

it("never holds more than its limit, and nothing when all is given back, however often", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400_000), { maxLength: 50 }), (sizes) => {
      const budget = new ByteBudget(limits);
      const holds = sizes.map((bytes) => budget.hold(bytes));
      expect(budget.heldBytes).toBeLessThanOrEqual(limits.totalBytes);
      for (const hold of [...holds, ...holds]) hold?.release();
      expect(budget.heldBytes).toBe(0);
    }),
  );
});
