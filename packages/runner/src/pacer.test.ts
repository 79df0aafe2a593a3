import { describe, expect, it } from "vitest";
import { evenly } from "./pacer.ts";

describe("evenly", () => {
  it.each([
    [500, 0, 0],
    [500, 1, 2],
    [500, 1000, 2000],
    [0.5, 1, 2000],
    [0.5, 3, 6000],
    [3, 1, 1000 / 3],
    [20_000, 20_000, 1000],
  ])("at %d/s arrival %d is due at %d ms", (perSecond, n, dueMs) => {
    expect(evenly(perSecond)(n)).toBeCloseTo(dueMs, 9);
  });

  it.each([0.5, 7, 500, 12_345.6])("at %d/s no window carries more than its share", (perSecond) => {
    const due = evenly(perSecond);
    for (let n = 0; n < 5000; n++) expect(due(n + 1) - due(n)).toBeCloseTo(1000 / perSecond, 6);
  });
});
