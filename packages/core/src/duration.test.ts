import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["0s", 0],
    ["500ms", 500],
    ["2s", 2000],
    ["1.5s", 1500],
    ["2 s", 2000],
    ["1m30s", 90_000],
    [" 1m 30s ", 90_000],
    ["1h", 3_600_000],
    ["2h0.5m3s4ms", 7_233_004],
    ["5m1ms", 300_001],
  ])("reads %j", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    " ",
    "5",
    "0",
    "s",
    "-1s",
    "+1s",
    "1d",
    "1e3s",
    "1S",
    "1.s",
    ".5s",
    "30s1m",
    "1s1s",
    "1s5",
    "1m30",
    "ten s",
  ])("reads nothing in %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it("adds up its parts", () => {
    const part = fc.nat({ max: 10_000 });
    fc.assert(
      fc.property(part, part, part, part, (h, m, s, ms) => {
        expect(parseDuration(`${h}h${m}m${s}s${ms}ms`)).toBe(((h * 60 + m) * 60 + s) * 1000 + ms);
      }),
    );
  });
});
