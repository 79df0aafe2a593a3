import { expect, it } from "vitest";
import { type Check, passes, scenarioOf, scenarioResult } from "./results.ts";

it.each<[string, "server" | "client", string]>([
  ["server-tools-list-2026-11-21T09-20-41-821Z", "server", "tools-list"],
  ["server-server-stateless-2026-11-21T09-20-40-001Z", "server", "server-stateless"],
  ["server-sep-2164-resource-not-found-2026-11-21T09-20-41-8Z", "server", "sep-2164-resource-not-found"],
  ["tools_call-2026-11-21T09-20-41-821Z", "client", "tools_call"],
])("knows whose results %s holds", (folder, role, scenario) => {
  expect(scenarioOf(folder, role)).toBe(scenario);
});

/** Checks as the suite writes them, with members that are of no interest. */
const check = (status: Check["status"], id: string, errorMessage?: string): Check =>
  JSON.parse(
    JSON.stringify({ id, name: "Name", description: "", status, timestamp: "2026-11-21T09:20:41Z", errorMessage }),
  );

it.each<[string, readonly Check[], object, boolean]>([
  ["nothing", [], { passed: 0, checked: 0, complaints: [], accepted: [] }, false],
  [
    "only skipped checks",
    [check("SKIPPED", "a"), check("INFO", "b")],
    { passed: 0, checked: 0, complaints: [], accepted: [] },
    false,
  ],
  [
    "success",
    [check("SUCCESS", "a"), check("SKIPPED", "b")],
    { passed: 1, checked: 1, complaints: [], accepted: [] },
    true,
  ],
  [
    "a failure",
    [check("SUCCESS", "a"), check("FAILURE", "b", "Missing tools array")],
    { passed: 1, checked: 2, complaints: ["FAILURE b: Missing tools array"], accepted: [] },
    false,
  ],
  [
    "a warning",
    [check("SUCCESS", "a"), check("WARNING", "b")],
    { passed: 1, checked: 2, complaints: ["WARNING b: no reason given"], accepted: [] },
    false,
  ],
])("counts %s", (_title, checks, expected, passing) => {
  const result = scenarioResult("tools-list", checks, []);
  expect(result).toEqual({ scenario: "tools-list", ...expected });
  expect(passes(result)).toBe(passing);
});

const expected = [{ check: "b", reason: "there is nobody to ask" }];

it("accepts what is expected", () => {
  const result = scenarioResult("tools_call", [check("SUCCESS", "a"), check("WARNING", "b")], expected);
  expect(result).toMatchObject({ passed: 1, checked: 2, accepted: ["accepted: b, as there is nobody to ask"] });
  expect(passes(result)).toBe(true);
});

it("complains of what is expected and does not come", () => {
  const result = scenarioResult("tools_call", [check("SUCCESS", "a"), check("SUCCESS", "b")], expected);
  expect(result.complaints).toEqual(["b was expected to complain, and does not"]);
  expect(passes(result)).toBe(false);
});
