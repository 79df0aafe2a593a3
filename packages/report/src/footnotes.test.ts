import { describe, expect, it } from "vitest";
import { createFootnotes, inMarkOrder } from "./footnotes.ts";
import { rowsOf } from "./rows.ts";
import { sampleCell, sampleHole, sampleInfo, sampleRoundTrip, sampleRun, sampleVerdict } from "./testing/sample-run.ts";

const ladder = { scenario: "concurrency-ladder", case: { connections: 1000 } } as const;
const large = { case: { sizeBytes: 10_240 } } as const;
const verdict = sampleVerdict("unsteady");

describe("footnotes", () => {
  it.each([
    ["one row", [sampleCell({}, { verdict })], "message-size 1 KiB: one/rest"],
    [
      "cases of one scenario, named once, in the order of tables",
      [sampleCell(large, { verdict }), sampleCell({}, { verdict })],
      "message-size 1 KiB: one/rest; 10 KiB: one/rest",
    ],
    [
      "all bindings of a case",
      [
        sampleCell({ ...ladder, binding: "two/grpc" }, { verdict }),
        sampleCell(ladder, { verdict }),
        sampleCell({}, { verdict }),
      ],
      "message-size 1 KiB: one/rest; concurrency-ladder 1,000 connections: all bindings",
    ],
  ])("name %s", (_what, cells, expected) => {
    const run = sampleRun(cells);
    const notes = createFootnotes(run.info, rowsOf(run));
    for (const row of [...rowsOf(run)].reverse()) expect(notes.of(row)).toEqual(["a"]);
    expect(notes.list()).toMatchObject([{ mark: "a", title: "unsteady", rows: expected, text: "it is unsteady" }]);
  });

  it("name the load where a case has several, and only there", () => {
    const ladders = [10, 100].map((connections) =>
      sampleCell({ ...ladder, case: { connections }, load: `${connections} VUs` }, { verdict }),
    );
    const run = sampleRun([sampleRoundTrip({}, { verdict }), sampleCell({}, { verdict }), ...ladders]);
    const notes = createFootnotes(run.info, rowsOf(run));
    for (const row of rowsOf(run)) notes.of(row);
    expect(notes.list()[0]?.rows).toBe(
      "message-size 1 KiB, 1 VU: one/rest; 1 KiB, 10 VUs: one/rest; concurrency-ladder 10 connections: one/rest; 100 connections: one/rest",
    );
  });

  it("tell servers and clients apart where a run has both", () => {
    const selection = {
      ...sampleInfo().selection,
      servers: ["reference", "sdk"],
      clients: ["library", "wire"],
    } as const;
    const run = sampleRun([sampleCell({ server: "sdk" }, { verdict })], { selection });
    const notes = createFootnotes(run.info, rowsOf(run));
    for (const row of rowsOf(run)) notes.of(row);
    expect(notes.list()[0]?.rows).toBe("message-size 1 KiB: one/rest (sdk, library)");
  });

  it("tell clients apart where a run has both", () => {
    const selection = { ...sampleInfo().selection, clients: ["library", "wire"] } as const;
    const run = sampleRun([sampleCell({ client: "wire" }, { verdict })], { selection });
    const notes = createFootnotes(run.info, rowsOf(run));
    for (const row of rowsOf(run)) notes.of(row);
    expect(notes.list()[0]?.rows).toBe("message-size 1 KiB: one/rest (wire)");
  });

  it("give the numbers of the first row only, and say so", () => {
    const finding = (message: string) => ({
      kind: "late-starts" as const,
      findings: [{ kind: "late-starts" as const, message, hint: "wait" }],
    });
    const run = sampleRun([
      sampleCell(large, { verdict: finding("2 ms late") }),
      sampleCell({}, { verdict: finding("1 ms late") }),
    ]);
    const notes = createFootnotes(run.info, rowsOf(run));
    for (const row of rowsOf(run)) notes.of(row);
    expect(notes.list()).toMatchObject([{ text: "the first: 1 ms late", hint: "wait" }]);
  });

  it("tell how far a load came whose server ended in the middle", () => {
    const { steps } = sampleCell({}, {});
    const counted = { durationMs: 3000, dropped: 1, interrupted: 0, checks: {}, steps };
    const run = sampleRun([{ ...sampleHole({}), counted }]);
    const notes = createFootnotes(run.info, rowsOf(run));
    for (const row of rowsOf(run)) notes.of(row);
    expect(notes.list()[0]?.text).toMatch(
      /^\[refused\] nothing listens there; until then, in 3 s: [\d,]+ iterations, p50 [\d.]+ ms, p99 [\d.]+ ms, and \d+ failed$/,
    );
  });

  it("give a failed row and its missing values one mark", () => {
    const run = sampleRun([sampleHole({})]);
    const notes = createFootnotes(run.info, rowsOf(run));
    const marks = rowsOf(run).flatMap((row) => notes.of(row));
    expect([...marks, notes.missing("[refused] nothing listens there"), notes.missing("not ours")]).toEqual([
      "a",
      "a",
      "b",
    ]);
    expect(notes.list()[1]).toEqual({ mark: "b", title: "no value", rows: "", text: "not ours", hint: "" });
  });
});

describe("inMarkOrder", () => {
  it.each([
    [
      ["b", "a"],
      ["a", "b"],
    ],
    [
      ["aa", "z", "b", "z"],
      ["b", "z", "aa"],
    ],
    [[], []],
  ])("puts %j as %j", (marks, expected) => {
    expect(inMarkOrder(marks)).toEqual(expected);
  });
});
