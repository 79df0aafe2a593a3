import fc from "fast-check";
import { expect, it } from "vitest";
import { Gate } from "./gate.ts";

const whole = { index: 0, of: 1 };

it("numbers what begins from 0", () => {
  const gate = new Gate(whole);
  expect([gate.admit(false), gate.admit(true), gate.admit(true)]).toEqual([0, 1, 2]);
  expect(gate.begun).toBe(3);
});

it("lets so many samples begin, and does not count the warm-up", () => {
  const gate = new Gate(whole, 2);
  expect([false, false, true, true, true, false].map((sample) => gate.admit(sample))).toEqual([0, 1, 2, 3, null, null]);
  expect(gate.begun).toBe(4);
});

it("lets nothing begin once it is stopped", () => {
  const gate = new Gate(whole);
  gate.admit(true);
  gate.stop();
  expect(gate.admit(true)).toBeNull();
  expect(gate.admit(false)).toBeNull();
  expect(gate.begun).toBe(1);
});

it("gives no number twice over all shares, and leaves none out while they keep step", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 9 }),
      (of, begun) => {
        const numbers = Array.from({ length: of }, (_, index) => new Gate({ index, of })).flatMap((gate, index) =>
          Array.from({ length: begun[index % begun.length] ?? 0 }, () => gate.admit(true)),
        );
        expect(new Set(numbers).size).toBe(numbers.length);
        const each = Math.min(...begun);
        const first = Array.from({ length: each * of }, (_, n) => n);
        expect(numbers).toEqual(expect.arrayContaining(first));
      },
    ),
  );
});
