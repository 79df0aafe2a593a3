import { describe, expect, it } from "vitest";
import { everySeries, type History, trendsOf } from "./history.ts";
import { acceptanceOf, type Wish } from "./history-acceptance.ts";
import { arrivalWords } from "./history-arrival.ts";
import { failuresOf, historyMarkdown, historyReporters, historyTable, type Told } from "./history-reporters.ts";
import { nightOf, sampleHistory, samplePoint } from "./testing/sample-history.ts";

const noisy = (value: number, nights: number): number[] =>
  Array.from({ length: nights }, (_, n) => value * (1 + 0.01 * ((n * 7) % 5)));
const stepped = sampleHistory([...noisy(0.2, 12), ...noisy(0.25, 12)]);
const terminal = { width: 120, color: false };

function told(history: History, limit: number | null = null): Told {
  const trends = trendsOf(history);
  return { shown: trends, trends, notes: history.notes, gate: limit === null ? null : { trends, limit } };
}

/** Without the places where lines are broken. */
const table = (history: History, limit: number | null = null): string =>
  historyTable(told(history, limit), terminal).replaceAll(/\s+/g, " ");

describe("a history as a table", () => {
  it("has a line a series, and a sentence for each change with night, commits, size and confidence", () => {
    const text = table({ ...stepped, notes: ["line 3 was cut off"] });
    expect(text).toContain("Sample CPU × 2, 4 GiB, linux, Node 20 [");
    expect(text).toMatch(/one\/rest +server CPU +24 +[▁▂▃▄▅▆▇█]{24} +0\.\d+ ms\/op +±[\d.]+% +\+25% ✗ +08-13 \+2\d% ✗/);
    expect(text).toMatch(
      /Changed for the worse · one\/rest, message-size 1 KiB, server CPU: .* since the night of 2026-08-13, commits c11\.\.c12, confidence >99\.99%/,
    );
    expect(text).toContain("drift against the first nights from 2026-08-01");
    expect(text).toContain("line 3 was cut off");
  });

  it.each([
    ["its first night", sampleHistory([0.2]), "first night"],
    ["too few nights to know the noise", sampleHistory([0.2, 0.2, 0.3, 0.3]), "(+50%)"],
    ["no change", sampleHistory(noisy(0.2, 20)), "no change point"],
    ["values that nothing can be divided by", sampleHistory(Array(7).fill(0), { metric: "errors" }), "?"],
    [
      "nights without commits",
      sampleHistory([...noisy(1, 9), ...noisy(2, 9)], { commit: null }),
      "commits are not known",
    ],
    [
      "nights of one commit",
      sampleHistory([...noisy(1, 9), ...noisy(2, 9)], { commit: "c" }),
      "both nights were of commit c",
    ],
  ])("says so of a series with %s", (_what, history, said) => {
    expect(table(history)).toContain(said);
  });

  it("tells the ratios of an A/B, against what it is", () => {
    const points = noisy(1, 10).map((value, n) =>
      samplePoint(n, {
        versus: { a: "ref=1a2b3c4", b: "ref", commit: "1a2b3c4" },
        ratio: { value, low: value, high: value },
      }),
    );
    const text = table({ ...stepped, points });
    expect(text).toContain("message-size, B (ref) over A (ref=1a2b3c4)");
    expect(text).toMatch(/1\.0\d×/);
    expect(text).toContain("drift against A");
  });

  it("is the same as Markdown", () => {
    const text = historyMarkdown(told(stepped, 0.1));
    expect(text).toMatch(
      /^# History\n\n## Changed for the worse\n\n- one\/rest.*\n\n## Drifted too far\n\n- one\/rest.*\n\n## message-size/,
    );
    expect(text).toContain("- 1 series held against their baseline, with a limit of 10.0%");
  });
});

describe("a history for programs", () => {
  it("is a line a night as CSV, with what changed in it", () => {
    const lines = historyReporters.csv(told(stepped)).split("\n");
    expect(lines).toHaveLength(25);
    expect(lines[0]).toMatch(/^machine,scenario,case,.*,night,commit,run,value,low,high,.*,changed_by,confidence$/);
    expect(lines.filter((line) => /,valid,0\.2\d*,0\.99\d*$|,valid,0\.2\d*,1$/.test(line))).toHaveLength(1);
  });

  it("is all of it as JSON", () => {
    const { series, failures, notes } = JSON.parse(historyReporters.json(told(stepped, 0.1)));
    expect(series).toMatchObject([{ series: { metric: "cpuMsPerOperation" }, changes: [{ night: nightOf(12) }] }]);
    expect(failures).toHaveLength(1);
    expect(notes).toEqual([]);
  });
});

describe("a limit of drift", () => {
  it.each([
    ["a drift beyond it", stepped, 0.1, ["+25% against"]],
    ["a drift within it", stepped, 0.3, []],
    [
      "a drift for the better",
      sampleHistory([...noisy(1, 9), ...noisy(2, 9)], { metric: "operationsPerSecond" }),
      0.1,
      [],
    ],
    ["a drift that nights give by chance", sampleHistory([1, 2, 1, 2, 1, 2, 1, 2, 1.2, 1.2, 1.2]), 0.1, []],
    ["a drift while the noise is not known", sampleHistory([1, 1, 1, 2, 2, 2]), 0.1, ["is not known yet"]],
    ["the first night", sampleHistory([1]), 0.1, []],
  ])("makes of %s what it is", (_what, history, limit, said) => {
    const failures = failuresOf(told(history, limit));
    expect(failures).toEqual(said.map((text) => expect.stringContaining(text)));
    expect(failuresOf(told(history))).toEqual([]);
  });

  it("is broken by an A/B against a commit only where its interval shows a difference", () => {
    const against = (low: number | null, high: number | null) => {
      const versus = { a: "ref=aaa", b: "ref", commit: "aaa" };
      return failuresOf(
        told({ ...stepped, points: [samplePoint(0, { versus, ratio: { value: 1.2, low, high } })] }, 0.1),
      );
    };
    expect(against(1.1, 1.3)).toEqual([
      expect.stringMatching(/server CPU: \+20% against 1\.00× \(A\), more than 10\.0%$/),
    ]);
    expect(against(0.9, 1.5)).toEqual([]);
    expect(against(null, null)).toEqual([]);
  });

  it("is broken by a series that is gone", () => {
    const points = [...sampleHistory(noisy(1, 9)).points, ...sampleHistory(noisy(1, 8), { metric: "p50Ms" }).points];
    expect(failuresOf(told({ ...stepped, points }, 0.1))).toEqual([
      expect.stringMatching(/p50: not in the last night, but until 2026-08-08; accept a night without it/),
    ]);
  });

  it("says what it judged, and what not yet", () => {
    expect(table(stepped, 0.1)).toContain("1 series held against their baseline, with a limit of 10.0%");
    expect(table(sampleHistory([1]), 0.1)).toContain(
      "0 series held against their baseline, with a limit of 10.0%, 1 in the night",
    );
  });
});

describe("acceptanceOf", () => {
  const machine = { id: "other", label: "Other" };
  const history = {
    points: [
      ...sampleHistory([1, 2, 3]).points,
      ...[samplePoint(1, { metric: "p50Ms" }), samplePoint(1, { machine }), samplePoint(2, { run: "again" })],
    ],
  };
  const wish = (parts: Partial<Wish> = {}): Wish => ({
    ...{ which: null, machine: null, only: everySeries, at: "2026-12-01T00:00:00.000Z" },
    ...parts,
  });
  const seen = (parts: Partial<Wish>) =>
    acceptanceOf(history, wish(parts)).map(({ machine: { label }, series, line: { night, runs } }) => [
      ...[label.split(" ", 1)[0], series, night, ...runs],
    ]);

  it.each<[what: string, parts: Partial<Wish>, accepted: unknown[][]]>([
    [
      "the last night of each machine",
      {},
      [
        ["Sample", 1, nightOf(2), "run-2", "again"],
        ["Other", 1, nightOf(1), "run-1"],
      ],
    ],
    [
      "a night",
      { which: nightOf(1) },
      [
        ["Sample", 2, nightOf(1), "run-1"],
        ["Other", 1, nightOf(1), "run-1"],
      ],
    ],
    ["a run", { which: "again" }, [["Sample", 1, nightOf(2), "again"]]],
    ["one machine", { machine: "other" }, [["Other", 1, nightOf(1), "run-1"]]],
    ["some series", { only: { ...everySeries, metrics: ["p50Ms"] } }, [["Sample", 1, nightOf(1), "run-1"]]],
  ])("takes %s", (_what, parts, accepted) => {
    expect(seen(parts)).toEqual(accepted);
  });

  it("refuses what is not there, and says what is", () => {
    expect(() => seen({ which: "2027-01-01" })).toThrow("which has nights from 2026-08-01 to 2026-08-03");
    expect(() => seen({ which: "no-run" })).toThrow("no-run is no night and no run of this history");
    expect(() => seen({ machine: "none" })).toThrow("there is no run of such series in this history");
  });
});

describe("arrivalWords", () => {
  const nothing = new Map<string, number>();
  const words = (known: History, parts: Parameters<typeof samplePoint>[1] = {}, n = 5): readonly string[] =>
    arrivalWords(known, { points: [samplePoint(n, parts)], leftOut: nothing });
  const known = sampleHistory([1, 2, 3]);

  it.each([
    ["a usual night", words(known), []],
    ["the first night of all", words(sampleHistory([])), ["first night on this machine, Sample CPU"]],
    [
      "a new machine",
      words(known, { machine: { id: "x", label: "X" } }),
      ["first night on this machine, X [x], which others' nights"],
    ],
    [
      "a new scenario",
      words(known, { cell: { ...samplePoint().cell, scenario: "mine" } }),
      ["first night of 1 series, of mine"],
    ],
    ["a new method", words(known, { method: "full 1" }), ["it measures otherwise than before"]],
    ["a night that is there", words(known, { run: "again" }, 1), ["of run-1, count no more"]],
  ])("says of %s what is new", (_what, said, expected) => {
    expect(said).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  it("says what has no value, and why", () => {
    expect(arrivalWords(known, { points: [], leftOut: new Map([["it failed", 5]]) })).toEqual([
      "no value for 5 series: it failed",
    ]);
  });
});
