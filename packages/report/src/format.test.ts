import type { Case } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { caseText, change, counted, duration, kib, mib, number, percent, size, times, whole } from "./format.ts";

describe("number", () => {
  it.each([
    [0, "0"],
    [0.0001, "<0.001"],
    [0.0006, "0.001"],
    [0.123, "0.123"],
    [0.9996, "1.00"],
    [1.234, "1.23"],
    [9.996, "10.0"],
    [12.34, "12.3"],
    [123.4, "123"],
    [999.7, "1,000"],
    [12_345.6, "12,346"],
    [-0.5, "−0.500"],
    [-0.0001, ">−0.001"],
  ])("prints %d as %s", (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe("units", () => {
  it.each([
    ["a count", whole(12_345.4), "12,345"],
    ["bytes in MiB", mib(48.25 * 1024 * 1024), "48.3"],
    ["bytes in KiB", kib(9.5 * 1024), "9.50"],
    ["a share", percent(0.0123), "1.23"],
    ["a tiny share", percent(0.000001), "<0.001"],
    ["a ratio", times(0.128), "0.13×"],
    ["a large ratio", times(128), "130×"],
    ["one row", counted(1, "row"), "1 row"],
    ["many rows", counted(1200, "row"), "1,200 rows"],
  ])("prints %s", (_what, text, expected) => {
    expect(text).toBe(expected);
  });

  it.each([
    [0, "0%"],
    [0.0004, "0%"],
    [0.012, "+1.2%"],
    [-0.012, "−1.2%"],
    [0.5, "+50%"],
    [12.5, "+1,250%"],
  ])("prints a change of %d as %s", (fraction, text) => {
    expect(change(fraction)).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [1000, "1,000 B"],
    [1024, "1 KiB"],
    [102_400, "100 KiB"],
    [2 * 1024 * 1024, "2 MiB"],
  ])("prints a size of %d as %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it.each([
    [0, "0 ms"],
    [800, "800 ms"],
    [1500, "1.5 s"],
    [125_000, "2 min 5 s"],
  ])("prints %d ms as %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe("caseText", () => {
  it.each([
    [{}, ""],
    [{ sizeBytes: 10_240 }, "10 KiB"],
    [{ connections: 1000 }, "1,000 connections"],
    [{ users: 1, delayMs: 5 }, "1 user, delay 5 ms"],
    [{ close: "never", events: 1 }, "close never, 1 event"],
  ])("prints %j as %s", (params, text) => {
    expect(caseText(params as Case)).toBe(text);
  });
});
