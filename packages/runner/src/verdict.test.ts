import { findingKinds } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { evidence } from "./testing/evidence.ts";
import { judge } from "./verdict.ts";

describe("judge", () => {
  it("finds nothing in a calm cell", () => {
    expect(judge(evidence({}))).toEqual({ kind: "valid", findings: [] });
  });

  it("names the gravest finding and keeps the others in their order", () => {
    const deviations = [{ kind: "deviates", message: "it is known to", hint: "see" }] as const;
    const many = { dropped: 1, partial: "why", generator: { cpuPercentMean: 99 }, bodyBytes: 1e9, deviations };
    const { kind, findings } = judge(evidence(many));
    const kinds = findings.map((finding) => finding.kind);
    expect(kind).toBe("errors");
    expect(kinds).toEqual(["errors", "partial", "unequal", "client-limited", "deviates"]);
    expect(kinds).toEqual([...kinds].sort((a, b) => findingKinds.indexOf(a) - findingKinds.indexOf(b)));
  });

  it("says what a server is known to do otherwise, as it was found", () => {
    const deviations = [{ kind: "deviates", message: "it is known to", hint: "see" }] as const;
    expect(judge(evidence({ deviations }))).toEqual({ kind: "deviates", findings: deviations });
  });
});
