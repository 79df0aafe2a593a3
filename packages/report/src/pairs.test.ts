import type { CellResult } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { giving, isOfVUs, isSaturated, type Pair, pairsOf, rowsOfPair } from "./pairs.ts";
import { rowsOf } from "./rows.ts";
import { closed, open, sampleCell, sampleHole, sampleRoundTrip, sampleRun } from "./testing/sample-run.ts";

function pairs(...cells: readonly CellResult[]): readonly Pair[] {
  return pairsOf(rowsOf(sampleRun(cells)));
}

function loads(...cells: readonly CellResult[]): readonly (readonly (string | null)[])[] {
  return pairs(...cells).map(({ roundTrip, busy }) => [roundTrip?.cell.load ?? null, busy?.cell.load ?? null]);
}

const atRate = sampleCell({ load: "500/s on 10 connections" }, { load: open(500) });
const hundred = sampleCell({ load: "100 VUs" }, { load: closed(100) });

describe("pairs of rows", () => {
  it.each<[what: string, cells: readonly CellResult[], expected: readonly (readonly (string | null)[])[]]>([
    ["one VU and many", [sampleCell(), sampleRoundTrip()], [["1 VU", "10 VUs"]]],
    ["arrivals at a rate and many VUs", [atRate, sampleCell()], [["500/s on 10 connections", "10 VUs"]]],
    ["many VUs alone", [sampleCell()], [[null, "10 VUs"]]],
    ["one VU alone", [sampleRoundTrip()], [["1 VU", null]]],
    [
      "three loads: the one between stands alone",
      [sampleCell(), hundred, sampleRoundTrip()],
      [
        ["1 VU", "100 VUs"],
        [null, "10 VUs"],
      ],
    ],
    [
      "one VU and a rate: one VU is the round trip",
      [atRate, sampleRoundTrip(), sampleCell()],
      [
        ["1 VU", "10 VUs"],
        ["500/s on 10 connections", null],
      ],
    ],
    ["cells without numbers, by their labels", [sampleHole({ load: "1 VU" }), sampleHole({})], [["1 VU", "10 VUs"]]],
    [
      "a rate without numbers, by its label",
      [sampleHole({ load: "0→50/s in 4s on 10 connections" })],
      [["0→50/s in 4s on 10 connections", null]],
    ],
  ])("are made of %s", (_what, cells, expected) => {
    expect(loads(...cells)).toEqual(expected);
  });

  it("differ in nothing but the load", () => {
    const others = [
      { binding: "two/grpc" },
      { case: { sizeBytes: 2048 } },
      { server: "sdk" },
      { client: "wire" },
    ] as const;
    for (const other of others) expect(pairs(sampleRoundTrip(), sampleCell(other))).toHaveLength(2);
  });

  it("give each kind of number from the row that has it, or from the only one", () => {
    const [both] = pairs(sampleCell(), sampleRoundTrip()) as [Pair];
    expect([giving(both, "roundTrip").cell.load, giving(both, "busy").cell.load]).toEqual(["1 VU", "10 VUs"]);
    const [one] = pairs(sampleCell()) as [Pair];
    expect([giving(one, "roundTrip").cell.load, giving(one, "busy").cell.load]).toEqual(["10 VUs", "10 VUs"]);
    expect([rowsOfPair(both), rowsOfPair(one)].map(({ length }) => length)).toEqual([2, 1]);
  });
});

describe("saturation", () => {
  it.each<[what: string, cells: readonly CellResult[], expected: boolean]>([
    ["ten VUs that make little more than one", [sampleRoundTrip(), sampleCell()], true],
    ["ten that make ten times as much", [sampleRoundTrip(), sampleCell({}, { operationsPerSecond: 40_000 })], false],
    [
      "not of all bindings",
      [
        ...[sampleRoundTrip(), sampleCell()],
        ...[
          sampleRoundTrip({ binding: "two/grpc" }),
          sampleCell({ binding: "two/grpc" }, { operationsPerSecond: 40_000 }),
        ],
      ],
      false,
    ],
    ["many VUs alone, of which nobody knows", [sampleCell()], false],
    ["beside a rate, which tells nothing", [atRate, sampleCell()], false],
    ["where the one VU failed", [sampleHole({ load: "1 VU" }), sampleCell()], false],
  ])("is seen in %s: %s", (_what, cells, expected) => {
    expect(isSaturated(pairs(...cells))).toBe(expected);
  });
});

describe("a load", () => {
  it.each([
    ["10 VUs", 10, true],
    ["10 VUs on 30 connections", 10, true],
    ["50 iterations by 10 VUs", 10, true],
    ["1 VU", 1, true],
    ["10 VUs", 1, false],
    ["110 VUs", 10, false],
    ["0→10 VUs in 4s", 10, false],
    ["10/s on 10 connections", 10, false],
  ])("%s is one of %d VUs: %s", (load, vus, expected) => {
    const [row] = rowsOf(sampleRun([sampleHole({ load })]));
    if (row === undefined) throw new TypeError("expected a row");
    expect(isOfVUs(row, vus)).toBe(expected);
  });
});
