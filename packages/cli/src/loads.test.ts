import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun, readSeries } from "@apb/report/read";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench, gone, workersOf } from "./testing/bench-process.ts";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** By agents that wait a little, so that no load takes all there is of the machine. */
const one = [
  ...["--profile", "smoke", "--rounds", "1", "--warm-up", "10ms", "--ceiling", "0ms", "--delay", "5ms"],
  ...["--binding", "mcp/jsonrpc", "--scenario", "message-size", "--size", "1KiB"],
];
/** Longer than any test: it ends by something else. */
const endless = [...one, "--vus", "2", "--executor", "constant-vus", "--duration", "5m"];

/** Resolves when a second of the run's load has been stored. A test's own time-out ends the wait. */
async function firstSecond(): Promise<void> {
  const file = join(out, "series.jsonl");
  while ((await readFile(file, "utf8").catch(() => "")) === "") await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a load of one's own", () => {
  it.each(["1", "3"])(
    "has every arrival of a ramp, by %s generators",
    async (generators) => {
      const ramp = ["--executor", "ramping-arrival-rate", "--stage", "1s:200", "--stage", "500ms:0"];
      const { code, stderr } = await bench("run", ...one, ...ramp, "--generators", generators, "--out", out).ended;
      expect(stderr).not.toContain("failed");
      expect(code).toBe(0);
      const { results } = await readRun(out);
      const { seconds } = await readSeries(out);
      expect(results).toMatchObject([
        { status: "measured", load: { model: "open" }, workloads: { default: { begun: 150, dropped: 0 } } },
      ]);
      expect(seconds.map(({ second }) => second)).toEqual([0, 1]);
      expect(seconds.reduce((sum, { begun }) => sum + begun, 0)).toBe(150);
      const findings = results.flatMap((result) => (result.status === "measured" ? result.verdict.findings : []));
      expect(findings.map(({ kind }) => kind)).not.toContain("lossy");
    },
    60_000,
  );

  it.each(["1", "3"])(
    "has the VUs of a ramp in each second, by %s generators",
    async (generators) => {
      // A plateau for each second, so that a change that is made late is not made in another second.
      const plateaus = [5, 9, 2, 7];
      const stages = plateaus.flatMap((vus) => ["--stage", `0s:${vus}`, "--stage", `1s:${vus}`]);
      const { code, stderr } = await bench("run", ...one, ...stages, "--generators", generators, "--out", out).ended;
      expect(stderr).not.toContain("failed");
      expect(code).toBe(0);
      const [result] = (await readRun(out)).results;
      expect(result).toMatchObject({ status: "measured", load: { model: "closed", vus: 9, sessions: 9 } });
      const { seconds } = await readSeries(out);
      expect(seconds.map(({ second, durationMs }) => [second, durationMs])).toEqual(plateaus.map((_, n) => [n, 1000]));
      for (const { second, vus, begun } of seconds) {
        expect(Math.abs(vus - (plateaus[second] ?? 0))).toBeLessThanOrEqual(1);
        expect(begun).toBeGreaterThan(0);
      }
    },
    60_000,
  );

  it("has so many iterations as were asked for, and none of the warm-up's", async () => {
    const counted = ["--iterations", "50", "--warm-up", "200ms", "--threshold", "iterations:count==50"];
    const { code } = await bench("run", ...one, ...counted, "--out", out).ended;
    expect(code).toBe(0);
    expect((await readRun(out)).results).toMatchObject([{ workloads: { default: { begun: 50, completed: 50 } } }]);
  }, 60_000);

  it("has every iteration of each VU, by three generators", async () => {
    const counted = ["--executor", "per-vu-iterations", "--vus", "7", "--iterations", "20", "--generators", "3"];
    const { code } = await bench("run", ...one, ...counted, "--out", out).ended;
    expect(code).toBe(0);
    const { results } = await readRun(out);
    expect(results).toMatchObject([{ steps: { total: { count: 140 } }, workloads: { default: { begun: 140 } } }]);
  }, 60_000);
});

describe("a threshold", () => {
  it("that is crossed ends with exit code 99 and is shown with its value, in the table and in the files", async () => {
    const crossed = ["--threshold", "http_req_duration:p(99)<0.001", "--threshold", "failed{step:send}:rate<=0.5"];
    const { code, stdout } = await bench("run", ...one, "--iterations", "50", ...crossed, "--out", out).ended;
    expect(code).toBe(99);
    expect(stdout).toMatch(/✗ +response: p\(99\)<0\.001/);
    expect(stdout).toMatch(/✓ +failed\{step:send\}: rate<=0\.5/);
    const { info, results } = await readRun(out);
    expect(info.thresholds).toMatchObject([
      { metric: "response", threshold: "p(99)<0.001", ok: false, cells: 1, crossed: 1 },
      { metric: "failed{step:send}", ok: true, value: 0, cells: 1, crossed: 0 },
    ]);
    expect(results).toMatchObject([{ thresholds: [{ ok: false }, { ok: true }], partial: null }]);
  }, 60_000);

  it("that aborts ends the load early and keeps what was counted", async () => {
    const abort = JSON.stringify({ response: [{ threshold: "p(99)<0.001", abortOnFail: true }] });
    const { code, stdout, stderr } = await bench("run", ...endless, "--threshold", abort, "--out", out).ended;
    expect(code).toBe(99);
    expect(stderr).toContain("ended: the threshold response: p(99)<0.001 was crossed");
    expect(stdout).toMatch(/✗ +response: p\(99\)<0\.001/);
    const { info, results } = await readRun(out);
    expect(info.exit).toBe("aborted");
    const partial = { status: "measured", partial: expect.stringContaining("was crossed") };
    const found = expect.arrayContaining([expect.objectContaining({ kind: "partial" })]);
    expect(results).toMatchObject([{ ...partial, verdict: { findings: found } }]);
  }, 60_000);

  it("without a sample has failed", async () => {
    const never = ["--iterations", "10", "--threshold", "late:p(99)<1000"];
    const { code, stdout } = await bench("run", ...one, ...never, "--out", out).ended;
    expect(code).toBe(99);
    expect(stdout).toMatch(/✗ +late: p\(99\)<1000 .*no samples/);
  }, 60_000);

  it.each([
    ["metric", "respnse:p(99)<5", /did you mean 'response'/],
    ["tag", "response{stp:total}:p(99)<5", /did you mean 'step'/],
    ["value of a tag", "response{step:sent}:p(99)<5", /did you mean 'send'/],
    ["aggregation", "response:p99<5", /p\(N\)/],
    ["step, which a closed load has not,", "response{step:wait}:p(99)<5", /concerns no cell of this run/],
  ])("with a wrong %s is refused before anything is measured", async (_what, threshold, sentence) => {
    const { code, stderr } = await bench("run", ...one, "--threshold", threshold, "--out", out).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(existsSync(out)).toBe(false);
  });
});

describe("a load that is cut short keeps what was counted", () => {
  it("on Ctrl-C", async () => {
    const run = bench("run", ...endless, "--out", out);
    const workers = await workersOf(run.child.pid as number);
    await firstSecond();
    run.child.kill("SIGINT");
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    const { info, results } = await readRun(out);
    expect(info.exit).toBe("interrupted");
    expect(results).toMatchObject([{ status: "measured", partial: "the run was interrupted" }]);
    expect(stdout).toContain("the run was interrupted");
    await gone(Object.values(workers));
  }, 60_000);

  it("when its generator dies", async () => {
    const run = bench("run", ...endless, "--out", out);
    const workers = await workersOf(run.child.pid as number);
    await firstSecond();
    process.kill(workers.generator, "SIGKILL");
    const { code } = await run.ended;
    expect(code).toBe(1);
    const { results } = await readRun(out);
    expect(results).toMatchObject([
      {
        status: "measured",
        partial: expect.stringContaining("SIGKILL"),
        wire: null,
        missing: { wire: expect.any(String) },
      },
    ]);
    await gone(Object.values(workers));
  }, 60_000);
});
