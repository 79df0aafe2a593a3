import { stripVTControlCharacters } from "node:util";
import type { CellId, Measured } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { expect, it } from "vitest";
import { csvReport } from "./csv.ts";
import { rowsOf } from "./rows.ts";
import { tableReporter } from "./table.ts";
import { closed, sampleCell, sampleRun, sampleStep, sampleStreams } from "./testing/sample-run.ts";

const mebibyte = 1024 * 1024;
const own = { scenario: "streaming", load: "10 VUs" };
const goodput = { limits: "first_event:200", good: 3, of: 4, share: 0.75, perSecond: 3 };

function streamCell(id: Partial<CellId>, gapsMs: readonly number[], parts: Partial<Measured> = {}): Measured {
  const steps = { total: sampleStep([1, 2]), connect: sampleStep([1]), stream: sampleStreams([50, 60], gapsMs) };
  return sampleCell({ ...own, ...id }, { load: { ...closed(10), durationMs: 2000 }, steps, ...parts });
}

function runOf(results: readonly Measured[]) {
  const views: RunInfo["views"] = { streaming: "streams" };
  return sampleRun(results, { views });
}

function printed(...results: readonly Measured[]): string {
  return stripVTControlCharacters(tableReporter({ width: 400, color: false })(runOf(results)));
}

it("has a row for each binding and case, from few events to many, then by pace", () => {
  const text = printed(
    streamCell({ case: { events: 1500 } }, [10]),
    streamCell({ case: { events: 20, everyMs: 20 } }, [20, 220]),
    streamCell({ case: { events: 20 }, binding: "two/grpc" }, [1]),
    streamCell({ case: { events: 20 } }, [1]),
  );
  const lines = text.split("\n").filter((line) => /^\d[\d,]* events/.test(line));
  expect(lines.map((line) => line.trimEnd().split(/ {2,}/).slice(0, 2))).toEqual([
    ["20 events", "one/rest"],
    ["20 events", "two/grpc"],
    ["20 events, every 20 ms", "one/rest"],
    ["1,500 events", "one/rest"],
  ]);
  // First event p50 and p99, second event, gap p50, p99 and the longest, mean gap, stream, end lag; events, coalesced,
  // stalls, silent events a stream; errors.
  expect(lines[2]).toMatch(/ 50\.0 +60\.0 +20\.0 +20\.0 +220 +220 +80\.0 +291 +1\.00 +4\.00 +33\.3 +2 +2\.00 +0 /);
  expect(text).toContain("times are those at which bytes came to the client's socket");
  expect(text).not.toMatch(/goodput|kept of/);
});

it("says what stands for a stream where a protocol has none", () => {
  const run = runOf([streamCell({ case: { events: 20 } }, [1])]);
  const { "one/rest": one } = run.info.bindings;
  if (one === undefined) throw new Error("expected one/rest");
  const bindings = { ...run.info.bindings, "one/rest": { ...one, streamedBy: "events are pigeons" } };
  const text = stripVTControlCharacters(
    tableReporter({ width: 400, color: false })({ ...run, info: { ...run.info, bindings } }),
  );
  expect(text).toContain("one/rest: events are pigeons");
});

it("tells goodput with its limits, where somebody asked for it", () => {
  const text = printed(streamCell({ case: { events: 20 } }, [1], { goodput }));
  expect(text).toMatch(/ 3\.00 +75\.0 +0 /);
  expect(text).toContain("good: streams within first_event:200 (ms), of all that were due, failed ones too");
});

it("says of a reader that pauses whether the server keeps what it does not take", () => {
  const paused = { case: { events: 100, sizeBytes: mebibyte, pauseMs: 1000 } };
  const { server } = sampleCell();
  const load = { ...closed(2), durationMs: 2000 };
  const peak = (mib: number) => ({
    load,
    server: server === null ? null : { ...server, rssConnectedBytes: 50 * mebibyte, rssPeakBytes: mib * mebibyte },
  });
  const text = printed(
    streamCell(paused, [1], peak(149)),
    streamCell({ ...paused, binding: "two/grpc" }, [1], peak(151)),
    streamCell({ case: { events: 20 } }, [1]),
  );
  expect(text).toMatch(/one\/rest .* bounded: 99\.0 of 200$/m);
  expect(text).toMatch(/two\/grpc .* not bounded: 101 of 200$/m);
});

it("pools the rounds of a cell, and leaves out what does not stream", () => {
  const streams = [1, 2].map((round) => streamCell({ case: { events: 20 }, round }, [1], { goodput }));
  const [row] = rowsOf(runOf(streams));
  expect(row).toMatchObject({
    streams: { gaps: 8, coalesced: 4, eventsPerSecond: { value: 3, rounds: [3, 3] } },
    goodput: { share: { value: 0.75 }, perSecond: { value: 3 } },
  });
  expect(rowsOf(sampleRun([sampleCell()]))[0]).toMatchObject({ streams: null, goodput: null });
  const [header = "", line = ""] = csvReport(runOf(streams)).split("\n");
  const value = (name: string) => line.split(",")[header.split(",").indexOf(name)];
  expect(Number(value("first_event_p50_ms"))).toBeCloseTo(50, 1);
  expect(value("good_share")).toBe("0.75");
});
