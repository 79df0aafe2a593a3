import { stripVTControlCharacters } from "node:util";
import type { CellId, Measured, OpenedResult } from "@apb/core/cell";
import type { RunInfo } from "@apb/core/run";
import { expect, it } from "vitest";
import { csvReport } from "./csv.ts";
import { markdownReport } from "./markdown.ts";
import { tableReporter } from "./table.ts";
import { open, sampleCell, sampleHole, sampleRun, sampleStep } from "./testing/sample-run.ts";

const mib = 1024 * 1024;
const own = { scenario: "session-churn", load: "churn: 50/s on 10 connections; in use: 5 VUs" };
const kept: OpenedResult = {
  ...{ left: 400, rssRoseBytes: 30 * mib, heapRoseBytes: 2 * mib },
  ...{ rssBytesPerSession: 75 * 1024, heapBytesPerSession: 5 * 1024 },
};
const closed: OpenedResult = {
  ...{ left: 0, rssRoseBytes: 8 * mib, heapRoseBytes: -mib / 2 },
  ...{ rssBytesPerSession: null, heapBytesPerSession: null },
};
const reason = "kept a session: all sessions were closed";
const missing = { "opened.rssBytesPerSession": reason, "opened.heapBytesPerSession": reason };

function churnCell(close: string, parts: Partial<Measured> = {}, id: Partial<CellId> = {}): Measured {
  const closing = close === "properly" ? { close: sampleStep([0.5]) } : {};
  const calls = { open: sampleStep([2, 4]), first_call: sampleStep([3]), in_use: sampleStep([1]) };
  const steps = { total: sampleStep([6]), connect: sampleStep([1]), ...calls, ...closing };
  const opened = close === "properly" ? { opened: closed, missing } : { opened: kept };
  return sampleCell({ ...own, case: { close }, ...id }, { load: open(50), steps, ...opened, ...parts });
}

function runOf(...results: Parameters<typeof sampleRun>[0]) {
  const views: RunInfo["views"] = { "session-churn": "sessions" };
  return sampleRun(results, { views });
}

function printed(...results: Parameters<typeof sampleRun>[0]): string {
  return stripVTControlCharacters(tableReporter({ width: 400, color: false })(runOf(...results)));
}

function line(text: string, start: string): string {
  return (
    text
      .split("\n")
      .filter((one) => one.startsWith(start))
      .at(-1)
      ?.replaceAll(/ +/g, " ")
      .trim() ?? ""
  );
}

it("has each step's times, what is left open, and what is kept of it", () => {
  const text = printed(churnCell("never"), churnCell("properly"));
  // Open, first call, in use, close; errors, CPU; left open, heap, memory; service.
  expect(line(text, "close never")).toMatch(
    /^close never one\/rest 2\.00 4\.00 3\.00 3\.00 1\.00 1\.00 – – 0 0\.160 400 2\.00 5\.00 30\.0 75\.0 /,
  );
  expect(line(text, "close properly")).toMatch(
    /^close properly one\/rest 2\.00 4\.00 3\.00 3\.00 1\.00 1\.00 0\.500 0\.500 0 0\.160 0 −0\.500 n\/a 8\.00 n\/a /,
  );
  expect(text).toContain(reason);
  expect(text).not.toContain("in use failed");
});

it("has what failed of a step, where any has", () => {
  const steps = { total: sampleStep([6]), connect: sampleStep([1]), in_use: sampleStep([1, 1, 1], { closed: 1 }) };
  const text = printed(churnCell("never", { steps }));
  expect(text).toContain("failed");
  expect(line(text, "close never")).toMatch(/ 1\.00 1\.00 25\.0 /);
});

it("has a line for what cannot be measured, and why", () => {
  const few = "425 connections: each is a process";
  const text = printed(
    churnCell("never"),
    sampleHole({ ...own, case: { close: "never" }, binding: "two/grpc" }, "not-applicable", few),
  );
  expect(line(text, "close never two/grpc") || line(text, "close never  two/grpc")).toContain("n/a");
  expect(text).toContain(few);
});

it("is in Markdown and CSV too", () => {
  const run = runOf(churnCell("never"), churnCell("properly"));
  expect(markdownReport(run)).toContain("close never");
  const [head = "", ...lines] = csvReport(run).split("\n");
  const names = head.split(",");
  const of = (close: string, name: string) =>
    lines.find((one) => one.includes(`close=${close}`))?.split(",")[names.indexOf(name)];
  expect(of("never", "sessions_left_open")).toBe("400");
  expect(of("never", "server_heap_bytes_kept_per_session")).toBe("5120");
  expect(of("never", "server_rss_bytes_kept_per_session")).toBe("76800");
  expect(of("properly", "server_heap_bytes_kept_per_session")).toBe("");
  expect(of("properly", "server_heap_rose_bytes")).toBe("-524288");
  expect(of("properly", "close_p50_ms")).toBe("0.5");
});
