import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bench } from "./testing/bench-process.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ab-"));
});
afterAll(() => rm(folder, { recursive: true }));

const short = ["--duration", "60ms", "--warm-up", "10ms", "--vus", "1", "--binding", "mcp/jsonrpc"];

it("finds a server worse that waits, says so, stores it, prints it again, and exits with 1", async () => {
  const out = join(folder, "slow");
  const { code, stdout, stderr } = await bench(
    ...["ab", ...short, "--b", "delay=5ms", "--restarts", "7", "--no-control", "--out", out],
  ).ended;
  expect(stderr).toContain(`stored in ${out}`);
  expect(stdout).toMatch(/^B is worse in/);
  expect(stdout).toMatch(/B's median latency is .* above A's/);
  expect(code).toBe(1);
  const stored = JSON.parse(await readFile(join(out, "ab.json"), "utf8"));
  const p50 = stored.metrics.find(({ metric }: { readonly metric: string }) => metric === "p50Ms");
  expect(p50).toMatchObject({ verdict: "worse", binding: "mcp/jsonrpc", restarts: 7, judged: true });
  expect(p50.low).toBeGreaterThan(2);
  expect(stored).toMatchObject({ exit: "completed", control: false, spent: { "mcp/jsonrpc": { restarts: 7 } } });
  const again = await bench("report", out).ended;
  expect(again).toMatchObject({ code: 0, stdout });
  const export_ = await bench("report", out, "--format", "markdown").ended;
  expect(export_.stdout).toBe(await readFile(join(out, "report.md"), "utf8"));
}, 120_000);

it("names what is wrong with a side before anything is started", async () => {
  const wrong = await Promise.all([
    bench("ab", ...short).ended,
    bench("ab", ...short, "--b", "server=both").ended,
    bench("ab", ...short, "--b", "ref=no-such-ref").ended,
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2]);
  expect(wrong.map(({ stderr }) => stderr.split("\n")[0])).toEqual([
    expect.stringContaining("ab compares two sides"),
    expect.stringContaining("A side is one server"),
    expect.stringContaining("no-such-ref"),
  ]);
});

it("exits with 1, and names the side, where one cannot be measured", async () => {
  const out = join(folder, "dead");
  const { code, stderr } = await bench(
    ...["ab", ...short, "--b", "node-flag=--no-such-flag", "--restarts", "3", "--out", out],
  ).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/mcp\/jsonrpc was given up: B: /);
  expect(JSON.parse(await readFile(join(out, "ab.json"), "utf8"))).toMatchObject({ exit: "completed" });
});
