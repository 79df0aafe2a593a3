import type { Run } from "@apb/core/run";
import { describe, expect, it } from "vitest";
import { differences } from "./comparability.ts";
import { type Comparison, compare } from "./compare.ts";
import { sampleCell, sampleInfo, sampleRun } from "./testing/sample-run.ts";

function compared(baseline: Run, candidate: Run, force = false): Extract<Comparison, { status: "compared" }> {
  const comparison = compare(baseline, candidate, { maxRegression: 0.2, force });
  if (comparison.status !== "compared") throw new TypeError("expected a comparison, got a refusal");
  return comparison;
}

describe("runs that cannot be compared", () => {
  const base = sampleRun([sampleCell()]);
  const info = sampleInfo();
  const elsewhere = sampleRun([sampleCell()], {
    environment: { ...info.environment, cpuModel: "Other CPU", node: "24.0.0", memoryBytes: 8 * 1024 ** 3 },
    profile: { ...info.profile, vus: 50 },
  });

  it("are refused with every difference", () => {
    expect(compare(base, elsewhere, { maxRegression: 0.2 })).toEqual({
      status: "refused",
      differences: [
        { what: "CPU model", baseline: "Sample CPU", candidate: "Other CPU" },
        { what: "Node version", baseline: "20.20.2", candidate: "24.0.0" },
        { what: "profile vus", baseline: "10", candidate: "50" },
        { what: "memory", baseline: "4,096 MiB", candidate: "8,192 MiB" },
      ],
    });
  });

  it("are compared by force, and that is not forgotten", () => {
    expect(compared(base, elsewhere, true).differences).toHaveLength(4);
  });

  it.each([
    ["the order of bindings", { selection: { ...info.selection, bindings: ["two/grpc", "one/rest"] } }],
    ["the seed", { seed: 2 }],
    ["a little memory", { environment: { ...info.environment, memoryBytes: 4.01 * 1024 ** 3 } }],
    [
      "load, commit and libraries",
      { environment: { ...info.environment, loadAverage: 9, gitCommit: null, libraries: {} } },
    ],
  ])("are not those that differ in %s", (_name, parts) => {
    expect(compare(base, sampleRun([sampleCell()], parts), { maxRegression: 0.2 }).status).toBe("compared");
  });

  it("are those with another executor", () => {
    const executor = { executor: "constant-arrival-rate", perSecond: 5, durationMs: 800, maxInFlight: 100 } as const;
    const other = sampleRun([sampleCell()], { profile: { ...info.profile, executor } });
    expect(compare(base, other, { maxRegression: 0.2 })).toMatchObject({
      differences: [{ what: "profile executor", baseline: "null", candidate: JSON.stringify(executor) }],
    });
  });

  it.each([
    [
      "a ramp, which replaces windows and VUs",
      { executor: "ramping-vus", startVUs: 1, stages: [], gracefulRampDownMs: 0 },
      [],
    ],
    [
      "a rate, whose connections are as many as the VUs",
      { executor: "constant-arrival-rate", perSecond: 5, durationMs: 800, maxInFlight: 100 },
      ["profile vus"],
    ],
    ["loads of the scenarios' own", undefined, ["profile windowMs", "profile vus"]],
  ] as const)("are those with other windows and VUs where they ran: %s", (_name, executor, expected) => {
    const profile = { ...info.profile, ...(executor === undefined ? {} : { executor }) };
    const found = differences({ ...info, profile }, { ...info, profile: { ...profile, windowMs: 900, vus: 11 } });
    expect(found.map(({ what }) => what)).toEqual(expected);
  });

  it("are those with other servers", () => {
    const selection = { ...info.selection, servers: ["reference", "sdk"] } as const;
    expect(compare(base, sampleRun([sampleCell()], { selection }), { maxRegression: 0.2 })).toMatchObject({
      differences: [{ what: "selection servers", baseline: "reference", candidate: "reference, sdk" }],
    });
  });

  it("are told from those whose SDK changed, which is named", () => {
    const sdks = { "one/rest": "one-sdk 1.3.1" };
    expect(compared(base, sampleRun([], { sdks })).changes).toEqual([
      { what: "SDK of one/rest", baseline: "none", candidate: "one-sdk 1.3.1" },
    ]);
  });

  it("are told from those whose server was started by another command, which is named", () => {
    const started = { ...info.selection, servers: ["command"], target: "http://localhost:{port}/mcp" } as const;
    const [before, after] = ["v1 {port}", "v2 {port}"].map((serve) =>
      sampleRun([], { selection: { ...started, serve } }),
    );
    expect(compared(before as Run, after as Run)).toMatchObject({
      differences: [],
      changes: [{ what: "server's command", baseline: "v1 {port}", candidate: "v2 {port}" }],
    });
    const selection = { ...started, serveEnv: ["A", "B"] };
    expect(compared(sampleRun([], { selection: started }), sampleRun([], { selection })).changes).toEqual([
      { what: "server's variables", baseline: "none", candidate: "A, B" },
    ]);
  });

  it("are told from those whose code changed, which is named", () => {
    const environment = { ...info.environment, gitCommit: "89abcde", libraries: { undici: "7.1.0", ws: "8.0.0" } };
    expect(compared(base, sampleRun([], { environment })).changes).toEqual([
      { what: "commit", baseline: "0123456", candidate: "89abcde" },
      { what: "undici", baseline: "7.0.0", candidate: "7.1.0" },
      { what: "ws", baseline: "none", candidate: "8.0.0" },
    ]);
  });
});
