import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { expect, it } from "vitest";
import { bench } from "./testing/bench-process.ts";

it("measures streams, judges them by limits and thresholds, and prints them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  try {
    const { code, stdout, stderr } = await bench(
      ...["run", "--profile", "smoke", "--warm-up", "0ms", "--ceiling", "0ms", "--out", join(folder, "run")],
      ...["--binding", "agp/grpc,acp/rest,mcp/jsonrpc", "--scenario", "streaming", "--events", "3"],
      ...["--vus", "1", "--iterations", "2", "--goodput", "ttft:9000,e2el:10000"],
      ...["--threshold", "first_event:max<9000", "--threshold", "good_fraction:rate==1"],
    ).ended;
    expect(stderr).not.toContain("failed");
    expect(code).toBe(0);
    const { results } = await readRun(join(folder, "run"));
    expect(results).toHaveLength(6);
    for (const result of results)
      expect(result).toMatchObject({
        status: "measured",
        steps: { stream: { count: 2, streams: { events: 6, gaps: 4 } } },
        goodput: { limits: "first_event:9000,stream_duration:10000", good: 2, of: 2, share: 1 },
        thresholds: [{ ok: true }, { ok: true }],
      });
    expect(stdout).toMatch(/^3 events, every 20 ms +agp\/grpc /m);
    expect(stdout).toContain("mcp/jsonrpc: events are the messages of progress notifications");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
