import { describe, expect, it } from "vitest";
import type { CellId } from "./cell.ts";
import { secondOf } from "./series.ts";
import { noActivity } from "./snapshot.ts";
import { secondOfA, tallyOf } from "./testing/snapshots.ts";

const cell: CellId = {
  ...{ scenario: "s", case: {}, load: "2 VUs", binding: "b/t", server: "reference", client: "wire", security: "plain" },
  round: 1,
};
const success = (responseMs: number) => ({ responseMs, serviceMs: responseMs, failure: null });

describe("secondOf", () => {
  it("is a line of the counts of all workloads, and of each step's times", () => {
    const total = tallyOf([1, 2, 3, 10].map(success));
    const other = tallyOf([{ responseMs: 7, serviceMs: 7, failure: "timeout" }]);
    const a = { ...noActivity, vus: 2, begun: 5, completed: 4, operations: 8, steps: { total, send: total } };
    const b = { ...noActivity, vus: 1, begun: 3, dropped: 1, interrupted: 1, steps: { total: other, poll: other } };
    const server = { rssBytes: 1, cpuPercent: 2 };
    const snapshot = secondOfA({}, { second: 7, fromMs: 7000, toMs: 7250, workloads: { a, b } });
    expect(secondOf(cell, snapshot, server, new Date("2026-08-01T03:00:07Z"))).toEqual({
      workloads: {
        a: expect.objectContaining({ vus: 2, begun: 5 }),
        b: expect.objectContaining({ vus: 1, dropped: 1 }),
      },
      ...{ schemaVersion: 2, cell, second: 7, startedAt: "2026-08-01T03:00:07.000Z", durationMs: 250, server },
      ...{ vus: 3, begun: 8, completed: 4, dropped: 1, interrupted: 1, operations: 8 },
      steps: {
        total: { count: 4, failures: 1, meanMs: 4, p50Ms: 2, p99Ms: 10, histogram: expect.any(String) },
        send: { count: 4, failures: 0, meanMs: 4, p50Ms: 2, p99Ms: 10 },
        poll: { count: 0, failures: 1, meanMs: null, p50Ms: null, p99Ms: null },
      },
      generator: { cpuPercent: 0, eventLoopUtilization: 0, rssBytes: 0 },
    });
  });

  it("adds up what the generators spent, and names the busiest event loop", () => {
    const processes = {
      0: { cpuNs: 5e8, busyNs: 6e8, elapsedNs: 1e9, rssBytes: 100 },
      1: { cpuNs: 3e8, busyNs: 9e8, elapsedNs: 0.5e9, rssBytes: 50 },
      2: { cpuNs: 0, busyNs: 0, elapsedNs: 0, rssBytes: 1 },
    };
    expect(secondOf(cell, secondOfA({}, { processes }), null, new Date(0))).toMatchObject({
      server: null,
      generator: { cpuPercent: 50 + 60, eventLoopUtilization: 1, rssBytes: 151 },
    });
  });
});
