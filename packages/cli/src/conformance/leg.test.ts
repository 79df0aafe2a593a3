import { describe, expect, it } from "vitest";
import { holds, type Leg, legText, summaryText } from "./leg.ts";
import { type Expected, scenarioResult } from "./results.ts";

const good = (scenario: string) => scenarioResult(scenario, [{ id: "a", status: "SUCCESS" }], []);
const bad = (scenario: string, expected: readonly Expected[] = []) =>
  scenarioResult(
    scenario,
    [
      { id: "a", status: "SUCCESS" },
      { id: "b", status: "FAILURE", errorMessage: "Missing tools array" },
    ],
    expected,
  );

const server: Leg = {
  side: "server",
  revision: "2026-07-28",
  required: ["tools-list", "caching"],
  besides: [{ scenario: "tasks-lifecycle", reason: "extension" }],
  results: [good("tools-list"), good("caching"), bad("tasks-lifecycle")],
  elapsedMs: 2940,
};
const client: Leg = {
  ...server,
  side: "client, wire",
  required: ["tools_call", "auth/metadata-default", "auth/basic-cimd", "sse-retry"],
  besides: [],
  results: [good("tools_call")],
};

it("shows every required scenario, and what was run besides", () => {
  expect(legText(server).split("\n")).toEqual([
    "MCP 2026-07-28, server",
    "  passed   tools-list       1 of 1",
    "  passed   caching          1 of 1",
    "  unmet    tasks-lifecycle  1 of 2, not required: extension",
  ]);
});

it("shows what is wrong", () => {
  const results = [bad("tools-list")];
  expect(legText({ ...server, results }).split("\n")).toEqual([
    "MCP 2026-07-28, server",
    "  FAILED   tools-list  1 of 2",
    "           FAILURE b: Missing tools array",
    "  FAILED   caching",
    "           the suite has left no result",
  ]);
});

it("says why a client scenario is not run, once for those that are alike", () => {
  expect(legText(client).split("\n")).toEqual([
    "MCP 2026-07-28, client, wire",
    "  passed   tools_call                            1 of 1",
    "  not run  2 scenarios, auth/metadata-default …",
    "           authorization: what is measured here is local and asks for none",
    "  not run  sse-retry",
    "           resuming a stream: a measured call that loses its connection has failed",
  ]);
});

it("shows what is accepted", () => {
  const leg = {
    ...client,
    required: ["tools_call"],
    results: [bad("tools_call", [{ check: "b", reason: "so it is" }])],
  };
  expect(legText(leg).split("\n")).toEqual([
    "MCP 2026-07-28, client, wire",
    "  passed   tools_call  1 of 2",
    "           accepted: b, as so it is",
  ]);
  expect(summaryText([leg])).toContain("1 of 2 checks       2.9 s    1 complaint accepted");
  expect(holds(leg)).toBe(true);
});

it("counts in one line each", () => {
  expect(summaryText([server, client]).split("\n")).toEqual([
    "MCP 2026-07-28, server            2 of 2 scenarios    2 of 2 checks       2.9 s",
    "MCP 2026-07-28, client, wire      1 of 1 scenarios    1 of 1 checks       2.9 s    3 required scenarios not run",
  ]);
});

describe("a leg", () => {
  it.each<[string, Leg, boolean]>([
    ["holds when what is required passes", server, true],
    ["holds when what is attempted passes", client, true],
    ["fails with a failure", { ...server, results: [good("tools-list"), bad("caching")] }, false],
    ["fails without a result", { ...server, results: [good("tools-list")] }, false],
    ["fails with an unknown hole", { ...client, required: ["tools_call", "new"] }, false],
    [
      "fails when the client ends badly",
      { ...client, results: [{ ...good("tools_call"), complaints: ["exit 1"] }] },
      false,
    ],
    ["fails when nothing is required", { ...server, required: [] }, false],
  ])("%s", (_title, leg, expected) => {
    expect(holds(leg)).toBe(expected);
  });
});
