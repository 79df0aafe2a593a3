import { stripVTControlCharacters } from "node:util";
import type { Measured } from "@apb/core/cell";
import { expect, it } from "vitest";
import { csvReport } from "./csv.ts";
import { tableReporter } from "./table.ts";
import { sampleCell, sampleInfo, sampleRun, sampleStep } from "./testing/sample-run.ts";

const { profile } = sampleInfo();
const steps = { total: sampleStep([1, 2]), connect: sampleStep([1]) };
const grpc = sampleCell(
  { binding: "two/grpc", client: "wire" },
  { steps: { ...steps, waiting: sampleStep([3]), receiving: sampleStep([0.5]) } },
);

function printed(results: readonly Measured[], phases: { phases?: true }): string {
  const run = sampleRun(results, { profile: { ...profile, ...phases } });
  return stripVTControlCharacters(tableReporter({ width: 400, color: false })(run));
}

it("tells in which phase the time went, and why where it does not", () => {
  const text = printed([grpc, sampleCell({}, { steps })], { phases: true });
  const section = text.slice(text.indexOf("where the time goes"));
  expect(section).toMatch(/two\/grpc .* n\/a +n\/a +n\/a +3\.00 +3\.00 +3\.00 +0\.500 +0\.500 +0\.500 /);
  expect(section).toMatch(/one\/rest .* n\/a +n\/a +n\/a +n\/a +n\/a +n\/a +n\/a +n\/a +n\/a /);
  expect(text).toContain("calls share their connection: none is blocked by another");
  expect(text).toContain("a library does not tell when the bytes of a call went and came");
  const [head = "", line = ""] = csvReport(sampleRun([grpc], {})).split("\n");
  expect(line.split(",")[head.split(",").indexOf("waiting_p99_ms")]).toBe("3");
});

it("says nothing of phases where nobody asked", () => {
  expect(printed([grpc], {})).not.toContain("where the time goes");
});
