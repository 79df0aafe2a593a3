import { widthOf } from "@apb/report/listing";
import { describe, expect, it } from "vitest";
import { doctor, findingsText } from "./doctor.ts";

const findings = [
  { what: "cores", value: "2 × a CPU with quite a long name", good: false, follows: "compare rows of one run" },
  { what: "open files", value: "1,024", good: true, follows: "the ladder's 10,000 connections do not fit in there" },
];

describe("findingsText", () => {
  it("puts what follows under what was found, wrapped beside it", () => {
    expect(findingsText(findings, { width: 50, color: false })).toBe(
      [
        "cores       beware  2 × a CPU with quite a long",
        "                    name",
        "                    → compare rows of one run",
        "open files  good    1,024",
        "                    → the ladder's 10,000",
        "                    connections do not fit in",
        "                    there",
      ].join("\n"),
    );
  });

  it.each([40, 80, 132])("fits into %d columns", (width) => {
    expect(widthOf(findingsText(findings, { width, color: true }))).toBeLessThanOrEqual(width);
  });
});

describe("doctor", () => {
  it("fits into the terminal whatever it finds here", async () => {
    expect(widthOf(await doctor({ width: 80, color: false }))).toBeLessThanOrEqual(80);
  });
});
