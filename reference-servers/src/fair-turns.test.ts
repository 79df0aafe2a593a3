import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { inTurns } from "./fair-turns.ts";

it("takes what comes one at a time at once", async () => {
  const taken: number[] = [];
  const turns = inTurns<number>(
    (item) => taken.push(item),
    () => undefined,
  );
  for (let item = 0; item < 200; item++) {
    turns.add(item);
    expect(taken).toHaveLength(item + 1);
    expect(turns.waiting).toBe(false);
    await nextTurn();
  }
});

it("takes what comes at once in order, a share a turn, and says when nothing waits", async () => {
  const taken: number[] = [];
  let emptied = 0;
  const turns = inTurns<number>(
    (item) => taken.push(item),
    () => emptied++,
  );
  const items = Array.from({ length: 1000 }, (_, item) => item);
  for (const item of items) turns.add(item);
  const share = taken.length;
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThanOrEqual(100);
  for (let before = share; turns.waiting; before = taken.length) {
    await nextTurn();
    expect(taken.length - before).toBeLessThanOrEqual(share);
  }
  expect(taken).toEqual(items);
  expect(emptied).toBe(1);
});

it("leaves others their own share in the same turn", () => {
  const taken: string[] = [];
  const [busy, quiet] = ["busy", "quiet"].map(() =>
    inTurns<string>(
      (item) => taken.push(item),
      () => undefined,
    ),
  );
  for (let n = 0; n < 1000; n++) busy?.add("busy");
  quiet?.add("quiet");
  expect(taken.at(-1)).toBe("quiet");
});
