import type { Second } from "@apb/core/series";
import { describe, expect, it } from "vitest";
import type { Row } from "./row.ts";
import { rowsOf } from "./rows.ts";
import type { Section } from "./section.ts";
import { closed, sampleCell, sampleHole, sampleId, sampleRun, sampleSecond } from "./testing/sample-run.ts";
import { timeSections } from "./time-section.ts";

const label = "0→40 VUs in 4s";
const ramp = { executor: "ramping-vus", model: "closed", vus: 40, perSecond: null } as const;
const onRamp = { load: label };
const rising = (second: number, id: Parameters<typeof sampleId>[0] = {}): Second =>
  sampleSecond(second, { cell: sampleId({ ...onRamp, ...id }), vus: 10 * (second + 1) });

/** Cells of a ramp and of a steady load, with these seconds. */
function sectionsOf(
  series: readonly Second[],
  cells: Parameters<typeof sampleRun>[0] = [sampleCell(onRamp, { load: { ...closed(40), ...ramp } }), sampleCell()],
): readonly Section[] {
  const { loads } = sampleRun([]).info;
  const run = sampleRun(cells, { loads: { ...loads, [label]: ramp } });
  const rows: readonly Row[] = rowsOf(run);
  return timeSections(rows, { ...run, series });
}

const linesOf = ([section]: readonly Section[]): readonly string[] =>
  (section?.groups ?? []).flat().map((line) => line.join(" "));

describe("timeSections", () => {
  it("shows a ramp second by second, the last for the part of one that it is", () => {
    const idle = { count: 0, failures: 3, meanMs: null, p50Ms: null, p99Ms: null };
    const [section, ...others] = sectionsOf([
      ...[rising(0), rising(1)],
      { ...rising(2), durationMs: 500, operations: 1000, dropped: 2, steps: { total: idle }, server: null },
    ]);
    expect(others).toEqual([]);
    expect(section).toMatchObject({
      title: "message-size 1 KiB, 0→40 VUs in 4s: over time",
      caption: "0→40 VUs in 4s; a line a second; VUs at its end",
    });
    expect(section?.columns.map(({ header }) => header.replace("\n", " "))).toEqual([
      ...["binding", "second", "VUs", "RPS", "p50", "p99", "failed", "server CPU", "server memory"],
    ]);
    expect(section?.groups).toEqual([
      [
        ["one/rest", "0", "10", "5,000", "1.90", "4.00", "0", "80.0", "60.0"],
        ["one/rest", "1", "20", "5,000", "1.90", "4.00", "0", "80.0", "60.0"],
        ["one/rest", "2", "30", "2,000", "–", "–", "5", "–", "–"],
      ],
    ]);
  });

  it.each([
    [4, 0],
    [5, 1],
  ])("shows a load that is the same all the time from five seconds on: of %d s in %d tables", (count, tables) => {
    expect(sectionsOf(Array.from({ length: count }, (_, n) => sampleSecond(n)))).toHaveLength(tables);
  });

  it("leaves every nth second of what is longer than a table should be, and says so", () => {
    const sections = sectionsOf(Array.from({ length: 130 }, (_, n) => rising(n)));
    expect(sections[0]?.caption).toContain("; a line for one second of each 3; ");
    expect(linesOf(sections)).toHaveLength(44);
    expect(linesOf(sections)[1]).toContain("one/rest 3 40 ");
  });

  it("leaves more of them where many cells share the room", () => {
    const many = Array.from({ length: 50 }, (_, n) => `b${n}/rest`);
    const cells = many.map((binding) => sampleCell({ ...onRamp, binding }, { load: { ...closed(40), ...ramp } }));
    const seconds = many.flatMap((binding) => Array.from({ length: 60 }, (_, n) => rising(n, { binding })));
    expect(linesOf(sectionsOf(seconds, cells))).toHaveLength(300);
  });

  it("shows the first round that has seconds, and a cell that failed with what it had done until then", () => {
    const sections = sectionsOf(
      [rising(0, { round: 2 }), rising(1, { round: 2 }), rising(0, { round: 3 }), rising(0, { binding: "two/grpc" })],
      [
        sampleHole({ ...onRamp, round: 1 }),
        sampleCell({ ...onRamp, round: 2 }, { load: { ...closed(40), ...ramp } }),
        sampleHole({ ...onRamp, binding: "two/grpc" }),
      ],
    );
    expect(linesOf(sections).map((line) => line.slice(0, 13))).toEqual([
      ...["one/rest 0 10", "one/rest 1 20", "two/grpc 0 10"],
    ]);
  });

  it("is nothing without a series, and for seconds of a cell that the run does not have", () => {
    expect(sectionsOf([])).toEqual([]);
    expect(sectionsOf([rising(0, { binding: "no/body" })])).toEqual([]);
  });
});
