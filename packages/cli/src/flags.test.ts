import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import {
  clients,
  count,
  duration,
  durationOrNone,
  events,
  goodput,
  list,
  oneOf,
  percent,
  rate,
  replySize,
  servers,
  size,
  stage,
  url,
  variable,
  whole,
} from "./flags.ts";

type Parser = (text: string) => unknown;

describe.each<[name: string, parse: Parser, good: [string, unknown][], bad: string[]]>([
  [
    "size",
    size,
    [
      ["1", 1],
      ["512B", 512],
      ["1KB", 1000],
      ["10KiB", 10_240],
      ["0.5KiB", 512],
      ["2MiB", 2_097_152],
    ],
    ["", "0", "-1", "1.5", "10kb", "3MiB", "KiB", "1 2", "1e3", "ten"],
  ],
  [
    "replySize",
    replySize,
    [
      ["1KiB", 1024],
      ["64MiB", 67_108_864],
      ["256MiB", 268_435_456],
    ],
    ["", "0", "1000", "257MiB", "64mib", "MiB", "1GiB"],
  ],
  [
    "duration",
    duration,
    [
      ["500ms", 500],
      ["2s", 2000],
      ["1.5s", 1500],
      ["2m", 120_000],
      ["1m30s", 90_000],
      ["1h", 3_600_000],
    ],
    ["", "5", "0ms", "-1s", "2h", "59m61s", "30s1m", "1d", "s"],
  ],
  [
    "durationOrNone",
    durationOrNone,
    [
      ["0", 0],
      ["0ms", 0],
      ["0s", 0],
      ["5ms", 5],
    ],
    ["", "0x", "5"],
  ],
  [
    "count",
    count,
    [
      ["1", 1],
      ["10000", 10_000],
    ],
    ["", "0", "1.5", "-3", "1e3", "50001", "ten"],
  ],
  [
    "events",
    events,
    [
      ["1", 1],
      ["1500", 1500],
    ],
    ["", "0", "100001", "1.5"],
  ],
  [
    "rate",
    rate,
    [
      ["500", 500],
      ["0.5", 0.5],
      [".5", 0.5],
      ["12.25", 12.25],
    ],
    ["", "0", "0.001", "-1", "1e9", "1/s", "2000000"],
  ],
  [
    "percent",
    percent,
    [
      ["20%", 0.2],
      ["0%", 0],
      ["7.5%", 0.075],
    ],
    ["", "20", "-5%", "%", "a%"],
  ],
  [
    "whole",
    whole,
    [
      ["0", 0],
      ["42", 42],
    ],
    ["", "-1", "1.5", "x", "12345678901"],
  ],
  ["oneOf", oneOf(["a", "b"]), [["a", "a"]], ["", "c", "A"]],
  [
    "url",
    url,
    [
      ["http://localhost:3000/mcp", "http://localhost:3000/mcp"],
      ["ws://localhost:8001/ws", "ws://localhost:8001/ws"],
      ["localhost:50051", "http://localhost:50051"],
      ["http://[::1]:8000/agents/{agent}", "http://[::1]:8000/agents/{agent}"],
      ["localhost:{port}/mcp", "http://localhost:{port}/mcp"],
    ],
    ["", "http://", "ftp://host", "http://host:99999", "not a url", "file:///etc/passwd"],
  ],
  [
    "variable",
    (text) => variable(text, { A: "1" }),
    [
      ["B=a=b\n", { A: "1", B: "a=b\n" }],
      ["A=", { A: "" }],
    ],
    ["", "A", "=1", "A B=1", "1A=1"],
  ],
])("%s", (_name, parse, good, bad) => {
  it.each(good)("reads %j", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each(bad)("refuses %j in one sentence", (text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
    expect(() => parse(text)).toThrow(/^Expected .+\.$/);
  });
});

describe("stage", () => {
  it.each([
    ["30s:100", 30_000, 100],
    ["0s:50", 0, 50],
    ["1m30s:0", 90_000, 0],
    ["1h:0.5", 3_600_000, 0.5],
    ["500ms: .5", 500, 0.5],
    ["1s:1000000", 1000, 1_000_000],
  ])("reads %j", (text, durationMs, target) => {
    expect(stage(text)).toEqual({ durationMs, target });
  });

  it("is read from a list, as of a flag given twice", () => {
    expect(list(stage)("2s:0", list(stage)("4s:40,4s:40", undefined))).toEqual([
      { durationMs: 4000, target: 40 },
      { durationMs: 4000, target: 40 },
      { durationMs: 2000, target: 0 },
    ]);
  });

  it.each(
    ["", ":", "30s", "30s:", ":100", "30:100", "0:100", "-1s:5", "2h:5", "30s:-1", "30s:x", "30s:1e3"].concat(
      "30s:1000001",
      "100:30s",
      "30s:1:2",
      `1s:${"9".repeat(400)}`,
    ),
  )("refuses %j in one sentence", (text) => {
    expect(() => stage(text)).toThrow(InvalidArgumentError);
    expect(() => stage(text)).toThrow(/^Expected a stage .+\.$/);
  });
});

describe("goodput", () => {
  it("takes limits in milliseconds, and refuses others in one sentence", () => {
    expect(goodput("ttft:200")).toEqual([{ metric: "first_event", limitMs: 200 }]);
    expect(() => goodput("ttft")).toThrow(InvalidArgumentError);
    expect(() => goodput("ttft")).toThrow("goodput 'ttft': expected NAME:MILLISECONDS, like first_event:200");
  });
});

describe("servers and clients", () => {
  it.each([
    ["reference", servers, ["reference"]],
    ["sdk", servers, ["sdk"]],
    ["both", servers, ["reference", "sdk"]],
    ["wire", clients, ["wire"]],
    ["library", clients, ["library"]],
    ["both", clients, ["wire", "library"]],
  ] as const)("%s names kinds", (text, parse, expected) => {
    expect(parse(text)).toEqual(expected);
    expect(() => parse(`${text}s`)).toThrow(/^Expected \w+, \w+, both\.$/);
  });
});

describe("list", () => {
  it("takes commas and repetition", () => {
    const sizes = list(size);
    expect(sizes("10KiB", sizes("1KiB, 2KiB", undefined))).toEqual([1024, 2048, 10_240]);
  });

  it.each(["", "1KiB,", "1KiB,,2KiB"])("refuses %j", (text) => {
    expect(() => list(size)(text, undefined)).toThrow(InvalidArgumentError);
  });
});
