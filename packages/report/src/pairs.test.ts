import type { CellResult, LoadFacts } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { overloadRemarks } from "./overload.ts";
import { giving, isOfVUs, isSaturated, type Pair, pairsOf, rowsOfPair } from "./pairs.ts";
import { rowsOf } from "./rows.ts";
import { closed, open, sampleCell, sampleHole, sampleRoundTrip, sampleRun, sampleStep } from "./testing/sample-run.ts";

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
    [
      "cells without numbers, by what the run says of their loads",
      [sampleHole({ load: "1 VU" }), sampleHole({})],
      [["1 VU", "10 VUs"]],
    ],
    [
      "a rate without numbers, by the same",
      [sampleHole({ load: "500/s on 10 connections" })],
      [["500/s on 10 connections", null]],
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

describe("a rate", () => {
  /** At 500/s, calls of 1 ms that waited so long before; and the same of another binding that did not. */
  function atRateWaiting(waitMs: number, ...beside: readonly CellResult[]): readonly (readonly (string | null)[])[] {
    const [response, service] = [sampleStep([1 + waitMs]), sampleStep([1])];
    const total = { ...service, responseMs: response.responseMs, histogram: response.histogram };
    return loads(sampleCell({ load: "500/s on 10 connections" }, { load: open(500), steps: { total } }), ...beside);
  }

  const label = "500/s on 10 connections";

  it.each([
    [0, [label, null]],
    [0.09, [label, null]],
    [0.2, [null, label]],
    [100, [null, label]],
  ])("whose arrivals wait %d ms for calls of 1 ms is a round trip or it is busy", (waitMs, expected) => {
    expect(atRateWaiting(waitMs)).toEqual([expected]);
  });

  it("is busy where the step of waiting says so, whatever else made replies late", () => {
    const steps = { total: sampleStep([3], {}, [1]), wait: sampleStep([0.01]) };
    expect(loads(sampleCell({ load: label }, { load: open(500), steps }))).toEqual([[label, null]]);
    const long = { total: sampleStep([1]), wait: sampleStep([0.5]) };
    expect(loads(sampleCell({ load: label }, { load: open(500), steps: long }))).toEqual([[null, label]]);
  });

  it("is busy where arrivals were dropped, and for every binding where it is for one", () => {
    const dropping = sampleCell({ load: label, binding: "two/grpc" }, { load: open(500), dropped: 1 });
    expect(loads(dropping)).toEqual([[null, label]]);
    expect(atRateWaiting(0, dropping)).toEqual([
      [null, label],
      [null, label],
    ]);
    const elsewhere = sampleCell({ load: label, case: { sizeBytes: 2048 } }, { load: open(500), dropped: 1 });
    expect(atRateWaiting(0, elsewhere)).toEqual([
      [label, null],
      [null, label],
    ]);
  });

  it("is called too much by the rows that it was for", () => {
    const rows = rowsOf(
      sampleRun([atRate, sampleCell({ ...atRate.cell, binding: "two/grpc" }, { load: open(500), dropped: 1 })]),
    );
    expect(overloadRemarks(rows)).toEqual([
      expect.stringMatching(/^latency under 500\/s on 10 connections is no round trip: at two\/grpc arrivals were/),
    ]);
    expect(overloadRemarks(rowsOf(sampleRun([atRate, sampleCell()])))).toEqual([]);
  });
});

describe("a load", () => {
  const many: LoadFacts = { model: "closed", executor: "constant-vus", vus: 10, perSecond: null };

  it.each<[what: string, load: Partial<LoadFacts>, vus: number, expected: boolean]>([
    ["ten VUs", {}, 10, true],
    ["fifty iterations by ten VUs", { executor: "shared-iterations" }, 10, true],
    ["one VU", { vus: 1 }, 1, true],
    ["ten VUs", {}, 1, false],
    ["a hundred and ten VUs", { vus: 110 }, 10, false],
    ["a ramp to ten VUs", { executor: "ramping-vus" }, 10, false],
    ["ten VUs beside a ramp", { executor: "constant-vus,ramping-vus" }, 10, false],
    ["ten a second", { model: "open", executor: "constant-arrival-rate", vus: null, perSecond: 10 }, 10, false],
  ])("of %s (%o) is one of %d VUs: %s", (_what, load, vus, expected) => {
    const measured = { ...closed(10), ...load };
    for (const cell of [sampleHole({ load: "x" }), sampleCell({ load: "x" }, { load: measured })]) {
      const [row] = rowsOf(sampleRun([cell], { loads: { x: { ...many, ...load } } }));
      expect(row === undefined ? null : isOfVUs(row, vus)).toBe(expected);
    }
  });

  it("of which a run says nothing is of no VUs, and its row no round trip", () => {
    const [pair] = pairsOf(rowsOf(sampleRun([sampleHole({ load: "1 VU" })], { loads: {} })));
    expect(pair).toMatchObject({ roundTrip: null, busy: { load: null } });
    expect(pair?.busy === null || pair?.busy === undefined ? null : isOfVUs(pair.busy, 1)).toBe(false);
  });
});
