import type { Ceiling } from "@apb/core/ceiling";
import { describe, expect, it } from "vitest";
import { ceilingRemarks } from "./ceilings.ts";
import { reporters } from "./reporters.ts";
import { sampleCell, sampleInfo, sampleRun } from "./testing/sample-run.ts";

const wire: Ceiling = {
  ...{ transport: "HTTP/1.1", client: "wire", users: 10, sizeBytes: 1024 },
  ...{ operationsPerSecond: 31_234.5, missing: null },
};
const none: Ceiling = { ...wire, transport: "gRPC", operationsPerSecond: null, missing: "[closed] it ended" };
const how =
  "This client's ceiling on this machine (one process on a core of its own, 10 users, 1 KiB bodies, a server that does nothing)";

describe("ceilingRemarks", () => {
  it("are none where a run did not measure them, as older ones did not", () => {
    expect(ceilingRemarks(sampleInfo())).toEqual([]);
    expect(ceilingRemarks(sampleInfo({ ceilings: [] }))).toEqual([]);
  });

  it("name the load, and why a ceiling is missing", () => {
    expect(ceilingRemarks(sampleInfo({ ceilings: [wire, none] }))).toEqual([
      `${how}: HTTP/1.1 31,235 ops/s, gRPC not measured ([closed] it ended)`,
    ]);
  });

  it("tell clients apart where a run has both", () => {
    const selection = { ...sampleInfo().selection, clients: ["library", "wire"] } as const;
    const ceilings = [{ ...wire, client: "library", operationsPerSecond: 9000 } as const, wire];
    expect(ceilingRemarks(sampleInfo({ selection, ceilings }))).toEqual([
      `${how}: HTTP/1.1 by library 9,000 ops/s, HTTP/1.1 by wire 31,235 ops/s`,
    ]);
  });

  it.each(["table", "markdown"] as const)("stand under the comparison as %s", (format) => {
    const text = reporters[format](sampleRun([sampleCell()], { ceilings: [wire] })).replaceAll(/\s+/g, " ");
    expect(text.slice(text.indexOf("Comparison"), text.lastIndexOf("message-size"))).toContain(
      `${how}: HTTP/1.1 31,235 ops/s`,
    );
  });
});
